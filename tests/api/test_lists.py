"""What people look at and what they do: links, one issue, parked ones, mappings, backfills, tokens, the trail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from syncd.core.access import Role
from syncd.core.model import Outcome, Result
from syncd.core.policy import Policy
from syncd.store.clock import now
from syncd.store.tables import links, notes


@pytest.fixture
def linked(api):
    """Five linked issues; OPS-2 is parked, OPS-3 has a write in doubt."""
    with api.store.database.write() as connection:
        for number in range(1, 6):
            connection.execute(
                insert(links).values(
                    mapping="ops", site="acme", issue_id=str(10000 + number), issue_key=f"OPS-{number}",
                    record_id=f"{number:032x}", record_number=f"INC{number:07}", created_at=now(),
                    applied_at=now() + number, wanted=1, done=1,
                    applied={"state": {"sent": "1", "stored": "1"}},
                )
            )  # fmt: skip
        broken = {"cause": "rejected", "error": "no such state", "attempts": 3, "failing_since": now() - 60}
        connection.execute(
            update(links).where(links.c.issue_key == "OPS-2").values(due_at=now() + 600, wanted=2, **broken)
        )
        doubt = {"sent_at": now(), "attempted": {"state": "6"}, "due_at": now() + 1200}
        connection.execute(update(links).where(links.c.issue_key == "OPS-3").values(**doubt))
        for version, state in ((1, "posted"), (2, "intent")):
            connection.execute(
                insert(notes).values(
                    link_id=3, comment_id="77", version=version, digest="d", state=state, sent_at=now() + version
                )
            )
    api.store.journal.append(
        [
            Outcome("ops", "10003", "OPS-3", result, record_id="x", record_number="INC0000003", reason=reason)
            for result, reason in ((Result.CREATED, ""), (Result.DOUBT, "no answer"))
        ]
    )
    return api


class TestLinks:
    def test_they_come_in_pages_that_lead_on(self, linked):
        client, keys, address = linked.client(Role.VIEWER), [], "/api/links?limit=2"
        while address:
            answer = client.get(address)
            keys += [link["issue_key"] for link in answer.json()["items"]]
            address = answer.json()["next"]
            assert (f'<{address}>; rel="next"' == answer.headers.get("Link")) is (address is not None)
        assert keys == ["OPS-5", "OPS-4", "OPS-3", "OPS-2", "OPS-1"]

    @pytest.mark.parametrize(
        ("search", "keys"),
        [
            ("OPS-3", ["OPS-3"]), ("ops-", ["OPS-5", "OPS-4", "OPS-3", "OPS-2", "OPS-1"]), ("INC0000004", ["OPS-4"]),
            ("10002", ["OPS-2"]), (f"{1:032x}", ["OPS-1"]), ("%", []), ("_PS-1", []), ("' OR 1=1 --", []), ("1000", []),
        ],
    )  # fmt: skip
    def test_they_are_found_by_what_people_have_at_hand(self, linked, search, keys):
        answer = linked.client().get("/api/links", params={"search": search})
        assert [link["issue_key"] for link in answer.json()["items"]] == keys

    def test_of_one_mapping(self, linked):
        assert linked.client().get("/api/links?mapping=other").json() == {"items": [], "next": None}


class TestOneIssue:
    @pytest.mark.parametrize("name", ["OPS-3", "10003", "INC0000003", f"{3:032x}"])
    def test_it_is_found_by_any_of_its_names(self, linked, name):
        answer = linked.client(Role.VIEWER).get(f"/api/issues/{name}").json()
        assert [one["link"]["issue_key"] for one in answer["links"]] == ["OPS-3"]

    def test_what_is_waiting_and_why(self, linked):
        client = linked.client()
        doubtful = client.get("/api/issues/OPS-3").json()["links"][0]
        assert doubtful["waiting"] == [
            "another look, due in 20 min",
            "a write of state was sent and its answer was lost: the record is asked before anything is sent",
            "1 note sent without an answer: the journal is asked for",
        ]
        parked = client.get("/api/issues/OPS-2").json()["links"][0]
        assert parked["waiting"] == [
            "parked (rejected) after 3 tries; the next is due in 10 min",
            "because: no such state",
        ]
        assert parked["error"] == "no such state"
        assert client.get("/api/issues/OPS-1").json()["links"][0]["waiting"] == []

    def test_a_pause_of_its_mapping_is_what_keeps_it(self, linked):
        client = linked.client()
        before = client.get("/api/issues/OPS-1").json()["links"][0]["trouble"]
        client.post("/api/mappings/ops/pause")
        (paused,) = client.get("/api/issues/OPS-1").json()["links"][0]["trouble"]
        assert paused == "it is paused: nothing is listed or written until `syncd resume --mapping ops`"
        assert paused not in before

    def test_a_policy_that_writes_nothing_is_not_called_done(self, linked):
        linked.services = replace(
            linked.services, mappings=tuple(replace(one, policy=Policy.OBSERVE) for one in linked.services.mappings)
        )
        (said,) = linked.client().get("/api/issues/OPS-1").json()["links"][0]["waiting"]
        assert said.startswith("policy observe: nothing is written")

    def test_notes_and_their_fate_outcomes_and_where_to_look(self, linked):
        answer = linked.client().get("/api/issues/OPS-3").json()
        one = answer["links"][0]
        assert [(note["comment_id"], note["version"], note["state"]) for note in one["notes"]] == [
            ("77", 1, "posted"), ("77", 2, "intent")
        ]  # fmt: skip
        assert one["columns"] == {"state": "1"}
        assert one["issue_url"] == "https://acme.atlassian.net/browse/OPS-3"
        assert one["record_url"] == f"https://acme.service-now.com/{3:032x}"
        assert {outcome["result"] for outcome in answer["outcomes"]} == {"created", "doubt"}

    @pytest.mark.parametrize("name", ["OPS-99", "%20", "OPS-1' OR '1'='1"])
    def test_there_is_none(self, linked, name):
        assert linked.client().get(f"/api/issues/{name}").status_code == 404


class TestParked:
    def test_they_are_listed_with_their_reasons(self, linked):
        (one,) = linked.client(Role.VIEWER).get("/api/parked").json()["items"]
        assert (one["issue_key"], one["cause"], one["error"]) == ("OPS-2", "rejected", "no such state")

    def test_one_is_tried_again_and_who_is_not_parked_is_named(self, linked):
        answer = linked.client(Role.OPERATOR).post("/api/parked/retry", json={"issues": ["OPS-2", "OPS-1"]})
        assert answer.json() == {"issues": ["OPS-2"], "not_parked": ["OPS-1"]}
        assert linked.store.reports.parked()[0].retry_in <= 0

    def test_all_are_dropped(self, linked):
        assert linked.client(Role.OPERATOR).post("/api/parked/drop", json={"all": True}).json()["issues"] == ["OPS-2"]
        assert linked.store.reports.parked() == []

    @pytest.mark.parametrize("body", [{}, {"issues": []}, {"issues": ["OPS-2"], "all": True}])
    def test_all_is_never_meant_by_saying_nothing(self, linked, body):
        assert linked.client().post("/api/parked/drop", json=body).status_code == 422
        assert len(linked.store.reports.parked()) == 1

    def test_it_is_in_the_trail_with_who_did_it(self, linked):
        linked.client(Role.OPERATOR).post("/api/parked/retry", json={"issues": ["OPS-2"]})
        trace = linked.store.audit.newest(1)[0]
        assert (trace.action, trace.subject, trace.role) == ("parked.retry", "OPS-2", "operator")
        assert trace.actor.startswith("operator of the test (token ")


class TestMappings:
    def test_they_are_listed_with_their_state(self, api):
        (one,) = api.client(Role.VIEWER).get("/api/mappings").json()["items"]
        assert (one["name"], one["source"], one["target"], one["table"]) == ("ops", "jira", "servicenow", "incident")
        assert one["paused"] is False

    def test_one_is_paused_before_its_first_cycle_and_goes_on(self, api):
        client = api.client(Role.OPERATOR)
        assert client.post("/api/mappings/ops/pause").json()["paused"] is True
        assert api.store.cursors.paused("ops")
        assert client.post("/api/mappings/ops/resume").json()["paused"] is False
        actions = [trace.action for trace in api.store.audit.newest(2)]
        assert actions == ["mapping.resume", "mapping.pause"]

    @pytest.mark.parametrize("what", ["", "/pause", "/resume"])
    def test_there_is_none(self, api, what):
        answer = api.client().request("POST" if what else "GET", f"/api/mappings/other{what}")
        assert answer.status_code == 404
        assert "there are: ops" in answer.json()["detail"]


class TestLookingNow:
    def test_at_all_that_changed(self, api):
        answer = api.client(Role.OPERATOR).post("/api/sync", json={})
        assert (answer.status_code, answer.json()) == (202, {"mappings": ["ops"]})
        assert api.wanted == [("ops", "")]

    def test_at_one_issue(self, api):
        assert api.client().post("/api/sync", json={"issue": "OPS-7", "mapping": "ops"}).status_code == 202
        assert api.wanted == [("ops", "OPS-7")]

    def test_at_one_that_no_mapping_has(self, api):
        answer = api.client().post("/api/sync", json={"issue": "OPS-404"})
        assert answer.status_code == 422
        assert "not an issue of mapping ops" in answer.json()["detail"]

    @pytest.mark.parametrize("issue", ['OPS-1" OR key = "X-1', "OPS", "1", "", "OPS-1\n"])
    def test_no_query_goes_as_a_key(self, api, issue):
        assert api.client().post("/api/sync", json={"issue": issue}).status_code == 422
        assert api.wanted == []


class TestBackfills:
    def test_one_is_asked_for_stopped_and_gone_on_with(self, api):
        client = api.client(Role.OPERATOR)
        body = {"mapping": "ops", "jql": "type = Bug", "since": "2026-01-01T00:00:00Z"}
        started = client.post("/api/backfills", json=body)
        assert (started.status_code, started.json()["state"]) == (202, "running")
        assert started.json()["query"] == "(project = OPS) AND (type = Bug)"
        address = f"/api/backfills/{started.json()['id']}"
        assert client.post(f"{address}/stop").json()["state"] == "stopped"
        assert client.post(f"{address}/stop").status_code == 409
        assert client.post("/api/backfills", json=body).json()["id"] == started.json()["id"]
        assert client.get(address).json()["state"] == "running"
        assert [trace.action for trace in api.store.audit.newest(3)] == [
            "backfill.start", "backfill.stop", "backfill.start"
        ]  # fmt: skip

    def test_one_of_the_command_line_is_seen_and_not_stopped_from_here(self, api):
        run = api.store.cursors.begin_backfill("ops", "project = OPS", None, "digest")
        client = api.client()
        assert client.get(f"/api/backfills/{run.id}").json()["state"] == "command"
        assert client.post(f"/api/backfills/{run.id}/stop").status_code == 409

    def test_of_a_mapping_that_there_is_not(self, api):
        assert api.client().post("/api/backfills", json={"mapping": "other"}).status_code == 404
        assert api.client().get("/api/backfills/9").status_code == 404


class TestTokens:
    def test_one_is_made_shown_once_used_and_revoked(self, api):
        client = api.client()
        made = client.post("/api/tokens", json={"label": "ci", "role": "viewer", "expires_in_days": 1})
        assert made.status_code == 201
        text, id = made.json()["token"], made.json()["about"]["id"]
        bearer = {"Authorization": f"Bearer {text}"}
        assert client.get("/api/status", headers=bearer).status_code == 200
        assert text not in client.get("/api/tokens").text
        assert client.delete(f"/api/tokens/{id}").json()["usable"] is False
        assert client.get("/api/status", headers=bearer).status_code == 401
        assert client.delete("/api/tokens/999").status_code == 404


class TestTheTrail:
    def test_it_is_read_in_pages(self, linked):
        client, numbers, address = linked.client(), [], "/api/audit?limit=2"
        while address:
            answer = client.get(address).json()
            numbers += [row["number"] for row in answer["items"]]
            address = answer["next"]
        assert numbers == [3, 2, 1]

    def test_it_is_verified(self, api):
        client = api.client(Role.VIEWER)
        whole = client.get("/api/audit/verify").json()
        assert (whole["whole"], whole["number"]) == (True, 3)
        assert client.get("/api/audit/verify", params={"number": 3, "hash": whole["hash"]}).json()["whole"]
        for half in ({"number": 2}, {"hash": whole["hash"]}, {"number": 0, "hash": whole["hash"]}):
            assert client.get("/api/audit/verify", params=half).status_code == 422, "it would prove nothing"
        noted = {"number": 2, "hash": "not it"}
        assert client.get("/api/audit/verify", params=noted).json()["problems"] == [
            "row 2 is not the one that was noted"
        ]
