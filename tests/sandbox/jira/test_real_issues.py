"""1,866 real issues with 5,956 comments go in and come out unharmed. Skipped where they are not at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.sandbox.jira import JiraSandbox, load_issues
from syncd.sandbox.jira.ingest import moment
from syncd.sandbox.jira.markup import adf
from tests.sandbox.jira.talk import Talk

FILE = Path(__file__).parents[3].parent / "shared" / "data" / "jira-issues.jsonl.gz"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no real issues at {FILE}")


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in load_issues(FILE)}


@pytest.fixture(scope="module", params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, rows: dict[str, dict[str, Any]]) -> Iterator[Talk]:
    with Talk(JiraSandbox(request.param, issues=list(rows.values()))) as talk:
        yield talk


@pytest.fixture(scope="module")
def shown(site: Talk, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every issue as the API shows it, by id."""
    found: dict[str, dict[str, Any]] = {}
    ids = list(rows)
    for start in range(0, len(ids), 100):
        part = ids[start : start + 100]
        if site.cloud:
            body: dict[str, Any] = {"issueIdsOrKeys": part, "fields": ["*all"], "expand": ["renderedFields"]}
            issues = site.post("issue/bulkfetch", body).json()["issues"]
        else:
            jql = f"id in ({', '.join(part)})"
            body = {"jql": jql, "fields": ["*all"], "expand": ["renderedFields"], "maxResults": 100}
            issues = site.post("search", body).json()["issues"]
        found |= {issue["id"]: issue for issue in issues}
    return found


def test_all_of_them_are_there(shown: dict[str, Any], rows: dict[str, Any]) -> None:
    assert {i["id"]: i["key"] for i in shown.values()} == {i["id"]: i["key"] for i in rows.values()}


def test_texts_come_out_as_they_went_in(shown: dict[str, Any], rows: dict[str, Any]) -> None:
    """Control characters, U+2028, CRLF, outer blanks and all."""
    for number, row in rows.items():
        fields = shown[number]["fields"]
        assert fields["summary"] == row["fields"]["summary"]
        assert (fields["description"] or "") == (row["fields"].get("description") or "")
        bodies = {c["id"]: c["body"] for c in fields["comment"]["comments"]}
        assert bodies == {c["id"]: c.get("body") or "" for c in row["fields"]["comment"]["comments"]}


def test_total_is_what_is_really_there(shown: dict[str, Any]) -> None:
    for issue in shown.values():
        listed = issue["fields"]["comment"]
        assert listed["total"] == len(listed["comments"])


def test_times_are_the_same_moments(shown: dict[str, Any], rows: dict[str, Any]) -> None:
    for number, row in rows.items():
        for name in ("created", "updated"):
            assert moment(shown[number]["fields"][name]) == moment(row["fields"][name])


def test_people_states_and_priorities(site: Talk, shown: dict[str, Any], rows: dict[str, Any]) -> None:
    for number, row in rows.items():
        fields = shown[number]["fields"]
        for name in ("status", "issuetype"):
            assert fields[name]["name"] == row["fields"][name]["name"]
        for name in ("priority", "resolution"):
            assert (fields[name] or {}).get("name") == (row["fields"][name] or {}).get("name")
        for name in ("assignee", "reporter"):
            mine, theirs = fields[name], row["fields"][name]
            assert (mine or {}).get("displayName") == (theirs or {}).get("displayName")
        assert [c["name"] for c in fields["components"]] == [c["name"] for c in row["fields"]["components"]]


def test_everything_has_html(shown: dict[str, Any]) -> None:
    for issue in shown.values():
        rendered = issue["renderedFields"]
        assert bool(rendered["description"]) == bool((issue["fields"]["description"] or "").strip())
        assert "<script" not in json.dumps(rendered)


def test_paging_in_order_of_updates_finds_every_issue_once(site: Talk, rows: dict[str, Any]) -> None:
    jql = "project in (ALOY, MOD) AND updated >= 0 ORDER BY updated ASC, key ASC"
    found: list[str] = []
    page: dict[str, Any] = {}
    while not page or (page["issues"] if not site.cloud else page.get("nextPageToken")):
        more = {"nextPageToken": page["nextPageToken"]} if page.get("nextPageToken") else {}
        position = {} if site.cloud else {"startAt": len(found)}
        page = site.find(jql, maxResults=100, fields=["updated"], **more, **position).json()
        found += [issue["id"] for issue in page["issues"]]
    assert len(found) == len(set(found)) == len(rows)
    times = [moment(rows[number]["fields"]["updated"]) for number in found]
    assert times == sorted(times)


def test_a_whole_minute_of_them_is_found_by_its_minute(site: Talk, rows: dict[str, Any]) -> None:
    """242 issues share one minute: no page boundary may tear it apart."""
    minutes: dict[str, int] = {}
    for row in rows.values():
        minute = row["fields"]["updated"][:16]
        minutes[minute] = minutes.get(minute, 0) + 1
    minute, count = max(minutes.items(), key=lambda item: item[1])
    assert count > 200
    start = round(moment(f"{minute}:00.000+0000").timestamp() * 1000)
    jql = f"updated >= {start} AND updated < {start + 60_000}"
    if site.cloud:
        assert site.post("search/approximate-count", {"jql": jql}).json() == {"count": count}
    else:
        assert site.find(jql, maxResults=1).json()["total"] == count


def test_v3_shows_every_text_as_a_valid_document(site: Talk, rows: dict[str, Any]) -> None:
    if not site.cloud:
        pytest.skip("Data Center has no v3")
    ids = list(rows)[::10]
    for start in range(0, len(ids), 100):
        body = {"issueIdsOrKeys": ids[start : start + 100], "fields": ["description", "comment"]}
        for issue in site.post("issue/bulkfetch", body, version=3).json()["issues"]:
            texts = [issue["fields"]["description"], *(c["body"] for c in issue["fields"]["comment"]["comments"])]
            assert [adf.problem(text) for text in texts if text is not None] == [None] * sum(
                t is not None for t in texts
            )


def test_resolved_ones_can_be_reopened(site: Talk) -> None:
    key = site.keys("project = ALOY AND status = Closed ORDER BY key", maxResults=1)[0]
    doors = {t["to"]["name"]: t["id"] for t in site.get(f"issue/{key}/transitions").json()["transitions"]}
    assert "Reopened" in doors
    answer = site.post(f"issue/{key}/transitions", {"transition": {"id": doors["Reopened"]}})
    assert answer.status_code == 204
    assert site.issue(key)["fields"]["resolution"] is None
