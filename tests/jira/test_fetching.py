"""Whole issues by id in both dialects, when some are gone and answers break."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import responses
from requests import PreparedRequest

from syncd.errors import AuthError, RejectedError, UnavailableError, UnreadableError
from syncd.jira.fetching import alone, fetch_raw
from tests.jira.support import CLOUD, DATA_CENTER, URL, client, server_is

GONE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
Answer = tuple[int, dict[str, str], str]


def issue(number: int | str) -> dict[str, Any]:
    return {"id": str(number), "key": f"OPS-{number}", "fields": {"summary": f"issue {number}"}}


def fetched(ids: list[str], fields: list[str]) -> Mapping[str, dict[str, Any]]:
    """What is found where nothing fails."""
    raws = fetch_raw(client(), ids, fields)
    assert raws.failed == {}
    return raws.found


def spat_out(poison: Answer | Exception) -> Answer:
    if isinstance(poison, Exception):
        raise poison
    return poison


class Jira:
    """Holds issues 1 to 300 but for those `gone`; its answers break when they carry more than `most` issues.

    Whatever has to do with an issue of `poison` is answered so.
    """

    def __init__(self, *, cloud: bool, gone: set[str] | None = None, most: int = 1000) -> None:
        self.gone = gone or set()
        self.poison: dict[str, Answer | Exception] = {}
        self.most = most
        self.asked: list[int] = []
        self.single: list[str] = []
        self.errors: list[str] = []
        server_is(CLOUD if cloud else DATA_CENTER)
        path = "issue/bulkfetch" if cloud else "search"
        responses.add_callback("POST", f"{URL}/rest/api/2/{path}", self.many, content_type="application/json")
        responses.add_callback(
            "GET", re.compile(rf"{URL}/rest/api/2/issue/\d+"), self.one, content_type="application/json"
        )

    def many(self, request: PreparedRequest) -> Answer:
        body = json.loads(request.body or "{}")
        ids = body.get("issueIdsOrKeys") or re.findall(r"\d+", body["jql"])
        self.asked.append(len(ids))
        poison = [self.poison[one] for one in ids if one in self.poison]
        if poison:
            return spat_out(poison[0])
        if "jql" in body and self.gone & set(ids):
            return 400, {}, json.dumps({"errorMessages": ["An issue with key '7' does not exist for field 'id'."]})
        there = [issue(one) for one in ids if one not in self.gone]
        text = json.dumps({"issues": there, "names": {"summary": "Summary"}, "issueErrors": self.errors})
        return 200, {}, text[: len(text) // 2] if len(ids) > self.most else text

    def one(self, request: PreparedRequest) -> Answer:
        number = str(request.path_url).partition("?")[0].rpartition("/")[2]
        self.single.append(number)
        if number in self.poison:
            return spat_out(self.poison[number])
        return (404, {}, json.dumps(GONE)) if number in self.gone else (200, {}, json.dumps(issue(number)))


def numbers(*ids: int) -> list[str]:
    return [str(one) for one in ids]


@pytest.mark.parametrize("cloud", [True, False], ids=["Cloud", "Data Center"])
@responses.activate
def test_a_hundred_at_a_time(cloud: bool) -> None:
    jira = Jira(cloud=cloud)
    found = fetched(numbers(*range(1, 251)), ["summary"])
    assert len(found) == 250
    assert jira.asked == [100, 100, 50]
    assert jira.single == []
    assert found["1"]["names"] == {"summary": "Summary"}


@responses.activate
def test_cloud_leaves_out_what_is_gone() -> None:
    jira = Jira(cloud=True, gone={"7"})
    assert sorted(fetched(numbers(6, 7, 8), ["summary"])) == ["6", "8"]
    assert jira.single == []


@responses.activate
def test_what_cloud_says_it_failed_to_fetch_is_asked_for_alone() -> None:
    jira = Jira(cloud=True, gone={"7"})
    jira.errors = ["7"]
    assert sorted(fetched(numbers(6, 7, 8), ["summary"])) == ["6", "8"]
    assert jira.single == ["7"]


@responses.activate
def test_one_issue_gone_does_not_spoil_data_centers_page() -> None:
    jira = Jira(cloud=False, gone={"42"})
    assert len(fetched(numbers(*range(1, 101)), ["summary"])) == 99
    assert "42" in jira.single
    assert len(jira.asked) + len(jira.single) < 20  # halves, not one by one


@pytest.mark.parametrize("cloud", [True, False], ids=["Cloud", "Data Center"])
@responses.activate
def test_an_answer_too_long_to_come_through_is_asked_for_in_halves(cloud: bool) -> None:
    jira = Jira(cloud=cloud, most=30)
    assert len(fetched(numbers(*range(1, 101)), ["summary"])) == 100
    assert jira.asked == [100, 50, 25, 25, 50, 25, 25]


@responses.activate
def test_what_the_index_of_data_center_does_not_show_is_asked_for_alone() -> None:
    server_is(DATA_CENTER)
    responses.post(f"{URL}/rest/api/2/search", json={"issues": [issue(1)], "total": 1})
    responses.get(f"{URL}/rest/api/2/issue/2", json=issue(2))
    responses.get(f"{URL}/rest/api/2/issue/3", json=GONE, status=404)
    responses.get(f"{URL}/rest/api/2/issue/4", json={"errorMessages": ["Not yours."], "errors": {}}, status=403)
    assert sorted(fetched(numbers(1, 2, 3, 4), ["summary"])) == ["1", "2"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param({"status": 401, "json": {}}, AuthError, id="not believed"),
        pytest.param({"status": 503, "json": {}}, UnavailableError, id="away"),
        pytest.param({"body": "<html>", "content_type": "text/html"}, UnreadableError, id="a page"),
        pytest.param({"json": {"unexpected": []}}, UnreadableError, id="another shape"),
        pytest.param({"json": {"issues": [{"key": "OPS-1"}]}}, UnreadableError, id="issues without ids"),
    ],
)
@responses.activate
def test_a_failure_is_not_a_missing_issue(answer: dict[str, Any], error: type[Exception]) -> None:
    server_is(CLOUD)
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", **answer)
    responses.get(f"{URL}/rest/api/2/myself", status=401, json={})
    with pytest.raises(error):
        fetched(numbers(1, 2), ["summary"])


@responses.activate
def test_a_request_that_jira_refuses_for_each_issue_is_refused() -> None:
    server_is(CLOUD)
    refusal: dict[str, Any] = {"status": 400, "json": {"errorMessages": ["Field x is not valid."], "errors": {}}}
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", **refusal)
    responses.get(re.compile(rf"{URL}/rest/api/2/issue/\d+"), **refusal)
    with pytest.raises(RejectedError, match="Field x is not valid"):
        fetched(numbers(1, 2, 3, 4, 5), ["x"])


@responses.activate
def test_an_issue_that_was_not_asked_for_is_left_alone() -> None:
    server_is(CLOUD)
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", json={"issues": [issue(1), issue(9)]})
    assert list(fetched(numbers(1), ["summary"])) == ["1"]


CUT_OFF: Answer = (200, {}, '{"issues": [{"id": "7", "fie')
STUMBLES: Answer = (500, {}, json.dumps({"errorMessages": ["Internal server error"], "errors": {}}))
TOO_LONG = requests.ReadTimeout("Read timed out.")
REFUSED: Answer = (400, {}, json.dumps({"errorMessages": ["It is too large."], "errors": {}}))


@pytest.mark.parametrize("cloud", [True, False], ids=["Cloud", "Data Center"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(CUT_OFF, UnreadableError, id="cut off"),
        pytest.param(STUMBLES, UnreadableError, id="500"),
        pytest.param(TOO_LONG, UnreadableError, id="no answer in time"),
        pytest.param(REFUSED, RejectedError, id="400"),
    ],
)
@responses.activate
def test_one_issue_that_fails_by_itself_stops_no_other(
    cloud: bool, answer: Answer | Exception, error: type[Exception]
) -> None:
    jira = Jira(cloud=cloud)
    jira.poison["42"] = answer
    raws = fetch_raw(client(), numbers(*range(1, 101)), ["summary"])
    assert len(raws.found) == 99
    assert list(raws.failed) == ["42"]
    assert isinstance(alone(raws.failed["42"]), error)
    assert len(set(jira.single)) <= 3  # halves, not one by one


@pytest.mark.parametrize("answer", [CUT_OFF, STUMBLES, TOO_LONG, REFUSED])
@responses.activate
def test_when_many_fail_it_is_not_the_issues(answer: Answer | Exception) -> None:
    jira = Jira(cloud=False)
    jira.poison.update(dict.fromkeys(numbers(*range(1, 101)), answer))
    with pytest.raises((UnreadableError, RejectedError, UnavailableError)):
        fetch_raw(client(), numbers(*range(1, 101)), ["summary"])
    assert len(set(jira.single)) == 4


@responses.activate
def test_a_jira_that_answers_nothing_is_not_asked_for_each_issue() -> None:
    responses.get(f"{URL}/rest/api/2/serverInfo", json=CLOUD)
    held = client()
    assert held.server.cloud
    responses.reset()
    responses.add_callback("POST", f"{URL}/rest/api/2/issue/bulkfetch", lambda request: spat_out(TOO_LONG))
    responses.get(f"{URL}/rest/api/2/serverInfo", body=requests.ConnectTimeout("timed out"))
    with pytest.raises(UnavailableError, match="asking what it is"):
        fetch_raw(held, numbers(*range(1, 101)), ["summary"])
