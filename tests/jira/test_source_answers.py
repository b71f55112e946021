"""What a source makes of answers that a simulated Jira has no reason to give."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from syncd.errors import AuthError, RejectedError, UnavailableError, UnreadableError
from syncd.jira import JiraSource
from tests.jira.support import CLOUD, DATA_CENTER, URL, client, server_is

WHEN = "2024-05-01T14:00:00.742+0200"
ME = {"accountId": "5b:1", "displayName": "Bot"}
FORBIDDEN = {"errorMessages": ["You are not authenticated."], "errors": {}}


def issue(number: int, **fields: Any) -> dict[str, Any]:
    comments = {"comments": [], "total": 0}
    return {"id": str(number), "key": f"OPS-{number}", "fields": {"updated": WHEN, "comment": comments, **fields}}


@pytest.mark.parametrize("status", [401, 403, 404])
@responses.activate
def test_a_user_unknown_to_jira_has_wrong_credentials(status: int) -> None:
    server_is(CLOUD)
    responses.get(f"{URL}/rest/api/2/myself", json=FORBIDDEN, status=status)
    with pytest.raises(AuthError, match="proving the credentials"):
        JiraSource(client()).prove()


@pytest.mark.parametrize("me", [{}, [], {"displayName": "Somebody"}])
@responses.activate
def test_a_user_without_a_name_proves_nothing(me: Any) -> None:
    server_is(CLOUD)
    responses.get(f"{URL}/rest/api/2/myself", json=me)
    with pytest.raises(UnreadableError, match="who this user is"):
        JiraSource(client()).prove()


@responses.activate
def test_the_account_goes_by_its_key_on_data_center_and_may_hide_its_zone() -> None:
    server_is(DATA_CENTER)
    responses.get(f"{URL}/rest/api/2/myself", json={"key": "JIRAUSER1", "name": "bot", "displayName": "Bot"})
    source = JiraSource(client())
    source.prove()
    assert source.account is not None
    assert (source.account.id, source.account.name, source.account.zone) == ("JIRAUSER1", "Bot", None)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(issue(2, updated=None), id="no time"),
        pytest.param(issue(2) | {"fields": None}, id="no fields"),
        pytest.param(issue(2, comment={"comments": [{"body": "x"}], "total": 1}), id="a comment without id"),
        pytest.param(
            issue(2, comment={"comments": [{"id": "x", "created": WHEN}], "total": 1}), id="a comment with an odd id"
        ),
    ],
)
@responses.activate
def test_an_issue_that_nobody_understands_stops_no_other(broken: dict[str, Any]) -> None:
    server_is(CLOUD)
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", json={"issues": [issue(1), broken, issue(3)]})
    responses.get(f"{URL}/rest/api/2/issue/2/comment", json={"comments": [], "total": 0})
    fetched = JiraSource(client()).fetch(["1", "2", "3"], ())
    assert [one.key for one in fetched.issues] == ["OPS-1", "OPS-3"]
    assert fetched.missing == ()
    assert "OPS-2" in str(fetched.failed["2"])


COMMENTS = {"comments": [], "total": 0}


def with_comments(number: int) -> dict[str, Any]:
    """An issue whose comments have to be asked for."""
    return issue(number, comment={"comments": [], "total": 1})


@responses.activate
def test_an_issue_whose_comments_make_jira_stumble_stops_no_other() -> None:
    server_is(CLOUD)
    issues = [with_comments(number) for number in (1, 2, 3)]
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", json={"issues": issues})
    for number in (1, 3):
        responses.get(f"{URL}/rest/api/2/issue/{number}/comment", json=COMMENTS)
    responses.get(f"{URL}/rest/api/2/issue/2/comment", json={"errorMessages": ["Internal server error"]}, status=500)
    fetched = JiraSource(client()).fetch(["1", "2", "3"], ())
    assert [one.key for one in fetched.issues] == ["OPS-1", "OPS-3"]
    assert isinstance(fetched.failed["2"], UnreadableError)


@responses.activate
def test_when_the_comments_of_many_issues_cannot_be_had_they_all_wait() -> None:
    server_is(CLOUD)
    responses.post(f"{URL}/rest/api/2/issue/bulkfetch", json={"issues": [with_comments(number) for number in range(9)]})
    responses.get(re.compile(rf"{URL}/rest/api/2/issue/\d+/comment"), json={"errorMessages": ["No"]}, status=500)
    with pytest.raises(UnavailableError, match="reading the comments"):
        JiraSource(client()).fetch([str(number) for number in range(9)], ())


@responses.activate
def test_a_way_that_is_prescribed_is_not_put_to_the_test() -> None:
    server_is(CLOUD)
    responses.post(f"{URL}/rest/api/2/search/jql", json={"issues": []})
    source = JiraSource(client(), way="relative")
    assert list(source.changed_since("", source._now())) == []
    assert len([call for call in responses.calls if "search" in str(call.request.url)]) == 1
    assert b'updated >= \\"-11m\\"' in (responses.calls[-1].request.body or b"")


@responses.activate
def test_local_time_in_a_zone_that_nobody_tells_is_an_error() -> None:
    server_is(CLOUD)
    source = JiraSource(client(), way="local")
    with pytest.raises(UnreadableError, match="time zone"):
        list(source.changed_since("", source._now()))


@responses.activate
def test_projects_are_lost_when_not_even_their_list_may_be_seen() -> None:
    server_is(DATA_CENTER)
    responses.get(f"{URL}/rest/api/2/project/OPS", json=FORBIDDEN, status=404)
    responses.get(f"{URL}/rest/api/2/project", json=FORBIDDEN, status=403)
    with pytest.raises(RejectedError, match="'OPS'"):
        JiraSource(client()).validate("project = OPS")


@responses.activate
def test_a_proxy_that_puts_its_own_wrong_time_on_answers_does_no_harm() -> None:
    # The proxy is ten minutes ahead. serverTime is 16:43:50.
    responses.get(f"{URL}/rest/api/2/serverInfo", json=CLOUD, headers={"Date": "Tue, 31 Mar 2026 16:53:50 GMT"})
    responses.get(f"{URL}/rest/api/2/myself", json=ME, headers={"Date": "Tue, 31 Mar 2026 17:00:00 GMT"})
    assert JiraSource(client()).prove() == datetime(2026, 3, 31, 16, 50, 0, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"Date": "soon"}])
@responses.activate
def test_answers_without_a_date_cost_another_call(headers: dict[str, str]) -> None:
    responses.get(f"{URL}/rest/api/2/serverInfo", json=CLOUD, headers=headers)
    responses.get(f"{URL}/rest/api/2/myself", json=ME, headers=headers)
    assert JiraSource(client()).prove() == datetime(2026, 3, 31, 16, 43, 50, tzinfo=UTC)
    assert len(responses.calls) == 3
