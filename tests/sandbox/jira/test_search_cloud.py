"""Cloud's search (jira facts 1.1 to 1.17)."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox.jira import generate_issues
from tests.sandbox.jira.conftest import NOON, Start
from tests.sandbox.jira.talk import Talk

ALL = "project = OPS ORDER BY key"


def pages(talk: Talk, **body: Any) -> list[dict[str, Any]]:
    """All pages of a search, by token."""
    found: list[dict[str, Any]] = []
    token = None
    while not found or token:
        asked: dict[str, Any] = {
            "jql": ALL,
            "fields": ["updated"],
            **body,
            **({"nextPageToken": token} if token else {}),
        }
        answer = talk.post("search/jql", asked, version=3)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        token = found[-1].get("nextPageToken")
    return found


def test_pages_follow_the_token_until_there_is_none(start: Start) -> None:
    talk = start(page_cap=4)
    found = pages(talk, maxResults=1000)
    assert [len(page["issues"]) for page in found] == [4, 4, 2]
    assert [page["isLast"] for page in found] == [False, False, True]
    assert "nextPageToken" not in found[-1]
    assert [i["key"] for page in found for i in page["issues"]] == [f"OPS-{n}" for n in range(1, 11)]


def test_an_answer_has_no_total(cloud: Talk) -> None:
    assert set(cloud.find(ALL).json()) == {"issues", "isLast"}


def test_a_token_needs_escaping(start: Start) -> None:
    token = start(page_cap=4).find(ALL).json()["nextPageToken"]
    assert {"+", "/", "="} <= set(token)


def test_a_get_with_an_escaped_token_goes_on(start: Start) -> None:
    talk = start(page_cap=4)
    first = talk.get("search/jql", jql=ALL, fields="summary").json()
    second = talk.get("search/jql", jql=ALL, fields="summary", nextPageToken=first["nextPageToken"]).json()
    assert [issue["key"] for issue in second["issues"]] == ["OPS-5", "OPS-6", "OPS-7", "OPS-8"]


def test_the_end_may_also_be_null(start: Start) -> None:
    assert start(last_token="null").find(ALL).json()["nextPageToken"] is None


def test_a_token_of_another_query_is_refused(start: Start) -> None:
    talk = start(page_cap=4)
    token = talk.find(ALL).json()["nextPageToken"]
    assert talk.find("project = OPS ORDER BY updated", nextPageToken=token).status_code == 400


def test_a_token_with_other_issues_to_reconcile_is_refused(start: Start) -> None:
    talk = start(page_cap=4)
    token = talk.find(ALL, reconcileIssues=[10001]).json()["nextPageToken"]
    assert talk.find(ALL, reconcileIssues=[10002], nextPageToken=token).status_code == 400
    assert talk.find(ALL, reconcileIssues=[10001], nextPageToken=token).status_code == 200


def test_an_unknown_and_an_expired_token_are_refused(start: Start) -> None:
    talk = start(page_cap=4)
    assert talk.find(ALL, nextPageToken="CAEaAggD").status_code == 400
    token = talk.find(ALL).json()["nextPageToken"]
    talk.sandbox.clock.advance(8 * 86400)
    assert talk.find(ALL, nextPageToken=token).status_code == 400


def test_an_issue_updated_between_pages_is_not_skipped_and_skips_none(start: Start) -> None:
    talk = start(page_cap=4)
    jql = "project = OPS ORDER BY updated ASC"
    first = talk.find(jql).json()
    talk.act.edit(first["issues"][0]["key"], {"summary": "moved to the end"})
    seen = {issue["key"] for issue in first["issues"]}
    token = first["nextPageToken"]
    while token:
        page = talk.find(jql, nextPageToken=token).json()
        seen |= {issue["key"] for issue in page["issues"]}
        token = page.get("nextPageToken")
    assert len(seen) == 10


def test_only_ids_come_in_thousands_and_without_fields(start: Start) -> None:
    talk = start(page_cap=4)
    answer = talk.post("search/jql", {"jql": ALL, "maxResults": 5000}).json()
    assert answer["issues"] == [{"id": str(10000 + n)} for n in range(1, 11)]


def test_fields_are_exactly_those_asked_for(cloud: Talk) -> None:
    issue = cloud.find(ALL, fields=["summary"]).json()["issues"][0]
    assert set(issue) == {"expand", "id", "self", "key", "fields"}
    assert set(issue["fields"]) == {"summary"}


def test_unknown_fields_are_ignored(cloud: Talk) -> None:
    assert set(cloud.find(ALL, fields=["summary", "nonsense"]).json()["issues"][0]["fields"]) == {"summary"}


@pytest.mark.parametrize("size", [0, -1, 5001])
def test_sizes_out_of_range_are_refused(cloud: Talk, size: int) -> None:
    answer = cloud.find(ALL, maxResults=size)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["The max results parameter has to be between 1 and 5,000."]


@pytest.mark.parametrize("jql", ["", "ORDER BY key DESC", "order by updated"])
def test_unbounded_queries_are_refused(cloud: Talk, jql: str) -> None:
    answer = cloud.find(jql)
    assert answer.status_code == 400
    assert answer.json() == {
        "errorMessages": ["Unbounded JQL queries are not allowed here. Please add a search restriction to your query."],
        "errors": {},
    }


def test_a_time_is_restriction_enough(cloud: Talk) -> None:
    assert len(cloud.keys("updated >= 0")) == 10


def test_more_than_seven_sort_fields_are_refused(cloud: Talk) -> None:
    order = "key, updated, created, priority, status, summary, assignee, reporter"
    assert cloud.find(f"project = OPS ORDER BY {order}").status_code == 400


@pytest.mark.parametrize(
    "jql",
    [
        "project = NOPE",
        "project in (OPS, NOPE)",
        "nonsense = 1",
        "status = Nonsense",
        "assignee = membersOf()",
        'updated >= "2026-01-02T10:05:00Z"',
        "project = OPS ORDER BY nonsense",
        "key = OPS-999",
        "this is not jql",
    ],
)
def test_what_has_no_meaning_finds_nothing_and_says_nothing(cloud: Talk, jql: str) -> None:
    answer = cloud.find(jql)
    assert (answer.status_code, answer.json()) == (200, {"issues": [], "isLast": True})


def test_the_other_possible_answer_to_nonsense_is_a_400(start: Start) -> None:
    answer = start(semantic_errors="error").find("project = NOPE")
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["The value 'NOPE' does not exist for the field 'project'."]


def test_a_malformed_query_is_a_400(cloud: Talk) -> None:
    assert cloud.find('summary ~ "unterminated').status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"jql": ALL, "startAt": 0},
        {"jql": ALL, "expand": ["names"]},
        {"jql": ALL, "fields": "summary"},
        {"jql": ALL, "maxResults": "50"},
        {"jql": ALL, "reconcileIssues": ["OPS-1"]},
        {"jql": ALL, "properties": ["a", "b", "c", "d", "e", "f"]},
        {"jql": ALL, "reconcileIssues": list(range(51))},
    ],
)
def test_bodies_that_the_schema_forbids_are_refused(cloud: Talk, body: dict[str, Any]) -> None:
    assert cloud.post("search/jql", body).status_code == 400


def test_nulls_in_the_body_are_accepted(cloud: Talk) -> None:
    body: dict[str, Any] = {
        "jql": ALL,
        "expand": None,
        "properties": None,
        "reconcileIssues": [],
        "nextPageToken": None,
    }
    assert cloud.post("search/jql", body).status_code == 200


def test_a_body_that_does_not_say_it_is_json_is_refused(cloud: Talk) -> None:
    assert cloud.send("POST", "search/jql", data='{"jql": "project = OPS"}').status_code == 415


def test_the_old_search_is_gone(cloud: Talk) -> None:
    for version in (2, 3):
        for answer in (cloud.get("search", version=version, jql=ALL), cloud.post("search", {}, version=version)):
            assert answer.status_code == 410
            assert "CHANGE-2046" in answer.json()["errorMessages"][0]


def test_short_pages_are_not_the_end(start: Start) -> None:
    talk = start(issues=generate_issues(60, now=NOON), short_pages=1.0)
    found = pages(talk, maxResults=20)
    assert sum(len(page["issues"]) for page in found) == 60
    assert any(len(page["issues"]) < 20 for page in found[:-1])


def test_a_token_may_repeat_for_ever(start: Start) -> None:
    talk = start(page_cap=4, repeat_token=True)
    token = talk.find(ALL).json()["nextPageToken"]
    repeated = talk.find(ALL, nextPageToken=token).json()
    assert repeated["nextPageToken"] == token
    assert talk.find(ALL, nextPageToken=token).json() == repeated


def test_is_last_may_lie(start: Start) -> None:
    answer = start(page_cap=4, lying_is_last=True).find(ALL).json()
    assert answer["isLast"] is True
    assert answer["nextPageToken"]


def test_names_and_schema_stand_beside_the_issues(cloud: Talk) -> None:
    answer = cloud.find(ALL, expand="names,schema").json()
    assert answer["names"] == {"summary": "Summary", "updated": "Updated"}
    assert answer["schema"]["updated"] == {"type": "datetime", "system": "updated"}


def test_counting(cloud: Talk) -> None:
    assert cloud.post("search/approximate-count", {"jql": "project = OPS"}).json() == {"count": 10}
    assert cloud.post("search/approximate-count", {"jql": ""}).status_code == 400


def test_parsing_tells_what_searching_hides(cloud: Talk) -> None:
    answer = cloud.post("jql/parse?validation=strict", {"queries": ["project = OPS", "project = NOPE", "project ="]})
    good, unknown, malformed = answer.json()["queries"]
    assert "errors" not in good
    assert unknown["errors"] == ["The value 'NOPE' does not exist for the field 'project'."]
    assert malformed["errors"][0].startswith("Error in the JQL Query")


def test_matching_issues_to_queries(cloud: Talk) -> None:
    body = {"issueIds": [10001, 10002], "jqls": ["key = OPS-1", "project = NOPE"]}
    assert cloud.post("jql/match", body).json() == {
        "matches": [{"matchedIssues": [10001], "errors": []}, {"matchedIssues": [], "errors": []}]
    }


def test_archived_issues_and_projects_are_not_found(cloud: Talk) -> None:
    cloud.act.archive("OPS-1")
    assert len(cloud.keys(ALL)) == 9
    assert "archiveddate" in cloud.issue("OPS-1")["fields"]
    cloud.act.set_project_state("OPS", "archived")
    assert cloud.keys(ALL) == []
