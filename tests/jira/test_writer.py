"""Fields and links that syncd writes to Jira."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import responses

from syncd.core.model import User
from syncd.errors import DoubtfulError, RejectedError, UnavailableError
from syncd.http import Call
from syncd.jira.doubt import FieldsRefusedError
from syncd.jira.writer import JiraWriter, RemoteLink
from tests.jira.support import CLOUD, URL, client, server_is
from tests.jira.writing import ANSWERS_LOST, BODILESS_ANSWERS_LOST, Desk, cloud, datacenter, either, lose, running

__all__ = ["cloud", "datacenter", "either", "running"]

LINK = RemoteLink(
    "system=servicenow&id=46d44a5d",
    "https://bank.service-now.com/nav_to.do?uri=incident.do?sys_id=46d44a5d",
    "INC0010001",
    summary="It broke",
    relationship="mirrored to",
    application="ServiceNow",
)


def person(at: Desk, name: str) -> User:
    """Somebody as `JiraSource` shows them."""
    found = at.sandbox.site.people.needed(name)
    login = None if at.cloud else found.name
    return User(found.account_id if at.cloud else found.key, found.display_name, login=login)


# ---- fields


def test_fields_are_set_in_one_call(either: Desk) -> None:
    either.writer.edit(either.id, {"summary": "It broke again", "priority": {"name": "High"}, "labels": ["a"]})
    fields = either.issue.fields
    assert (fields["summary"], fields["priority"].name, fields["labels"]) == ("It broke again", "High", ("a",))
    assert either.made() == ["issue.edit"]


def test_users_are_named_as_each_flavour_wants(either: Desk) -> None:
    either.writer.edit(either.id, {"assignee": person(either, "bruno")})
    assert either.issue.fields["assignee"] == "JIRAUSER10003"
    either.writer.edit(either.id, {"assignee": None})
    assert either.issue.fields["assignee"] is None


def test_data_center_needs_the_login_name(datacenter: Desk) -> None:
    nameless = replace(person(datacenter, "bruno"), login=None)
    with pytest.raises(RejectedError, match=r"that of Bruno Bach is not known while setting the field 'assignee'"):
        datacenter.writer.edit(datacenter.id, {"assignee": nameless})
    assert datacenter.made(writes=True) == []


def test_every_refused_field_is_named_with_jiras_words(either: Desk) -> None:
    with pytest.raises(FieldsRefusedError) as caught:
        either.writer.edit(either.id, {"priority": {"name": "Urgent"}, "labels": ["two words"], "summary": "fine"})
    assert set(caught.value.fields) == {"priority", "labels"}
    assert "refuses priority, labels" in str(caught.value) or "refuses labels, priority" in str(caught.value)
    assert "Priority name 'Urgent' is not valid" in str(caught.value)
    assert either.issue.fields["summary"] == "It broke"


def test_a_user_who_cannot_be_assigned_is_named(either: Desk) -> None:
    with pytest.raises(FieldsRefusedError, match="cannot be assigned"):
        either.writer.edit(either.id, {"assignee": person(either, "erik")})


@pytest.mark.parametrize("field", ["status", "comment"])
def test_what_an_edit_would_silently_not_do_is_refused(either: Desk, field: str) -> None:
    with pytest.raises(RejectedError, match=f"the field '{field}', which is"):
        either.writer.edit(either.id, {field: "Done", "summary": "x"})
    assert either.made() == []


def test_nothing_to_set_costs_nothing(either: Desk) -> None:
    either.writer.edit(either.id, {})
    assert either.made() == []


def test_a_description_mentions_nobody(either: Desk) -> None:
    either.writer.edit(either.id, {"description": "ask [~bruno]", "summary": "[~bruno] is no mention here"})
    assert either.issue.fields["description"].wiki == "ask @bruno"
    assert either.issue.fields["summary"] == "[~bruno] is no mention here"


@pytest.mark.parametrize(("kind", "done"), BODILESS_ANSWERS_LOST)
def test_an_edit_whose_answer_is_lost_is_a_doubt(either: Desk, kind: str, done: bool) -> None:
    lose(either.sandbox, kind, "*/issue/*", done=done, method="PUT")
    with pytest.raises(DoubtfulError):
        either.writer.edit(either.id, {"summary": "Once"})
    assert either.made(writes=True) == ["issue.edit"]
    assert (either.issue.fields["summary"] == "Once") is done


def test_a_missing_permission_to_edit_is_jiras_own_words(either: Desk) -> None:
    either.sandbox.act.deny("edit", "OPS")
    with pytest.raises(RejectedError, match="permission to edit"):
        either.writer.edit(either.id, {"summary": "x"})


# ---- links


def test_a_link_is_written_once_and_then_updated(either: Desk) -> None:
    first = either.writer.link(either.id, LINK)
    assert either.writer.link(either.id, replace(LINK, title="INC0010002", resolved=True)) == first
    (link,) = either.issue.remote_links
    assert (link.global_id, link.relationship, link.application) == (
        LINK.global_id,
        "mirrored to",
        {"name": "ServiceNow"},
    )
    assert link.object == {
        "url": LINK.url,
        "title": "INC0010002",
        "summary": "It broke",
        "status": {"resolved": True},
    }
    assert either.made() == ["link", "link"]


@pytest.mark.parametrize(("kind", "done"), ANSWERS_LOST)
def test_a_link_may_be_written_again_after_a_doubt(either: Desk, kind: str, done: bool) -> None:
    lose(either.sandbox, kind, "*/remotelink", done=done)
    with pytest.raises(DoubtfulError):
        either.writer.link(either.id, LINK)
    assert either.made(writes=True) == ["link"]
    assert len(either.issue.remote_links) == int(done)
    either.writer.link(either.id, LINK)
    assert len(either.issue.remote_links) == 1


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (replace(LINK, global_id=" "), "without global_id"),
        (replace(LINK, url="", title=""), "without url and title"),
        (replace(LINK, global_id="x" * 256), "255"),
    ],
)
def test_a_link_that_could_not_be_recognised_is_not_sent(either: Desk, link: RemoteLink, says: str) -> None:
    with pytest.raises(RejectedError, match=says):
        either.writer.link(either.id, link)
    assert either.made() == []


def test_without_permission_a_link_is_refused(either: Desk) -> None:
    """By a 403, which comes before or after the fact: once it is not found, it is a refusal."""
    either.sandbox.act.deny("edit", "OPS")
    with pytest.raises(DoubtfulError) as caught:
        either.writer.link(either.id, LINK)
    assert isinstance(caught.value.if_absent, RejectedError)


# ---- what an answer to a write means

GONE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
PAGE = {"body": "<html><title>Blocked</title></html>", "content_type": "text/html"}

DOUBTS = [
    pytest.param({"status": 202, "json": {}}, None, 0.0, id="202"),
    pytest.param({"status": 200, "json": {}}, None, 0.0, id="another success than Jira's"),
    pytest.param({"status": 200, **PAGE}, None, 0.0, id="200 and a page"),
    pytest.param({"status": 302, "headers": {"Location": "/login.jsp"}}, None, 0.0, id="a redirect"),
    pytest.param({"status": 403, "json": GONE}, RejectedError, 0.0, id="403 in Jira's words"),
    pytest.param({"status": 403, **PAGE}, RejectedError, 0.0, id="403 of a firewall"),
    pytest.param({"status": 413, **PAGE}, RejectedError, 0.0, id="413 of a proxy"),
    pytest.param({"status": 404, **PAGE}, RejectedError, 0.0, id="404 of a proxy"),
    pytest.param({"status": 500, "json": GONE}, None, 0.0, id="500 by Jira, which has ended it"),
    pytest.param({"status": 500, **PAGE}, None, 60.0, id="500 by something in front"),
    pytest.param({"status": 503, "json": GONE}, None, 60.0, id="503"),
    pytest.param({"status": 504, **PAGE}, None, 60.0, id="504"),
    pytest.param({"status": 408, "body": ""}, None, 60.0, id="408"),
]


@pytest.mark.parametrize(("answer", "if_absent", "settles_after"), DOUBTS)
@responses.activate
def test_whatever_may_have_had_an_effect_is_a_doubt(
    answer: dict[str, Any], if_absent: type[Exception] | None, settles_after: float
) -> None:
    server_is(CLOUD)
    put = responses.put(f"{URL}/rest/api/2/issue/1", **answer)
    with pytest.raises(DoubtfulError) as caught:
        JiraWriter(client()).edit("1", {"summary": "x"})
    assert caught.value.settles_after == settles_after
    assert caught.value.if_absent is None if if_absent is None else isinstance(caught.value.if_absent, if_absent)
    assert "editing issue 1" in str(caught.value)
    assert put.call_count == 1


@responses.activate
def test_a_202_is_counted_as_a_doubt_too() -> None:
    calls: list[Call] = []
    server_is(CLOUD)
    responses.put(f"{URL}/rest/api/2/issue/1", status=202, json={})
    with pytest.raises(DoubtfulError, match="put the request aside"):
        JiraWriter(client(listen=calls.append)).edit("1", {"summary": "x"})
    assert calls[-1].outcome == "doubtful"


@responses.activate
def test_a_success_told_to_a_stranger_is_a_doubt_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some projects let anybody comment: a dead token has written, but as nobody."""
    server_is(CLOUD)
    headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    put = responses.put(f"{URL}/rest/api/2/issue/1", status=204, headers=headers)
    jira = client()
    monkeypatch.setattr(jira._door, "_recover", lambda error, request: True)  # a token that may be renewed
    with pytest.raises(DoubtfulError, match="as to a stranger") as caught:
        JiraWriter(jira).edit("1", {"summary": "x"})
    assert caught.value.if_absent is not None
    assert put.call_count == 1


REFUSALS = [
    pytest.param({"status": 404, "json": GONE}, RejectedError, id="404"),
    pytest.param({"status": 409, "json": GONE}, RejectedError, id="409"),
    pytest.param({"status": 413, "json": GONE}, RejectedError, id="413"),
    pytest.param({"status": 429, "json": GONE, "headers": {"Retry-After": "9"}}, UnavailableError, id="429"),
]


@pytest.mark.parametrize(("answer", "error"), REFUSALS)
@responses.activate
def test_whatever_had_none_is_a_refusal(answer: dict[str, Any], error: type[Exception]) -> None:
    server_is(CLOUD)
    put = responses.put(f"{URL}/rest/api/2/issue/1", **answer)
    with pytest.raises(error):
        JiraWriter(client()).edit("1", {"summary": "x"})
    assert put.call_count == 1
