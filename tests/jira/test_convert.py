"""Jira's JSON to the core's values, with everything left out that Jira may leave out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.core.model import Audience, User
from syncd.jira.convert import Place, audience_of, comment_of, issue_of, user_of

CLOUD = Place("example.atlassian.net", "https://example.atlassian.net", cloud=True)
SERVER = Place("jira.bank.com/jira", "https://jira.bank.com/jira", cloud=False)
UPDATED = "2024-05-01T14:00:00.742+0200"


def raw(**fields: Any) -> dict[str, Any]:
    return {"id": 10001, "key": "OPS-1", "fields": {"updated": UPDATED, **fields}}


def test_an_issue_has_its_identity_and_its_time_in_utc() -> None:
    issue = issue_of(raw(), {}, (), SERVER)
    assert (issue.site, issue.id, issue.key) == ("jira.bank.com/jira", "10001", "OPS-1")
    assert issue.url == "https://jira.bank.com/jira/browse/OPS-1"
    assert issue.updated == datetime(2024, 5, 1, 12, 0, 0, 742000, tzinfo=UTC)


def test_values_are_clean_and_free_of_zones() -> None:
    fields = raw(
        summary=" a\x00b ",
        resolutiondate=UPDATED,
        labels=["x\r\ny"],
        attachment=[{"id": 1, "created": UPDATED, "filename": "z\x07.txt"}],
        customfield_1={"value": UPDATED},
    )
    issue = issue_of(fields, {}, (), CLOUD)
    assert issue.fields["summary"] == " ab "
    assert issue.fields["resolutiondate"] == "2024-05-01T12:00:00.742+0000"
    assert issue.fields["labels"] == ["x\ny"]
    assert issue.fields["attachment"] == [{"id": 1, "created": "2024-05-01T12:00:00.742+0000", "filename": "z.txt"}]
    assert issue.fields["customfield_1"] == {"value": UPDATED}  # a person wrote that


@pytest.mark.parametrize("place", [CLOUD, SERVER], ids=["cloud", "data center"])
def test_work_logs_that_not_everybody_may_see_are_not_there(place: Place) -> None:
    hidden = {"comment": "the merger", "visibility": {"type": "role", "value": "Administrators"}}
    logs = {"total": 2, "worklogs": [{"comment": "on call"}, hidden]}
    assert issue_of(raw(worklog=logs), {}, (), place).fields["worklog"]["worklogs"] == [{"comment": "on call"}]


def test_a_summary_that_looks_like_a_time_is_left_alone() -> None:
    assert issue_of(raw(summary=UPDATED), {}, (), CLOUD).fields["summary"] == UPDATED


def test_rich_texts_come_as_they_read() -> None:
    shown = {"description": "<p>Hello <b>you</b></p>", "customfield_2": "<p>rich</p>", "updated": "2 days ago"}
    issue = issue_of(
        raw(description="Hello *you*", customfield_2="rich", duedate="2024-05-11", customfield_3="plain")
        | {"renderedFields": shown | {"duedate": "11/May/24", "customfield_3": None}},
        {"description": "Description", "customfield_9": "Not asked for"},
        (),
        CLOUD,
    )
    assert issue.texts == {"description": "Hello you", "customfield_2": "rich"}
    assert issue.html["description"] == "<p>Hello <b>you</b></p>"
    assert issue.names == {"description": "Description"}


def test_a_description_that_jira_did_not_render_is_not_lost() -> None:
    assert issue_of(raw(description="h1. Title"), {}, (), CLOUD).texts == {"description": "h1. Title"}


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_description_has_no_text(empty: str | None) -> None:
    issue = issue_of(raw(description=empty) | {"renderedFields": {"description": ""}}, {}, (), CLOUD)
    assert issue.texts == {}
    assert issue.fields["description"] == empty


def test_comments_are_not_among_the_fields() -> None:
    assert "comment" not in issue_of(raw(comment={"comments": []}), {}, (), CLOUD).fields


@pytest.mark.parametrize(("level", "restricted"), [(None, False), ({"id": "1", "name": "Board"}, True)])
def test_issue_security_shows(level: Any, restricted: bool) -> None:
    assert issue_of(raw(security=level), {}, (), CLOUD).restricted is restricted


@pytest.mark.parametrize(
    "broken", [{}, {"id": "1", "key": "A-1"}, raw() | {"fields": {}}, raw(updated="yesterday"), raw(updated=None)]
)
def test_an_issue_without_identity_or_time_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        issue_of(broken, {}, (), CLOUD)


COMMENT = {"id": "7", "body": "It is *down*\r\n", "created": UPDATED, "updated": UPDATED}


def test_a_comment_is_its_source_and_how_that_reads() -> None:
    comment = comment_of(
        COMMENT | {"author": {"accountId": "5b:1", "displayName": "Jo"}},
        "<p>It is <b>down</b></p>",
        CLOUD,
        service_desk=False,
    )
    assert comment.body == "It is *down*\n"
    assert comment.text == "It is down"
    assert comment.html == "<p>It is <b>down</b></p>"
    assert comment.author == User("5b:1", "Jo")
    assert comment.created == comment.updated == datetime(2024, 5, 1, 12, 0, 0, 742000, tzinfo=UTC)


@pytest.mark.parametrize("body", [None, "", "missing"])
def test_a_comment_may_say_nothing(body: str | None) -> None:
    shape = {key: value for key, value in COMMENT.items() if key != "body"}
    comment = comment_of(shape if body == "missing" else shape | {"body": body}, None, CLOUD, service_desk=False)
    assert (comment.body, comment.text, comment.author) == ("", "", None)


@pytest.mark.parametrize(
    ("shape", "user"),
    [
        pytest.param(
            {"accountId": "5b:1", "displayName": "Jo Doe", "emailAddress": "jo@x.org"},
            User("5b:1", "Jo Doe", "jo@x.org"),
            id="Cloud",
        ),
        pytest.param({"accountId": "qm:1", "displayName": ""}, User("qm:1", "qm:1"), id="customer without a name"),
        pytest.param(
            {"key": "JIRAUSER1", "name": "jo", "displayName": "Jo", "emailAddress": ""},
            User("JIRAUSER1", "Jo", None, "jo"),
            id="Data Center",
        ),
        pytest.param({"name": "jo"}, User("jo", "jo", None, "jo"), id="very old server"),
        pytest.param({"displayName": "Former user"}, None, id="nobody any more"),
        pytest.param(None, None, id="anonymous"),
        pytest.param("jo", None, id="no user at all"),
    ],
)
def test_users_of_every_kind(shape: Any, user: User | None) -> None:
    assert user_of(shape) == user


def internal(value: Any) -> dict[str, Any]:
    return {"properties": [{"key": "other", "value": 1}, {"key": "sd.public.comment", "value": value}]}


ROLE = {"visibility": {"type": "role", "value": "Administrators"}}
PUBLIC, INTERNAL, RESTRICTED, UNKNOWN = Audience.PUBLIC, Audience.INTERNAL, Audience.RESTRICTED, Audience.UNKNOWN


@pytest.mark.parametrize(
    ("marks", "cloud", "service_desk", "audience"),
    [
        pytest.param({"jsdPublic": True}, True, False, PUBLIC, id="public on Cloud"),
        pytest.param({"jsdPublic": True}, True, True, PUBLIC, id="public in a service desk on Cloud"),
        pytest.param({"jsdPublic": False}, True, True, INTERNAL, id="internal on Cloud"),
        pytest.param({"jsdPublic": "no"}, True, False, UNKNOWN, id="unreadable flag"),
        pytest.param({}, True, True, UNKNOWN, id="flag missing where it matters"),
        pytest.param({}, True, False, PUBLIC, id="flag missing where it does not"),
        pytest.param({}, False, False, PUBLIC, id="plain project on Data Center"),
        pytest.param({"properties": []}, False, True, PUBLIC, id="public in a service desk on Data Center"),
        pytest.param({}, False, True, UNKNOWN, id="properties not given on Data Center"),
        pytest.param(internal({"internal": True}), False, True, INTERNAL, id="internal on Data Center"),
        pytest.param(internal({"internal": "true"}), False, True, INTERNAL, id="internal, as text"),
        pytest.param(internal({"internal": False}), False, True, PUBLIC, id="said to be public"),
        pytest.param(internal({}), False, True, UNKNOWN, id="property without a word"),
        pytest.param(internal("internal"), False, True, UNKNOWN, id="property of another shape"),
        pytest.param(internal({"internal": True}) | {"jsdPublic": True}, True, True, INTERNAL, id="property over flag"),
        pytest.param({"properties": "none"}, False, False, UNKNOWN, id="unreadable properties"),
        pytest.param({"properties": [None]}, False, False, UNKNOWN, id="unreadable property"),
        pytest.param(ROLE | {"jsdPublic": True}, True, False, RESTRICTED, id="for a role"),
        pytest.param({"visibility": {"type": "group", "value": "x"}}, False, False, RESTRICTED, id="for a group"),
        pytest.param(ROLE | {"jsdPublic": False}, True, True, RESTRICTED, id="both"),
        pytest.param({"visibility": {"type": "planet"}}, True, False, UNKNOWN, id="for whom?"),
        pytest.param({"visibility": "secret"}, True, False, UNKNOWN, id="unreadable visibility"),
        pytest.param({"visibility": None, "jsdPublic": True}, True, False, PUBLIC, id="no visibility"),
    ],
)
def test_who_may_read_a_comment(marks: dict[str, Any], cloud: bool, service_desk: bool, audience: Audience) -> None:
    assert audience_of(marks, cloud=cloud, service_desk=service_desk) is audience


@pytest.mark.parametrize(("place", "converted"), [(CLOUD, True), (SERVER, False)])
def test_only_cloud_makes_the_markup_of_a_comment_when_it_is_asked_for(place: Place, converted: bool) -> None:
    raw = {"id": "10", "body": "*bold*", "created": "2026-01-05T12:00:00.000+0000"}
    assert comment_of(raw, None, place, service_desk=False).converted is converted


DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hello\x00 [code]you[/code]"}]}],
}


def test_a_field_that_holds_a_document_reads_as_its_text() -> None:
    issue = issue_of(raw(description=DOCUMENT, customfield_7=DOCUMENT), {}, (), CLOUD)
    assert issue.texts == {"description": "Hello (code)you(/code)", "customfield_7": "Hello (code)you(/code)"}
    assert issue.html["description"] == "<p>Hello [code]you[/code]</p>"  # the mapping puts it between tags of its own


def test_a_comment_that_is_a_document_reads_as_its_text_and_is_told_from_others_by_its_source() -> None:
    comment = comment_of(COMMENT | {"body": DOCUMENT}, None, CLOUD, service_desk=False)
    again = comment_of(COMMENT | {"body": dict(reversed(DOCUMENT.items()))}, None, CLOUD, service_desk=False)
    assert comment.text == "Hello (code)you(/code)"
    assert comment.body == again.body
    assert comment.body.startswith('{"content":[{"content":')


@pytest.mark.parametrize("body", [17, ["a word"], {"raw": "a word"}], ids=["number", "list", "object"])
def test_a_comment_of_no_known_form_keeps_its_words(body: Any) -> None:
    comment = comment_of(COMMENT | {"body": body}, None, CLOUD, service_desk=False)
    assert ("17" if body == 17 else "a word") in comment.text


def test_a_text_of_three_megabytes_comes_whole() -> None:
    words = "0123456789 " * 300_000
    issue = issue_of(raw(description=words) | {"renderedFields": {"description": f"<p>{words}</p>"}}, {}, (), CLOUD)
    assert issue.texts["description"] == words.strip()


def test_an_old_servers_sprint_reads_as_clouds() -> None:
    java = (
        "com.atlassian.greenhopper.service.sprint.Sprint@1f39706[id=1,rapidViewId=2,state=ACTIVE,name=Ops, week 7=best,"
        "startDate=2024-05-01T14:00:00.742+02:00,endDate=<null>,sequence=1,goal=id=7, or more]"
    )
    field = issue_of(raw(customfield_1=[java, "com.example.Thing@1[id=1]"]), {}, (), SERVER).fields["customfield_1"]
    assert field == [
        {
            "id": 1,
            "boardId": 2,
            "state": "active",
            "name": "Ops, week 7=best",
            "startDate": "2024-05-01T12:00:00.742+0000",
            "endDate": None,
            "sequence": 1,
            "goal": "id=7, or more",
        },
        "com.example.Thing@1[id=1]",
    ]
