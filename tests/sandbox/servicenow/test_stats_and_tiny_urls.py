"""The Aggregate API and short URLs."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.sandbox.servicenow.conftest import Caller


@pytest.fixture
def four(api: Caller) -> Caller:
    for state in ("1", "1", "2", "3"):
        api.create(state=state, urgency=state)
    return api


def test_counting(four: Caller) -> None:
    answer = four.get("stats/incident", sysparm_count="true", sysparm_query="state!=3")
    assert answer.json() == {"result": {"stats": {"count": "3"}}}


def test_grouping_with_display_values(four: Caller) -> None:
    params = {"sysparm_count": "true", "sysparm_group_by": "state"}
    groups = four.get("stats/incident", **params).json()["result"]
    assert [(g["groupby_fields"], g["stats"]["count"]) for g in groups] == [
        ([{"field": "state", "value": "1"}], "2"),
        ([{"field": "state", "value": "2"}], "1"),
        ([{"field": "state", "value": "3"}], "1"),
    ]
    groups = four.get("stats/incident", sysparm_display_value="true", **params).json()["result"]
    assert groups[1]["groupby_fields"][0]["value"] == "In Progress"


def test_numbers_of_numbers_are_strings(four: Caller) -> None:
    params = {f"sysparm_{name}_fields": "urgency" for name in ("min", "max", "sum", "avg")}
    stats = four.get("stats/incident", **params).json()["result"]["stats"]
    assert stats == {
        "avg": {"urgency": "1.75"},
        "min": {"urgency": "1"},
        "max": {"urgency": "3"},
        "sum": {"urgency": "7"},
    }


def test_unknown_tables_are_refused(four: Caller) -> None:
    assert four.get("stats/bogus", sysparm_count="true").status_code == 400


def test_a_long_query_can_be_shortened(four: Caller) -> None:
    query = {"sysparm_query": "stateIN2,3^ORDERBYstate", "sysparm_fields": "state"}
    url = f"/api/now/table/incident?{urlencode(query)}"
    result = four.post("tinyurl", {"url": url}).json()["result"]
    path, _, tiny = result.partition("?")
    assert path == "incident"
    assert four.call("GET", f"table/incident?{tiny}").json()["result"] == [{"state": "2"}, {"state": "3"}]
