"""Data Center's search (jira facts 1.25 to 1.28)."""

from __future__ import annotations

import pytest

from tests.sandbox.jira.conftest import Start
from tests.sandbox.jira.talk import Talk


def test_an_answer_says_where_it_starts_and_how_much_there_is(datacenter: Talk) -> None:
    answer = datacenter.get("search", jql="project = OPS", startAt=8, maxResults=5).json()
    assert (answer["startAt"], answer["maxResults"], answer["total"]) == (8, 5, 10)
    assert len(answer["issues"]) == 2
    assert "isLast" not in answer


def test_the_page_size_is_lowered_without_a_word(start: Start) -> None:
    answer = start("datacenter", views_max=3).get("search", jql="project = OPS", maxResults=500).json()
    assert answer["maxResults"] == 3
    assert len(answer["issues"]) == 3


def test_an_issue_updated_while_paging_makes_another_one_be_skipped(datacenter: Talk) -> None:
    jql = "project = OPS ORDER BY updated ASC"
    first = datacenter.keys(jql, maxResults=5)
    datacenter.act.edit(first[0], {"summary": "moved to the end"})
    rest = datacenter.keys(jql, maxResults=50, startAt=5)
    assert len(set(first) | set(rest)) == 9


def test_ties_may_come_in_another_order_each_time(start: Start) -> None:
    talk = start("datacenter", shuffled_ties=True)
    orders = {tuple(talk.keys("project = OPS ORDER BY project")) for _ in range(5)}
    assert len(orders) > 1


def test_total_may_be_too_large(start: Start) -> None:
    assert start("datacenter", total_excess=3).find("project = OPS").json()["total"] == 13


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("project in (OPS, NOPE)", "The value 'NOPE' does not exist for the field 'project'."),
        ("nonsense = 1", "Field 'nonsense' does not exist or you do not have permission to view it."),
        ("key = OPS-999", "An issue with key 'OPS-999' does not exist for field 'key'."),
        ("ORDER BY nonsense", "Not able to sort using field 'nonsense'."),
        ("status > Done", "The operator '>' is not supported by the 'status' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("assignee = nonsense()", "Unable to find JQL function 'nonsense()'."),
    ],
)
def test_what_has_no_meaning_is_a_400(datacenter: Talk, jql: str, message: str) -> None:
    answer = datacenter.find(jql)
    assert answer.status_code == 400
    assert answer.json() == {"errorMessages": [message], "errors": {}}


def test_without_validation_it_is_a_warning(datacenter: Talk) -> None:
    answer = datacenter.get("search", jql="project = NOPE", validateQuery="false").json()
    assert answer["issues"] == []
    assert answer["warningMessages"] == ["The value 'NOPE' does not exist for the field 'project'."]


def test_an_empty_query_finds_everything(datacenter: Talk) -> None:
    assert datacenter.get("search").json()["total"] == 10


def test_fields_are_the_navigable_ones_unless_named(datacenter: Talk) -> None:
    fields = datacenter.get("search", jql="key = OPS-1").json()["issues"][0]["fields"]
    assert "summary" in fields
    assert "comment" not in fields
    fields = datacenter.get("search", jql="key = OPS-1", fields="*all,-description").json()["issues"][0]["fields"]
    assert "comment" in fields
    assert "description" not in fields


def test_an_unknown_key_in_the_body_is_refused(datacenter: Talk) -> None:
    assert datacenter.post("search", {"jql": "project = OPS", "nextPageToken": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/rest/api/2/search/jql"),
        ("POST", "/rest/api/2/search/approximate-count"),
        ("GET", "/rest/api/3/myself"),
        ("GET", "/rest/api/2/issue/OPS-1/changelog"),
    ],
)
def test_what_only_cloud_has_is_not_there(datacenter: Talk, method: str, path: str) -> None:
    assert datacenter.send(method, path, json={}).status_code == 404


def test_bulk_fetch_is_not_there(datacenter: Talk) -> None:
    assert datacenter.post("issue/bulkfetch", {"issueIdsOrKeys": ["OPS-1"]}).status_code in (404, 405)
