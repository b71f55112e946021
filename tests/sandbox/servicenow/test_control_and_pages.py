"""The control API that tests and demos use, and the two pages for people."""

from __future__ import annotations

import requests

from syncd.sandbox.servicenow import ServiceNowSandbox
from tests.sandbox.servicenow.conftest import Served


def control(served: Served, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(method, f"{served.url}/_sandbox/{path}", json=body, timeout=10)


def test_faults_can_be_armed_listed_and_disarmed(served: Served) -> None:
    armed = control(served, "POST", "faults", {"kind": "server_error", "method": "GET", "count": 0}).json()
    assert served.api.get("table/incident").status_code == 503
    (listed,) = control(served, "GET", "faults").json()
    assert (listed["id"], listed["seen"], listed["struck"]) == (armed["id"], 1, 1)
    control(served, "DELETE", f"faults/{armed['id']}")
    assert served.api.get("table/incident").status_code == 200
    assert control(served, "POST", "faults", {"kind": "bogus"}).status_code == 400
    assert control(served, "POST", "faults", {"kind": "dropped", "colour": "red"}).status_code == 400


def test_a_named_user_edits_a_record(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    fields = {"state": "2", "work_notes": "I took over"}
    answer = control(served, "PATCH", f"records/incident/{sys_id}?as=beth.anglin", fields)
    assert (answer.status_code, answer.json()["sys_updated_by"]) == (200, "beth.anglin")
    seen = control(served, "GET", f"records/incident/{sys_id}").json()
    assert seen["record"]["state"] == "2"
    assert [note["sys_created_by"] for note in seen["journal"]] == ["beth.anglin"]


def test_state_calls_and_reset(served: Served) -> None:
    served.api.create(short_description="one", work_notes="note")
    state = control(served, "GET", "state").json()
    assert [r["short_description"] for r in state["records"]["incident"]] == ["one"]
    assert [n["value"] for n in state["journals"]] == ["note"]
    assert state["calls"]["writes"] == 1
    assert control(served, "GET", "calls").json()["counts"] == {"POST table.create": 1}
    control(served, "DELETE", "calls")
    assert served.sandbox.calls.total == 0
    control(served, "POST", "reset")
    assert served.api.get("table/incident").json() == {"result": []}
    assert served.api.create()["number"] == "INC0010001"


def test_the_clock_can_be_held_and_moved(served: Served) -> None:
    control(served, "POST", "clock", {"hold": "2025-09-03T09:00:00+00:00"})
    assert control(served, "POST", "clock", {"advance": 90}).json() == {"now": "2025-09-03 09:01:30"}
    assert served.api.create()["sys_created_on"] == "2025-09-03 09:01:30"
    assert control(served, "POST", "clock", {"release": True}).json()["now"] > "2025-09-03 09:02"


def test_records_can_be_made_hidden_and_removed(served: Served) -> None:
    made = control(served, "POST", "records/incident?as=abel.tuter", {"short_description": "x"}).json()
    control(served, "POST", "hide", {"sys_id": made["sys_id"]})
    assert served.api.get(f"table/incident/{made['sys_id']}").status_code == 404
    control(served, "POST", "hide", {"sys_id": made["sys_id"], "hidden": False})
    assert served.api.get(f"table/incident/{made['sys_id']}").status_code == 200
    control(served, "DELETE", f"records/incident/{made['sys_id']}")
    assert served.sandbox.rows("incident") == []
    assert control(served, "GET", f"records/incident/{made['sys_id']}").status_code == 400


def test_switches_can_be_changed_while_it_runs(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    control(served, "POST", "options", {"journal_hidden": True, "honour_sys_id": False})
    served.api.patch(f"table/incident/{sys_id}", {"work_notes": "x"})
    assert served.api.get("table/sys_journal_field").json() == {"result": []}
    assert control(served, "POST", "options", {"bogus": 1}).status_code == 400


def test_an_unknown_command_names_the_known_ones(served: Served) -> None:
    answer = control(served, "GET", "bogus")
    assert answer.status_code == 404
    assert "GET /_sandbox/state" in answer.json()["error"]


def test_a_person_can_look_at_the_list_and_at_one_record(served: Served) -> None:
    record = served.api.create(short_description="<b>bold</b>", comments="a & b")
    page = requests.get(served.url, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "INC0010001" in page.text
    assert "&lt;b&gt;bold" in page.text
    for path in (f"/nav_to.do?uri=incident.do?sys_id={record['sys_id']}", f"/incident.do?sys_id={record['sys_id']}"):
        page = requests.get(served.url + path, timeout=10)
        assert "a &amp; b" in page.text
        assert "Syncd Integration" in page.text
    assert requests.get(f"{served.url}/incident.do?sys_id={'0' * 32}", timeout=10).status_code == 404
    assert "Change Request: 0" in requests.get(f"{served.url}/change_request_list.do", timeout=10).text


def test_the_same_seed_makes_the_same_instance() -> None:
    first, again = (ServiceNowSandbox(seed=7).create("incident", {})["sys_id"] for _ in range(2))
    assert first == again != ServiceNowSandbox(seed=8).create("incident", {})["sys_id"]
