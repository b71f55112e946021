"""The settings of connections: secrets go in and never come out, nobody overwrites what he has not seen."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from syncd.api.services import Found
from syncd.core.access import Role
from syncd.store.connections import Connections
from tests.api.conftest import IN_FILE, JIRA, SERVICENOW

JIRA_CONFIG, SERVICENOW_CONFIG = "/api/jira/config", "/api/servicenow/config"


@pytest.fixture
def made(api):
    """A client, and the ETag of a ServiceNow connection that was just made."""
    client = api.client()
    answer = client.post(SERVICENOW_CONFIG, json=SERVICENOW)
    assert answer.status_code == 201, answer.text
    return client, answer.headers["ETag"]


def kept(api, name: str = "servicenow") -> dict[str, str]:
    return dict(api.services.connections.get(name).secrets)


class TestMaking:
    def test_it_is_there_under_the_name_of_its_type_without_its_secrets(self, api, made):
        client, etag = made
        answer = client.get(SERVICENOW_CONFIG)
        assert answer.headers["ETag"] == etag
        shown = answer.json()
        assert shown["name"] == "servicenow"
        assert shown["settings"]["auth"] == {"type": "basic", "username": "svc_syncd", "password": "set"}
        assert shown["settings"]["limits"]["concurrency"] == 4, "with defaults"
        assert shown["used_by"] == ["ops"]
        assert (shown["source"], shown["read_only"]) == ("database", False)
        assert kept(api) == {"auth.password": "sn-pw"}

    def test_its_secrets_are_sealed_in_the_database(self, api, made):
        with api.store.database.read() as connection:
            tables = [row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))]
            everything = "".join(
                repr(connection.execute(select(text("*")).select_from(text(table))).all()) for table in tables
            )
        assert "svc_syncd" in everything
        assert "sn-pw" not in everything

    def test_several_go_by_name(self, api):
        client = api.client()
        answer = client.post(f"{JIRA_CONFIG}?name=jira-emea", json=JIRA)
        assert answer.headers["Location"] == "/api/jira/config?name=jira-emea"
        assert client.get(answer.headers["Location"]).json()["name"] == "jira-emea"
        assert client.get(JIRA_CONFIG).status_code == 404
        names = [one["name"] for one in client.get("/api/connections").json()["items"]]
        assert names == ["file-jira", "jira-emea"]

    def test_twice_is_refused(self, made):
        client, _ = made
        answer = client.post(SERVICENOW_CONFIG, json=SERVICENOW)
        assert answer.status_code == 409
        assert "PUT changes it" in answer.json()["detail"]

    def test_a_name_is_of_one_type(self, made):
        client, _ = made
        assert client.get(f"{JIRA_CONFIG}?name=servicenow").status_code == 404
        assert client.post(f"{JIRA_CONFIG}?name=servicenow", json=JIRA).status_code == 409

    def test_all_that_is_wrong_is_said_at_once_and_never_what_was_sent(self, api):
        wrong = {"url": "ftp://x", "auth": {"type": "basic", "username": "", "pasword": "hunter2"}, "wrokers": 1}
        answer = api.client().post(JIRA_CONFIG, json=wrong)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {one["place"] for one in answer.json()["problems"]} == {
            "body.url", "body.auth.username", "body.auth.password", "body.auth.pasword", "body.wrokers"
        }  # fmt: skip
        assert "hunter2" not in answer.text

    def test_without_a_key_no_secret_is_kept(self, api):
        api.services = replace(api.services, connections=Connections(api.store.database, None))
        answer = api.client().post(JIRA_CONFIG, json=JIRA)
        assert answer.status_code == 409
        assert "syncd secrets keygen" in answer.json()["detail"]
        assert api.client().get("/api/connections").status_code == 200


class TestChanging:
    def test_a_secret_that_is_not_given_stays(self, api, made):
        client, etag = made
        changed = {**SERVICENOW, "auth": {"type": "basic", "username": "svc_other"}, "timeout": "20s"}
        answer = client.put(SERVICENOW_CONFIG, json=changed, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] != etag
        assert answer.json()["settings"]["timeout"] == 20.0
        assert kept(api) == {"auth.password": "sn-pw"}

    def test_what_was_answered_can_be_sent_back(self, api, made):
        client, etag = made
        shown = client.get(SERVICENOW_CONFIG).json()["settings"]
        answer = client.put(SERVICENOW_CONFIG, json={**shown, "timeout": 20}, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        kept = api.services.connections.get("servicenow")
        assert (kept.settings["timeout"], kept.secrets) == (20.0, {"auth.password": "sn-pw"})

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_what_stands_for_a_secret_is_never_one(self, api, made, method):
        """There is none to be kept: the connection is new, or its secret was given for another address."""
        client, etag = made
        wanted = {"url": "https://other.service-now.com", "auth": {**SERVICENOW["auth"], "password": "set"}}
        address = f"{SERVICENOW_CONFIG}?name=other" if method == "POST" else SERVICENOW_CONFIG
        answer = client.request(method, address, json=wanted, headers={"If-Match": etag})
        assert answer.status_code == 422
        assert [one["place"] for one in answer.json()["problems"]] == ["body.auth.password"]
        assert api.services.connections.get("servicenow").secrets == {"auth.password": "sn-pw"}

    def test_one_that_is_given_replaces_it(self, api, made):
        client, etag = made
        changed = {**SERVICENOW, "auth": {**SERVICENOW["auth"], "password": "new-pw"}}
        client.put(SERVICENOW_CONFIG, json=changed, headers={"If-Match": etag}).raise_for_status()
        assert kept(api) == {"auth.password": "new-pw"}
        trace = api.store.audit.newest(1)[0]
        assert (trace.action, trace.detail["secrets_changed"]) == ("connection.change", ["auth.password"])

    @pytest.mark.parametrize(
        "change",
        [
            {"url": "https://evil.service-now.com"},
            {"proxy": "http://evil.service-now.com:3128"},
            {"verify": False},
            {"allow_http": True, "url": "http://acme.service-now.com"},
            {"auth": {"type": "oauth2_password", "client_id": "c", "client_secret": "s", "username": "u"}},
            {"url": "https://acme.service-now.com/another"},
            *(
                {
                    "url": f"{begins}evil.service-now.com",
                    "auth": {"type": "basic", "username": "https://acme.service-now.com"},
                }
                for begins in (" https://", "https:/", "https:\\\\", "\thttps://")
            ),
        ],
        ids=[
            "address",
            "proxy",
            "no certificate check",
            "no TLS",
            "way of signing in",
            "path",
            "a space before it",
            "one slash",
            "backslashes",
            "a tab before it",
        ],
    )
    def test_a_kept_secret_is_never_sent_another_way_than_it_was_given_for(self, api, made, change):
        """Who may edit a connection may not read its secrets, so he may not have them sent to himself either."""
        client, etag = made
        wanted = {**SERVICENOW, "auth": {"type": "basic", "username": "svc_syncd"}, **change}
        for answer in (
            client.put(SERVICENOW_CONFIG, json=wanted, headers={"If-Match": etag}),
            client.post("/api/servicenow/test", json=wanted),
        ):
            assert answer.status_code == 422, answer.text
            assert "body.auth.password" in {one["place"] for one in answer.json()["problems"]}
        assert api.tested == []

    def test_an_address_that_is_right_in_one_place_is_wrong_in_another(self, api):
        client = api.client()
        login = {"type": "oauth2_client_credentials", "client_id": "c", "client_secret": "s"}
        one, other = "https://acme.atlassian.net", "https://login.atlassian.net"
        made = client.post(JIRA_CONFIG, json={"url": one, "auth": {**login, "token_url": f"{other}/"}})
        login.pop("client_secret")
        turned = {"url": other, "auth": {**login, "token_url": f"{one}/"}}
        answer = client.put(JIRA_CONFIG, json=turned, headers={"If-Match": made.headers["ETag"]})
        assert {one["place"] for one in answer.json()["problems"]} == {"body.auth.client_secret"}

    def test_the_same_address_in_other_letters_is_the_same(self, api, made):
        client, etag = made
        said = {"url": "https://ACME.service-now.com:443/", "verify": True, "proxy": None, "allow_http": False}
        wanted = {**said, "auth": {"type": "basic", "username": "svc_syncd"}}
        assert client.put(SERVICENOW_CONFIG, json=wanted, headers={"If-Match": etag}).status_code == 200
        assert kept(api) == {"auth.password": "sn-pw"}

    def test_who_does_not_say_what_he_has_seen_is_asked_to(self, made):
        client, _ = made
        for method in ("PUT", "DELETE"):
            assert client.request(method, SERVICENOW_CONFIG, json=SERVICENOW).status_code == 428

    def test_who_has_seen_something_older_is_refused(self, api, made):
        client, etag = made
        client.put(SERVICENOW_CONFIG, json=SERVICENOW, headers={"If-Match": etag}).raise_for_status()
        for method in ("PUT", "DELETE"):
            answer = client.request(method, SERVICENOW_CONFIG, json=SERVICENOW, headers={"If-Match": etag})
            assert answer.status_code == 412
        assert api.services.connections.get("servicenow").version == 2

    def test_of_many_at_once_one_wins(self, api, made):
        client, etag = made
        wanted = [{**SERVICENOW, "timeout": f"{seconds}s"} for seconds in range(10, 18)]

        def put(body):
            return client.put(SERVICENOW_CONFIG, json=body, headers={"If-Match": etag}).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(put, wanted))
        assert statuses == [200] + [412] * 7
        assert api.services.connections.get("servicenow").version == 2

    def test_one_made_anew_is_not_the_one_that_was_seen(self, api):
        client = api.client()
        etag = client.post(f"{JIRA_CONFIG}?name=other", json=JIRA).headers["ETag"]
        client.delete(f"{JIRA_CONFIG}?name=other", headers={"If-Match": etag}).raise_for_status()
        client.post(f"{JIRA_CONFIG}?name=other", json=JIRA).raise_for_status()
        assert client.put(f"{JIRA_CONFIG}?name=other", json=JIRA, headers={"If-Match": etag}).status_code == 412


class TestTakingAway:
    def test_it_goes_with_its_secrets(self, api):
        client = api.client()
        etag = client.post(f"{JIRA_CONFIG}?name=other", json=JIRA).headers["ETag"]
        assert client.delete(f"{JIRA_CONFIG}?name=other", headers={"If-Match": etag}).status_code == 204
        assert client.get(f"{JIRA_CONFIG}?name=other").status_code == 404
        with api.store.database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM secrets")).scalar_one() == 0

    def test_not_while_a_mapping_names_it(self, made):
        client, etag = made
        answer = client.delete(SERVICENOW_CONFIG, headers={"If-Match": etag})
        assert answer.status_code == 409
        assert "mapping ops" in answer.json()["detail"]


class TestOneOfTheFile:
    def test_it_is_shown_without_secrets_and_read_only(self, api):
        shown = api.client().get(f"{JIRA_CONFIG}?name=file-jira").json()
        assert (shown["source"], shown["read_only"]) == ("file", True)
        assert shown["settings"]["auth"]["password"] == "set"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_it_is_changed_in_the_file_only(self, api, method):
        answer = api.client().request(method, f"{JIRA_CONFIG}?name=file-jira", json=JIRA, headers={"If-Match": "*"})
        assert answer.status_code == 409
        assert "change it there and restart" in answer.json()["detail"]


class TestTesting:
    def test_the_kept_settings(self, api, made):
        client, _ = made
        answer = client.post("/api/servicenow/test").json()
        assert (answer["ok"], answer["user"], answer["clock"]) == (True, "bot", 1000.0)
        name, connection, in_use = api.tested[0]
        assert (name, connection.auth.password.get_secret_value(), in_use) == ("servicenow", "sn-pw", True)

    def test_others_before_they_are_kept_with_the_secrets_that_are(self, api, made):
        client, _ = made
        wanted = {**SERVICENOW, "auth": {"type": "basic", "username": "svc_new"}}
        assert client.post("/api/servicenow/test", json=wanted).json()["ok"]
        _, connection, in_use = api.tested[0]
        assert (connection.auth.username, connection.auth.password.get_secret_value()) == ("svc_new", "sn-pw")
        assert not in_use
        assert api.services.connections.get("servicenow").version == 1

    def test_the_password_of_a_proxy_of_the_file_is_not_in_the_trail(self, api):
        proxied = IN_FILE.model_copy(update={"proxy": "http://ann:hunter2@proxy.example:3128"})
        api.services = replace(api.services, in_file={"file-jira": proxied})
        assert api.client().post("/api/jira/test?name=file-jira").status_code == 200
        trail = api.client(Role.VIEWER).get("/api/audit").text
        assert "hunter2" not in trail
        assert "http://proxy.example:3128" in trail

    def test_one_of_the_file(self, api):
        assert api.client().post("/api/jira/test?name=file-jira").json()["ok"]

    def test_what_is_wrong_is_an_answer_not_an_error(self, api, made):
        client, _ = made
        api.found = Found(problems=["servicenow: refused the credentials (HTTP 401)"])
        answer = client.post("/api/servicenow/test")
        assert answer.status_code == 200
        assert (answer.json()["ok"], answer.json()["problems"]) == (False, list(api.found.problems))

    def test_there_is_none(self, api):
        assert api.client().post("/api/jira/test").status_code == 404


def test_every_change_is_in_the_trail_without_secrets(api, made):
    client, etag = made
    changed = {**SERVICENOW, "timeout": "20s", "auth": {**SERVICENOW["auth"], "password": "new-pw"}}
    etag = client.put(SERVICENOW_CONFIG, json=changed, headers={"If-Match": etag}).headers["ETag"]
    client.post("/api/servicenow/test").raise_for_status()
    items = client.get("/api/audit?search=connection").json()["items"]
    assert [item["action"] for item in items] == ["connection.test", "connection.change", "connection.create"]
    assert {item["actor"].split(" (")[0] for item in items} == {f"{Role.ADMIN} of the test"}
    assert items[1]["detail"]["before"].get("timeout") is None
    assert items[1]["detail"]["after"]["timeout"] == 20.0
    assert "sn-pw" not in json.dumps(items)
    assert "new-pw" not in json.dumps(items)
