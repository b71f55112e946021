"""The Batch API: a call of calls."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from tests.sandbox.servicenow.conftest import Caller, Serve, Served


def item(number: int, method: str, url: str, body: Any = None, **more: Any) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]
    encoded = {} if body is None else {"body": base64.b64encode(json.dumps(body).encode()).decode()}
    return {"id": str(number), "method": method, "url": url, "headers": headers, **encoded, **more}


def creating(count: int) -> list[dict[str, Any]]:
    return [item(n, "POST", "/api/now/table/incident", {"short_description": f"n{n}"}) for n in range(count)]


def run(api: Caller, items: list[dict[str, Any]], batch_id: Any = 7) -> dict[str, Any]:
    answer = api.post("v1/batch", {"batch_request_id": batch_id, "rest_requests": items})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def body_of(served: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(served["body"]))


def test_every_item_is_judged_by_itself_and_the_ids_are_strings(api: Caller) -> None:
    document = run(
        api,
        [
            *creating(1),
            item(8, "PATCH", f"/api/now/table/incident/{'0' * 32}", {}),
            item(9, "POST", "/api/now/table/incident", {"state": "6"}),
            item(10, "GET", "/api/now/table/incident?sysparm_limit=1", exclude_response_headers=True),
        ],
    )
    assert document["batch_request_id"] == "7"
    assert document["unserviced_requests"] == []
    served = {s["id"]: s for s in document["serviced_requests"]}
    assert {i: s["status_code"] for i, s in served.items()} == {"0": 201, "8": 404, "9": 403, "10": 200}
    assert served["0"]["status_text"] == "Created"
    assert body_of(served["0"])["result"]["short_description"] == "n0"
    assert body_of(served["9"])["error"]["message"] == "Operation Failed"
    assert served["10"]["headers"] == []
    names = {h["name"] for h in served["0"]["headers"]}
    assert {"Location", "Content-Type", "Content-Length"} <= names


def test_what_does_not_fit_into_the_time_is_unserviced_and_undone(serve: Serve) -> None:
    served = serve(write_cost=0.1, batch_seconds=0.35)
    document = run(served.api, creating(6))
    done = len(document["serviced_requests"])
    assert 1 <= done <= 3
    assert document["unserviced_requests"] == [str(n) for n in range(done, 6)]
    assert len(served.sandbox.rows("incident")) == done


def test_a_fault_may_leave_items_unserviced(served: Served) -> None:
    served.sandbox.faults.add("unserviced", route="batch", items=2)
    assert run(served.api, creating(5))["unserviced_requests"] == ["3", "4"]
    assert len(run(served.api, creating(5))["serviced_requests"]) == 5


def test_faults_strike_items_and_a_hang_up_leaves_the_rest_undone(served: Served) -> None:
    served.sandbox.faults.add("aborted", table="incident", nth=2, name="No")
    statuses = [s["status_code"] for s in run(served.api, creating(3))["serviced_requests"]]
    assert statuses == [201, 403, 201]
    served.sandbox.faults.add("lost_answer", table="incident", nth=2)
    with pytest.raises(requests.ConnectionError):
        run(served.api, creating(3))
    assert len(served.sandbox.rows("incident")) == 4


def test_the_order_may_be_shuffled(serve: Serve) -> None:
    ids = [s["id"] for s in run(serve(batch_shuffled=True).api, creating(12))["serviced_requests"]]
    assert ids != sorted(ids, key=int)
    assert sorted(ids, key=int) == [str(n) for n in range(12)]


def test_a_lost_answer_leaves_everything_done(served: Served) -> None:
    served.sandbox.faults.add("server_error_after", route="batch")
    answer = served.api.post("v1/batch", {"batch_request_id": "1", "rest_requests": creating(3)})
    assert answer.status_code == 503
    assert len(served.sandbox.rows("incident")) == 3


def test_items_run_as_the_caller_and_are_counted_apart(served: Served) -> None:
    document = run(served.api, [item(1, "DELETE", f"/api/now/table/incident/{served.api.create()['sys_id']}")])
    assert document["serviced_requests"][0]["status_code"] == 403
    assert served.sandbox.calls.batch_items == {("DELETE", "table.delete"): 1}
    assert served.sandbox.calls["POST", "batch"] == 1


@pytest.mark.parametrize("body", [{}, {"rest_requests": [{"id": "1"}]}, {"rest_requests": "x"}])
def test_a_malformed_batch_is_refused_whole(api: Caller, body: dict[str, Any]) -> None:
    assert api.post("v1/batch", body).status_code == 400


def test_a_malformed_item_fails_alone(api: Caller) -> None:
    broken = item(1, "POST", "/api/now/table/incident") | {"body": "no base64!"}
    nested = item(2, "POST", "/api/now/v1/batch", {"rest_requests": []})
    statuses = [s["status_code"] for s in run(api, [broken, nested, *creating(1)])["serviced_requests"]]
    assert statuses == [400, 400, 201]


def test_a_long_query_passes_in_a_batch(api: Caller) -> None:
    api.create(short_description="x")
    query = "^".join(["AAAA=BBBB"] * 2300)
    (served,) = run(api, [item(1, "GET", f"/api/now/table/incident?sysparm_query={query}")])["serviced_requests"]
    assert len(body_of(served)["result"]) == 1
