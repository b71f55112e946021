"""Secrets are planted everywhere and looked for everywhere: in logs, errors, pages, metrics, trail, tracebacks.

Each canary is in use as a secret of its kind, or is sent by mistake to a place where a secret should not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syncd.sandbox.jira import generate_issues
from syncd.store.secrets import new_key
from tests.acceptance.stage import Stage, eventually, ready, staged
from tests.api.addresses import every_address

KEY = new_key()
PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
CANARY = {
    "database password": "canary-database-Xq1",
    "password in the file": "canary-file-Xq2",
    "webhook secret": "canary-webhook-Xq17-long-enough-for-any-rule",
    "password": "canary-password-Xq3",
    "client secret": "canary-client-Xq4",
    "refresh token": "canary-refresh-Xq5",
    "api key": "canary-apikey-Xq6",
    "new password": "canary-changed-Xq7",
    "unknown key": "canary-unknown-Xq8",
    "wrong type": "canary-type-Xq9",
    "broken body": "canary-broken-Xq10",
    "query": "canary-query-Xq11",
    "bearer": "canary-bearer-Xq12",
    "signed in with": "canary-signin-Xq13",
    "name and password in an address": "canary-url-Xq14",
    "proxy password": "canary-proxy-Xq15",
    "cookie": "canary-cookie-Xq16",
    "private key": PEM.splitlines()[5],
    "key of the database": KEY,
}


@pytest.fixture(params=["sqlite", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stage, str]]:
    database = f"sqlite:///{tmp_path / 'syncd.db'}"
    if request.param == "postgres":
        url = sqlalchemy.make_url(request.getfixturevalue("fresh_postgres"))
        # This server asks for no password, so any will do.
        database = url.set(password=CANARY["database password"]).render_as_string(hide_password=False)
    settings = {
        "database": database,
        "secret_key": KEY,
        "log": {"format": "json", "level": "debug"},
        "http": {"port": 0, "connection_hosts": ["127.0.0.1", "*.service-now.com", "*.atlassian.net"]},
    }
    with staged(tmp_path, generate_issues(5, seed=1), settings=settings) as stage:
        written = yaml.safe_load(stage.config.read_text())
        written["connections"]["unused"] = {
            "type": "jira",
            "url": written["connections"]["jira"]["url"],
            "auth": {"type": "basic", "username": "bot@example.com", "password": CANARY["password in the file"]},
            "webhook": {"secret": CANARY["webhook secret"]},
        }
        stage.config.write_text(yaml.safe_dump(written))
        yield stage, database


def bodies(instance: str) -> list[tuple[str, dict[str, object]]]:
    """Connections of every kind, each with its secrets; they are kept, tested, changed."""
    client = {"client_id": "c", "client_secret": CANARY["client secret"]}
    return [
        ("servicenow", {"auth": {"type": "basic", "username": "nobody", "password": CANARY["password"]}}),
        ("servicenow", {"auth": {"type": "api_key", "key": CANARY["api key"]}}),
        ("servicenow", {"auth": {"type": "oauth2_client_credentials", **client}}),
        (
            "servicenow",
            {"auth": {"type": "oauth2_password", **client, "username": "u", "password": CANARY["password"]}},
        ),
        (
            "servicenow",
            {"auth": {"type": "oauth2_jwt", **client, "private_key": PEM, "key_id": "k", "subject": "s"}},
        ),
        ("jira", {"auth": {"type": "bearer", "token": CANARY["password"]}}),
        (
            "jira",
            {
                "auth": {
                    "type": "oauth2_refresh_token", **client, "refresh_token": CANARY["refresh token"],
                    "token_url": f"{instance}/oauth/token",
                }
            },
        ),
    ]  # fmt: skip


def mistakes(client: httpx.Client, url: str, instance: str) -> Iterator[httpx.Response]:
    """Secrets sent to where they do not belong."""
    auth = {"type": "basic", "username": "u", "password": CANARY["password"]}
    for body in (
        {"url": instance, "auth": {**auth, CANARY["unknown key"][:3]: CANARY["unknown key"]}},
        {"url": instance, "auth": {"type": CANARY["wrong type"], "password": CANARY["password"]}},
        {"url": instance, "auth": CANARY["wrong type"]},
        {"url": instance, "auth": {**auth, "username": [CANARY["wrong type"]]}, "timeout": CANARY["wrong type"]},
        {"url": f"https://u:{CANARY['name and password in an address']}@x.service-now.com", "auth": auth},
        {"url": instance, "auth": auth, "proxy": f"http://u:{CANARY['proxy password']}@127.0.0.1:1"},
        {"url": instance, "auth": {**auth, "type": "oauth2_jwt", "private_key": f"x{PEM}"}},
        {"url": instance, "auth": {**auth, "password_file": CANARY["wrong type"]}},
    ):
        for door in ("config?name=other", "test"):
            yield client.post(f"/api/servicenow/{door}", json=body)
    headers = {"Content-Type": "application/json"}
    yield client.post("/api/tokens", content=f'{{"label": "{CANARY["broken body"]}', headers=headers)
    yield client.post("/api/parked/retry", json={"issues": [], "password": CANARY["unknown key"]})
    yield client.post("/api/jira/config", content=CANARY["broken body"], headers=headers)
    yield client.get(f"/api/status?token={CANARY['query']}")
    yield client.get(f"/api/nowhere?token={CANARY['query']}")
    stranger = {"Authorization": f"Bearer {CANARY['bearer']}"}
    yield httpx.get(f"{url}/api/status", headers=stranger)
    yield httpx.post(f"{url}/sign-in", data={"token": CANARY["signed in with"]})
    yield httpx.get(f"{url}/api/status", cookies={"syncd_session": CANARY["cookie"]})


def test_no_secret_gets_out(stage):
    stage, database = stage
    seen: list[str] = []
    instance = yaml.safe_load(stage.config.read_text())["connections"]["servicenow"]["url"].rstrip("/")
    with stage.daemon() as url:
        token = stage.run("tokens", "create", "--role", "admin").strip()
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            eventually(lambda: ready(url)[0])

            for number, (kind, body) in enumerate(bodies(instance)):
                address = f"/api/{kind}/config?name={kind}-{number}"
                made = client.post(address, json={"url": instance, **body})
                assert made.status_code == 201, made.text
                again = {"url": instance, "timeout": "7s", **body}
                if body["auth"]["type"] == "basic":
                    again["auth"] = {**body["auth"], "password": CANARY["new password"]}
                changed = client.put(address, json=again, headers={"If-Match": made.headers["ETag"]})
                assert changed.status_code == 200, changed.text
                seen += [made.text, changed.text, client.post(f"/api/{kind}/test?name={kind}-{number}").text]
            seen.append(client.post("/api/jira/test?name=unused").text)
            for answer in mistakes(client, url, instance):
                assert answer.status_code < 500, answer.text
                seen.append(answer.text + str(answer.headers))

            for address in every_address(client):
                seen.append(client.get(address).text)
            seen.append(httpx.get(f"{url}/metrics").text)

            with httpx.Client(base_url=url) as browser:
                signed_in = browser.post("/sign-in", data={"token": token})
                session = browser.cookies["syncd_session"]
                seen += [signed_in.text, browser.get("/").text, browser.get("/docs").text]

            engine = sqlalchemy.create_engine(database)
            with (
                engine.begin() as connection
            ):  # trouble whose statement carries a digest, then a bug with its traceback
                connection.execute(sqlalchemy.text("ALTER TABLE sessions RENAME TO elsewhere"))
            broken = httpx.post(f"{url}/sign-in", data={"token": token})
            assert broken.status_code in (500, 503), broken.text
            seen.append(broken.text)
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text("ALTER TABLE elsewhere RENAME TO sessions"))
                connection.execute(sqlalchemy.text("UPDATE tokens SET role = 'nonsense'"))
            bug = client.get("/api/status")
            assert bug.status_code == 500, bug.text
            seen.append(bug.text)
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text("UPDATE tokens SET role = 'admin'"))
            engine.dispose()
    for words in (["status", "--json"], ["tokens", "list"], ["trail", "list"], ["trail", "verify"], ["check"]):
        seen.append(stage.run(*words, code=None))
    logs = "".join(log.read_text() for log in stage.folder.glob("daemon-*.log"))
    assert "Traceback" in logs.replace("\\n", "\n"), "the bug is in the log"
    assert len(logs.splitlines()) > 50
    for place, text in (("the log", logs), ("what was answered", "\n".join(seen))):
        found = [name for name, canary in CANARY.items() if canary in text]
        assert found == [], f"{place} has the {', '.join(found)}"
        assert token not in text, place
        assert session not in text, place
        assert not re.search(r"syncd_[A-Za-z0-9_-]{43}", text), place
