"""Each fault: what the caller gets, and whether the write happened."""

from __future__ import annotations

import json
import time

import pytest
import requests

from syncd.sandbox.servicenow import KINDS, Fault, ServiceNowSandbox
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

NO_ANSWER = 0


def status_of(api: Caller) -> int:
    try:
        return api.post("table/incident", {"short_description": "x"}).status_code
    except requests.ConnectionError:
        return NO_ANSWER


@pytest.mark.parametrize(
    ("kind", "options", "status", "records"),
    [
        ("dropped", {}, 202, 0),
        ("rate_limited", {"retry_after": "7"}, 429, 0),
        ("semaphore_full", {}, 429, 0),
        ("hibernating", {}, 200, 0),
        ("unauthorized", {}, 401, 0),
        ("acl_denied", {}, 403, 0),
        ("server_error", {"status": 500}, 500, 0),
        ("server_error", {"status": 502}, 502, 0),
        ("server_error", {"status": 503}, 503, 0),
        ("server_error", {"status": 504}, 504, 0),
        ("lost_request", {}, NO_ANSWER, 0),
        ("truncated", {}, 200, 1),
        ("truncated", {"commits": False}, 200, 0),
        ("error_in_200", {}, 200, 1),
        ("forbidden_after_commit", {}, 403, 1),
        ("server_error_after", {"status": 504}, 504, 1),
        ("lost_answer", {}, NO_ANSWER, 1),
        ("hung_answer", {"seconds": 0.1}, NO_ANSWER, 1),
        ("slow", {"seconds": 0.1}, 201, 1),
        ("aborted", {"name": "Some rule"}, 403, 0),
    ],
)
def test_a_fault_strikes_once_and_then_all_is_well(
    served: Served, kind: str, options: dict[str, object], status: int, records: int
) -> None:
    served.sandbox.faults.add(kind, method="POST", table="incident", **options)
    assert status_of(served.api) == status
    assert len(served.sandbox.rows("incident")) == records
    assert status_of(served.api) == 201


def test_the_list_of_faults_is_complete() -> None:
    assert {Fault(kind).kind for kind in KINDS} == KINDS
    with pytest.raises(ValueError, match="no such fault: 'nonsense'"):
        Fault("nonsense")


def test_the_refusal_after_a_commit_names_the_operation(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    served.sandbox.faults.add("forbidden_after_commit", method="PATCH")
    answer = served.api.patch(f"table/incident/{sys_id}", {"state": "2"})
    assert answer.json()["error"]["detail"] == "ACL Exception Update Failed due to security constraints"
    assert served.sandbox.row("incident", sys_id)["state"] == "2"


def test_a_truncated_answer_is_not_json_but_carries_the_error(served: Served) -> None:
    served.api.create()
    served.sandbox.faults.add("truncated", method="GET")
    answer = served.api.get("table/incident")
    assert answer.status_code == 200
    assert answer.text.endswith('"status": "failure"}')
    assert "Transaction cancelled: maximum execution time exceeded" in answer.text
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_an_error_in_a_200_is_beside_the_result(served: Served) -> None:
    served.api.create()
    served.sandbox.faults.add("error_in_200", method="GET")
    document = served.api.get("table/incident").json()
    assert document.keys() == {"result", "error", "status"}


def test_hibernation_is_html_with_200(served: Served) -> None:
    served.sandbox.faults.add("hibernating")
    answer = served.api.get("table/incident")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Instance Hibernating page" in answer.text


@pytest.mark.parametrize("retry_after", ["", "0", "31536000"])
def test_a_429_has_the_retry_after_it_was_given_or_none(served: Served, retry_after: str) -> None:
    served.sandbox.faults.add("rate_limited", retry_after=retry_after)
    answer = served.api.get("table/incident")
    assert answer.headers.get("Retry-After", "") == retry_after
    assert "X-RateLimit-Reset" in answer.headers


def test_a_hung_answer_is_committed_before_the_caller_gives_up(served: Served) -> None:
    served.sandbox.faults.add("hung_answer", method="POST", seconds=30)
    url = f"{served.url}/api/now/table/incident"
    with pytest.raises(requests.ReadTimeout):
        served.api.session.post(url, json={}, timeout=0.3)
    assert len(served.sandbox.rows("incident")) == 1


def test_faults_choose_their_calls(served: Served) -> None:
    served.sandbox.faults.add("server_error", method="POST,PATCH", table="inc*", nth=2, count=2)
    assert [status_of(served.api) for _ in range(4)] == [201, 503, 503, 201]
    assert served.api.get("table/incident").status_code == 200
    assert served.api.post("table/problem", {}).status_code == 201


def test_probability_follows_the_seed(serve: Serve) -> None:
    def pattern(seed: int) -> list[int]:
        served = serve(seed=seed)
        served.sandbox.faults.add("server_error", probability=0.5, count=0)
        return [served.api.get("table/incident").status_code for _ in range(20)]

    first, again, other = pattern(1), pattern(1), pattern(2)
    assert first == again != other
    assert set(first) == {200, 503}


def test_faults_may_be_bound_to_a_path(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    served.sandbox.faults.add("acl_denied", path=f"*/{sys_id}", count=1)
    assert served.api.get("table/incident").status_code == 200
    assert served.api.get(f"table/incident/{sys_id}").status_code == 403


def test_hidden_rows_make_short_pages_with_the_full_total(served: Served) -> None:
    for _ in range(20):
        served.api.create()
    served.sandbox.faults.add("hidden_rows", share=0.5, count=1)
    answer = served.api.get("table/incident", sysparm_limit=20)
    assert 0 < len(answer.json()["result"]) < 20
    assert answer.headers["X-Total-Count"] == "20"
    served.sandbox.faults.add("hidden_rows", count=1)
    assert served.api.get("table/incident", sysparm_limit=20).json()["result"] == []


@pytest.mark.parametrize(("kind", "stored"), [("garbled_emoji", "a????\nb"), ("crlf", "a😀\r\nb"), ("lf", "a😀\nb")])
def test_the_database_changes_a_text_once(served: Served, kind: str, stored: str) -> None:
    served.sandbox.faults.add(kind, method="POST")
    assert served.api.create(description="a😀\nb")["description"] == stored
    assert served.api.create(description="a😀\nb")["description"] == "a😀\nb"


def test_somebody_else_edits_right_after_and_in_the_same_second(served: Served) -> None:
    served.sandbox.clock.hold(served.sandbox.clock.now())
    served.sandbox.faults.add("other_edit", method="POST,PATCH", user="fred.luddy", fields={"state": "2"}, count=2)
    record = served.api.create()
    served.api.patch(f"table/incident/{record['sys_id']}", {"description": "ours"})
    row = served.sandbox.row("incident", record["sys_id"])
    assert (record["state"], row["state"], row["sys_updated_by"]) == ("1", "2", "svc_syncd")
    assert row["sys_updated_on"] == record["sys_updated_on"]


def test_what_a_fault_did_is_in_the_call_log(served: Served, sandbox: ServiceNowSandbox) -> None:
    sandbox.faults.add("lost_answer", method="POST")
    status_of(served.api)
    (logged,) = sandbox.calls.recent
    assert (logged.route, logged.status, logged.fault) == ("table.create", NO_ANSWER, "lost_answer")
    assert sandbox.calls.writes == 1


def test_latency_is_on_every_call_and_write_cost_on_writes_only(serve: Serve) -> None:
    served = serve(latency=0.02, write_cost=0.2)
    started = time.monotonic()
    served.api.get("table/incident")
    read = time.monotonic() - started
    served.api.create()
    assert 0.02 <= read < 0.2 <= time.monotonic() - started - read
