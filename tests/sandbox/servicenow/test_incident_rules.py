"""The rules of incident, as far as an integration meets them."""

from __future__ import annotations

import pytest

from syncd.sandbox.servicenow import DEFAULT_USERS, ServiceNowSandbox, UserSpec
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

RESOLUTION = {"state": "6", "close_code": "Solution provided", "close_notes": "Done"}
BOTH_MISSING = "Data Policy Exception: \n\tThe following fields are mandatory: Resolution code, Close notes"


def refused(answer_status: int, detail: str) -> dict[str, object]:
    return {
        "status": answer_status,
        "body": {"error": {"message": "Operation Failed", "detail": detail}, "status": "failure"},
    }


def outcome(api: Caller, sys_id: str, **fields: str) -> dict[str, object]:
    answer = api.patch(f"table/incident/{sys_id}", fields)
    return {"status": answer.status_code, "body": answer.json()}


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 2), (2, 2, 3), (2, 3, 4), (3, 1, 3), (3, 2, 4), (3, 3, 5)],
)
def test_the_priority_is_looked_up(sandbox: ServiceNowSandbox, impact: int, urgency: int, priority: int) -> None:
    row = sandbox.create("incident", {"impact": impact, "urgency": urgency, "priority": "1"})
    assert row["priority"] == str(priority)


def test_resolving_demands_code_and_notes_in_real_newline_and_tab(api: Caller, sandbox: ServiceNowSandbox) -> None:
    sys_id = api.create()["sys_id"]
    assert outcome(api, sys_id, state="6") == refused(403, BOTH_MISSING)
    assert sandbox.row("incident", sys_id)["state"] == "1"
    assert outcome(api, sys_id, **RESOLUTION)["status"] == 200
    assert outcome(api, sys_id, close_notes="")["status"] == 403


def test_an_insert_in_state_resolved_demands_them_too(api: Caller) -> None:
    assert api.post("table/incident", {"state": "6"}).json()["error"]["detail"] == BOTH_MISSING
    assert api.create(**RESOLUTION)["state"] == "6"


def test_an_unknown_close_code_is_blanked_first_and_missed_then(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    fields = RESOLUTION | {"close_code": "Solved (Permanently)"}
    detail = "Data Policy Exception: \n\tThe following fields are mandatory: Resolution code"
    assert outcome(api, sys_id, **fields) == refused(403, detail)


def test_the_labels_in_the_refusal_are_the_instances_own(served: Served) -> None:
    served.sandbox.relabel("incident", "close_code", "Lösungscode")
    answer = served.api.post("table/incident", RESOLUTION | {"close_code": ""})
    assert answer.json()["error"]["detail"].endswith("mandatory: Lösungscode")


def test_resolving_fills_in_when_and_by_whom_and_reopening_counts(api: Caller) -> None:
    record = api.create(**RESOLUTION)
    assert record["resolved_at"] == record["sys_updated_on"]
    assert record["resolved_by"]["value"] == record["opened_by"]["value"]
    again = api.patch(f"table/incident/{record['sys_id']}", {"state": "2"}).json()["result"]
    assert (again["state"], again["reopen_count"], again["resolved_at"], again["active"]) == ("2", "1", "", "true")


def test_incident_state_mirrors_state_in_both_directions(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    for sent in ({"state": "2"}, {"incident_state": "3"}, {"state": "1", "incident_state": "3"}):
        record = api.patch(f"table/incident/{sys_id}", sent).json()["result"]
        assert record["state"] == record["incident_state"] == sent.get("state", sent.get("incident_state"))


def test_closing_is_for_the_administrators_and_the_nightly_job(served: Served) -> None:
    acl = refused(403, "ACL Exception Update Failed due to security constraints")
    sys_id = served.api.create(**RESOLUTION)["sys_id"]
    assert outcome(served.api, sys_id, state="7") == acl
    assert served.api.post("table/incident", RESOLUTION | {"state": "7"}).status_code == 403
    assert served.sandbox.auto_close(days=1) == 0
    assert served.sandbox.auto_close() == 1
    row = served.sandbox.row("incident", sys_id)
    assert (row["state"], row["active"], row["sys_updated_by"]) == ("7", "false", "system")
    assert row["closed_at"]


def test_a_closed_incident_is_read_only_to_everybody_else(served: Served) -> None:
    sys_id = served.admin.create(**RESOLUTION | {"state": "7"})["sys_id"]
    for fields in ({"state": "2"}, {"work_notes": "late"}, {"description": "late"}):
        assert outcome(served.api, sys_id, **fields)["status"] == 403
    assert served.sandbox.journal(sys_id) == []
    assert outcome(served.admin, sys_id, description="late")["status"] == 200


def test_an_instance_may_drop_what_is_not_allowed_on_closing_without_a_word(serve: Serve) -> None:
    served = serve(close_refusal="dropped")
    sys_id = served.api.create(**RESOLUTION)["sys_id"]
    answer = served.api.patch(f"table/incident/{sys_id}", {"state": "7", "description": "kept"})
    assert (answer.status_code, answer.json()["result"]["state"]) == (200, "6")
    assert answer.json()["result"]["description"] == "kept"
    served.sandbox.auto_close()
    answer = served.api.patch(f"table/incident/{sys_id}", {"description": "late", "work_notes": "late"})
    assert (answer.status_code, answer.json()["result"]["description"]) == (200, "kept")


def test_canceling_ends_the_incident(api: Caller) -> None:
    assert api.create(state="8")["active"] == "false"


def test_the_callers_comment_ends_the_waiting_for_the_caller(serve: Serve) -> None:
    abel = UserSpec("abel", "secret", "Abel", roles=frozenset({"itil"}))
    served = serve(users=(*DEFAULT_USERS, abel))
    sys_id = served.api.create(caller_id="abel", state="3", hold_reason="1")["sys_id"]
    served.api.patch(f"table/incident/{sys_id}", {"comments": "are you there?"})
    assert served.sandbox.row("incident", sys_id)["state"] == "3"
    served.as_user(("abel", "secret")).patch(f"table/incident/{sys_id}", {"comments": "yes"})
    row = served.sandbox.row("incident", sys_id)
    assert (row["state"], row["incident_state"], row["hold_reason"]) == ("2", "2", "")


def test_on_hold_needs_no_reason_over_rest_and_loses_it_when_left(api: Caller) -> None:
    sys_id = api.create(state="3", hold_reason="4")["sys_id"]
    assert api.create(state="3")["hold_reason"] == ""
    assert api.patch(f"table/incident/{sys_id}", {"state": "2"}).json()["result"]["hold_reason"] == ""


def test_reassignments_are_counted_but_not_the_first(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    counts = []
    for group in ("Network", "Database", "Database"):
        answer = api.patch(f"table/incident/{sys_id}", {"assignment_group": group})
        counts.append(answer.json()["result"]["reassignment_count"])
    assert counts == ["0", "1", "1"]
