"""Change requests by both their APIs, and problems: states, what they demand, and how refusals are worded."""

from __future__ import annotations

import pytest

from syncd.sandbox.servicenow.seed import stable_id
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

CHG = "/api/sn_chg_rest/change"
TEMPLATE = stable_id("std_change_producer_version", "Restart a server")
TRANSITION = "was aborted by Business Rule 'Change Model: Check State Transition^"


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("normal", ["-4", "-3", "-2", "-1", "0"]),
        ("emergency", ["-3", "-2", "-1", "0"]),
        ("standard", ["-2", "-1", "0"]),
    ],
)
def test_each_type_of_change_has_its_way(api: Caller, kind: str, way: list[str]) -> None:
    change = api.create("change_request", type=kind, std_change_producer_version=TEMPLATE)
    assert (change["number"], change["state"], change["type"]) == ("CHG0030001", "-5", kind)
    path = f"table/change_request/{change['sys_id']}"
    for state in way:
        assert api.patch(path, {"state": state}).json()["result"]["state"] == state
    assert "mandatory: Close code, Close notes" in api.patch(path, {"state": "3"}).json()["error"]["detail"]
    closed = api.patch(path, {"state": "3", "close_code": "successful", "close_notes": "fine"}).json()["result"]
    assert (closed["state"], closed["active"]) == ("3", "false")


def test_states_are_not_skipped(api: Caller) -> None:
    change = api.create("change_request")
    answer = api.patch(f"table/change_request/{change['sys_id']}", {"state": "-1"})
    assert answer.status_code == 403
    assert TRANSITION in answer.json()["error"]["detail"]
    assert api.patch(f"table/change_request/{change['sys_id']}", {"state": "4"}).status_code == 200


def test_the_type_changes_in_new_only_and_standard_needs_a_template(api: Caller) -> None:
    assert api.post("table/change_request", {"type": "standard"}).status_code == 403
    path = f"table/change_request/{api.create('change_request')['sys_id']}"
    assert api.patch(path, {"type": "emergency"}).status_code == 200
    api.patch(path, {"state": "-3"})
    assert api.patch(path, {"type": "normal"}).status_code == 403


def test_a_template_fills_in_what_was_not_sent(api: Caller) -> None:
    change = api.create("change_request", type="standard", std_change_producer_version=TEMPLATE, description="own")
    assert (change["short_description"], change["description"]) == ("Restart a server", "own")


def test_a_changes_priority_is_what_was_sent(api: Caller) -> None:
    assert api.create("change_request", priority="2", impact="3")["priority"] == "2"


def test_the_change_api_creates_with_200_and_typed_values(api: Caller) -> None:
    answer = api.post(f"{CHG}/normal", {"short_description": "Patch"})
    change = answer.json()["result"]
    assert answer.status_code == 200
    assert change["state"] == {"display_value": "New", "value": -5.0}
    assert change["impact"] == {"display_value": "3 - Low", "value": 3.0}
    assert change["active"] == {"display_value": "true", "value": True}
    assert change["requested_by_date"] == {"display_value": "", "value": "", "display_value_internal": ""}
    assert change["sys_updated_on"].keys() == {"display_value", "value", "display_value_internal"}
    again = api.get(f"{CHG}/{change['sys_id']['value']}").json()["result"]
    assert again["number"] == {"display_value": "CHG0030001", "value": "CHG0030001"}


def test_the_change_api_puts_its_refusals_into_message(api: Caller) -> None:
    change = api.post(f"{CHG}/emergency", {}).json()["result"]
    answer = api.patch(f"{CHG}/{change['sys_id']['value']}", {"state": "0"})
    error = answer.json()["error"]
    assert (answer.status_code, error["detail"]) == (403, "")
    assert error["message"].startswith("Change Request record could not be updated. Operation against file")
    assert TRANSITION in error["message"]
    assert api.get(f"{CHG}/{'0' * 32}").status_code == 404


def test_the_change_api_lists_by_type_and_does_not_blank_choices(api: Caller) -> None:
    api.post(f"{CHG}/normal", {"category": "unheard of"})
    api.post(f"{CHG}/standard/{TEMPLATE}", {})
    normal = api.get(f"{CHG}/normal").json()["result"]
    assert [c["category"]["value"] for c in normal] == ["unheard of"]
    assert len(api.get(CHG).json()["result"]) == 2
    assert api.get(CHG, sysparm_query="type=standard").json()["result"][0]["type"]["value"] == "standard"
    assert api.post(f"{CHG}/standard/{'0' * 32}", {}).status_code == 404


def test_next_states_and_tasks(served: Served) -> None:
    api = served.api
    change = api.post(f"{CHG}/normal", {}).json()["result"]["sys_id"]["value"]
    states = api.get(f"{CHG}/{change}/nextstates").json()["result"]
    assert states["available_states"] == ["-5", "-4", "4"]
    assert states["state_label"]["-4"] == "Assess"
    task = api.post(f"{CHG}/{change}/task", {"short_description": "Backup"}).json()["result"]
    assert task["change_request"]["value"] == change
    path = f"{CHG}/{change}/task/{task['sys_id']['value']}"
    assert api.patch(path, {"state": 2}).json()["result"]["state"]["value"] == 2.0
    assert len(api.get(f"{CHG}/{change}/task").json()["result"]) == 1
    assert api.delete(path).status_code == 403
    assert len(api.get(f"{CHG}/{change}/conflict").json()["result"]["conflicts"]) == 0
    assert api.get(f"{CHG}/{change}/schedule").json()["result"]["start_date"]["value"] == ""
    for missing in ("task", "conflict", "schedule", "nextstates"):
        assert api.get(f"{CHG}/{'0' * 32}/{missing}").status_code == 404
    assert served.admin.delete(path).status_code == 204
    assert served.admin.delete(f"{CHG}/{change}").status_code == 204


def test_a_problem_goes_step_by_step_and_demands_what_its_state_needs(api: Caller) -> None:
    path = f"table/problem/{api.create('problem')['sys_id']}"
    assert "mandatory: Assigned to" in api.patch(path, {"state": "102"}).json()["error"]["detail"]
    steps = [
        {"state": "102", "assigned_to": "problem.manager"},
        {"state": "103", "cause_notes": "cause"},
        {"problem_state": "104", "fix_notes": "fix"},
        {"state": "106", "resolution_code": "fix_applied"},
        {"state": "107"},
    ]
    for step in steps:
        answer = api.patch(path, step)
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"]["state"] == answer.json()["result"]["problem_state"]
    assert (answer.json()["result"]["active"], answer.json()["result"]["state"]) == ("false", "107")


def test_a_problem_does_not_jump(api: Caller) -> None:
    path = f"table/problem/{api.create('problem', state='102', assigned_to='problem.manager')['sys_id']}"
    answer = api.patch(path, {"state": "106", "resolution_code": "canceled", "close_notes": "x"})
    assert answer.status_code == 403
    assert "aborted by Business Rule" in answer.json()["error"]["detail"]
    answer = api.patch(path, {"state": "107", "resolution_code": "canceled", "close_notes": "x"})
    assert answer.status_code == 200


def test_an_instance_may_ignore_a_problems_new_state_without_a_word(serve: Serve) -> None:
    api = serve(problem_transitions="ignored").api
    problem = api.create("problem", assigned_to="problem.manager")
    path = f"table/problem/{problem['sys_id']}"
    assert api.patch(path, {"state": "102"}).json()["result"]["state"] == "102"
    answer = api.patch(path, {"state": "103", "cause_notes": "kept"})
    assert (answer.status_code, answer.json()["result"]["state"]) == (200, "102")
    assert answer.json()["result"]["cause_notes"] == "kept"
    move = f"/api/x_rhtpp_ansible/problem/{problem['number']}/new_state/"
    assert api.patch(move + "103", {"cause_notes": "moved"}).json()["result"]["state"] == "103"


def test_the_store_apps_resource_moves_problems_and_says_what_is_not_possible(api: Caller) -> None:
    number = api.create("problem", state="102", assigned_to="problem.manager")["number"]
    move = f"/api/x_rhtpp_ansible/problem/{number}/new_state/"
    answer = api.patch(move + "106", {"resolution_code": "canceled", "close_notes": "x"})
    assert answer.status_code == 400
    assert "Problem state transition from state 102 to 106 is not possible" in answer.text
    answer = api.patch(move + "107", {"resolution_code": "canceled", "close_notes": "x"})
    assert answer.json()["result"]["active"] == "false"
    assert api.patch("/api/x_rhtpp_ansible/problem/PRB0/new_state/102", {}).status_code == 404


def test_transitions_may_be_switched_off(serve: Serve) -> None:
    api = serve(change_transitions=False, problem_transitions="free").api
    change = api.create("change_request")
    assert api.patch(f"table/change_request/{change['sys_id']}", {"state": "0"}).status_code == 200


def test_a_request_that_is_submitted_goes_on_at_once(api: Caller) -> None:
    request = api.create("sc_request", requested_for="admin", due_date="2024-12-31")
    assert request["due_date"] == "2024-12-31 00:00:00"
