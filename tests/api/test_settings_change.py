"""A daemon with its connections in the database: settings change under its hands, and nothing is lost (processes)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from syncd.sandbox.jira import generate_issues
from syncd.store.secrets import new_key
from tests.acceptance.stage import Stage, eventually, ready, staged

OLD_KEY, NEW_KEY = new_key(), new_key()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Both systems, and a settings file without connections: these are made through the API."""
    database = (
        f"sqlite:///{tmp_path / 'syncd.db'}"
        if request.param == "sqlite"
        else str(request.getfixturevalue("fresh_postgres"))
    )
    with staged(tmp_path, generate_issues(120, seed=3), settings={"database": database}) as stage:
        kept = yaml.safe_load(stage.config.read_text())["connections"]
        (stage.folder / "connections.json").write_text(json.dumps(kept))
        write_settings(stage, secret_key=OLD_KEY)
        yield stage


def write_settings(stage: Stage, **more: Any) -> None:
    settings = yaml.safe_load(stage.config.read_text())
    settings.pop("connections", None)
    hosts = {"connection_hosts": ["127.0.0.1"], "port": 0}
    stage.config.write_text(yaml.safe_dump({**settings, "http": hosts, "workers": 2, **more}))


def connections(stage: Stage) -> dict[str, dict[str, Any]]:
    """What `staged` has written to the file, for the API."""
    kept = json.loads((stage.folder / "connections.json").read_text())
    kept["servicenow"]["limits"] = {"refused_rest": "1s"}
    return dict(kept)


@contextmanager
def admin(stage: Stage, url: str) -> Iterator[httpx.Client]:
    token = stage.run("tokens", "create", "--role", "admin", "--label", "test").strip()
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


def done(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, answer.text
    return answer


def test_a_password_changes_and_keys_rotate_while_a_backfill_runs(stage):
    wanted = connections(stage)
    with stage.daemon() as url, admin(stage, url) as client:
        assert "there is no such connection" in " ".join(ready(url)[1]) or not ready(url)[0]
        done(client.post("/api/mappings/ops-incidents/pause"))
        for kind, settings in wanted.items():
            done(client.post(f"/api/{kind}/config", json=settings))
            tested = client.post(f"/api/{kind}/test").json()
            assert tested["ok"], tested
        done(client.post("/api/mappings/ops-incidents/resume"))
        done(client.post("/api/backfills", json={"mapping": "ops-incidents"}))
        eventually(lambda: len(stage.incidents()) >= 10)

        stage.servicenow.instance.passwords["svc_syncd"] = "changed"  # at the other end first, as it goes
        before = client.get("/api/servicenow/config")
        changed = {**wanted["servicenow"], "auth": {**wanted["servicenow"]["auth"], "password": "changed"}}
        done(client.put("/api/servicenow/config", json=changed, headers={"If-Match": before.headers["ETag"]}))

        eventually(lambda: len(stage.incidents()) == 120)
        eventually(lambda: client.get("/api/backfills").json()["items"][0]["state"] == "finished")
        eventually(lambda: ready(url)[0])
    stage.assert_mirrored()

    write_settings(stage, secret_key=f"{NEW_KEY},{OLD_KEY}")
    with stage.daemon() as url:
        assert "2 secrets encrypted" in stage.run("secrets", "rotate")
        eventually(lambda: ready(url)[0])
    write_settings(stage, secret_key=NEW_KEY)
    with stage.daemon() as url, admin(stage, url) as client:
        eventually(lambda: ready(url)[0])
        assert client.post("/api/servicenow/test").json()["ok"]
    assert "whole" in stage.run("trail", "verify")
    actions = [trace["action"] for trace in json.loads(stage.run("trail", "list", "--json"))]
    assert {"connection.create", "connection.change", "connection.test", "backfill.start", "token.create"} <= set(
        actions
    )
