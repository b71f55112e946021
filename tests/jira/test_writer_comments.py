"""Comments that syncd writes: once each, found again, seen by those who may, and notifying nobody by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from syncd.errors import AuthError, DoubtfulError, RejectedError, ThrottledError, UnavailableError, UnreadableError
from syncd.jira.commenting import Restriction
from syncd.jira.outgoing import LIMIT
from syncd.jira.tags import PROPERTY, Tag
from syncd.jira.writer import JiraWriter
from tests.jira.support import CLOUD, DATA_CENTER, URL, client, server_is
from tests.jira.writing import ANSWERS_LOST, TAG, Desk, cloud, datacenter, either, lose, running

__all__ = ["cloud", "datacenter", "either", "running"]

POST = "*/issue/*/comment"


def knowing(at: Desk) -> Desk:
    """The writer has found out that this Jira keeps the properties of new comments."""
    at.writer.add_comment(at.id, "The first one", Tag("first"))
    at.made()
    return at


def test_a_comment_comes_with_its_tag_in_one_call(either: Desk) -> None:
    knowing(either)
    added = either.writer.add_comment(either.id, "It happened *again*.", TAG)
    comment = either.comments[-1]
    assert (comment.id, comment.body.wiki) == (added.id, "It happened *again*.")
    assert comment.properties[PROPERTY] == {"table": "incident", "sys_id": "46d44a5d", "v": 1, "id": TAG.id}
    assert added.tagged
    assert not added.shortened
    assert either.made() == ["comment.add"]


def test_it_is_found_by_its_tag_and_no_other_is(either: Desk) -> None:
    added = either.writer.add_comment(either.id, "Ours", TAG)
    either.sandbox.act.comment("OPS-1", f"I saw {TAG.mark} above\n{TAG.mark} and here")
    assert either.writer.find_comments(either.id, TAG) == (added.id,)
    assert either.writer.find_comments(either.id, Tag("9d38")) == ()


def test_all_of_ours_are_found_at_once_on_a_long_issue(either: Desk) -> None:
    first = either.writer.add_comment(either.id, "First", Tag("one"))
    for number in range(110):
        either.sandbox.act.comment("OPS-1", f"{number}")
    last = either.writer.add_comment(either.id, "Last", Tag("two"))
    found = either.writer.our_comments(either.id)
    assert [(one.comment_id, one.tag_id) for one in found] == [(first.id, "one"), (last.id, "two")]


@pytest.mark.parametrize(("kind", "done"), ANSWERS_LOST)
def test_a_lost_answer_is_a_doubt_that_the_tag_ends(either: Desk, kind: str, done: bool) -> None:
    lose(either.sandbox, kind, POST, done=done)
    with pytest.raises(DoubtfulError):
        either.writer.add_comment(either.id, "Once", TAG)
    assert either.made(writes=True) == ["comment.add"]
    assert len(either.writer.find_comments(either.id, TAG)) == len(either.comments) == int(done)


@pytest.mark.parametrize(("kind", "done"), ANSWERS_LOST)
def test_also_where_properties_of_new_comments_are_not_kept(datacenter: Desk, kind: str, done: bool) -> None:
    datacenter.sandbox.set(comment_properties=False)
    lose(datacenter.sandbox, kind, POST, done=done)
    with pytest.raises(DoubtfulError):
        datacenter.writer.add_comment(datacenter.id, "Once", TAG)
    assert len(datacenter.writer.find_comments(datacenter.id, TAG)) == len(datacenter.comments) == int(done)


def test_data_center_is_not_believed_before_a_property_came_back(datacenter: Desk) -> None:
    assert datacenter.writer.keeps_properties is None
    for number in (1, 2):
        datacenter.writer.add_comment(datacenter.id, "Text", Tag(f"n{number}"))
    assert [comment.body.wiki for comment in datacenter.comments] == ["Text\n\n(syncd n1)", "Text"]
    assert datacenter.writer.keeps_properties is True
    assert datacenter.made() == ["comment.add", "comment.property", "comment.add"]


def test_where_properties_are_not_kept_they_are_put_a_call_later(datacenter: Desk) -> None:
    datacenter.sandbox.set(comment_properties=False)
    for number in (1, 2):
        assert datacenter.writer.add_comment(datacenter.id, "Text", Tag(f"n{number}")).tagged
    assert [comment.properties[PROPERTY]["id"] for comment in datacenter.comments] == ["n1", "n2"]
    assert datacenter.comments[-1].body.wiki == "Text\n\n(syncd n2)"
    assert datacenter.made(writes=True) == ["comment.add", "comment.tag"] * 2


def test_a_property_that_could_not_be_put_leaves_the_mark(datacenter: Desk) -> None:
    datacenter.sandbox.set(comment_properties=False)
    datacenter.sandbox.faults.add("503", method="PUT")
    added = datacenter.writer.add_comment(datacenter.id, "Text", TAG)
    assert not added.tagged
    assert datacenter.writer.find_comments(datacenter.id, TAG) == (added.id,)


def test_texts_cannot_pretend_to_be_ours(datacenter: Desk) -> None:
    """Not even in a comment that lost its property without anybody expecting it."""
    datacenter.sandbox.set(comment_properties=False)
    datacenter.sandbox.faults.add("503", method="PUT", count=None)
    trusting = JiraWriter(datacenter.writer._client, keeps_properties=True)
    trusting.add_comment(datacenter.id, f"quoting\n{TAG.mark}", Tag("other"))
    datacenter.writer.add_comment(datacenter.id, f"quoting\n{TAG.mark}", Tag("another"))
    assert datacenter.writer.find_comments(datacenter.id, TAG) == ()
    assert datacenter.writer.find_comments(datacenter.id, Tag("another")) == (datacenter.comments[-1].id,)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ask [~bruno] now", "ask @bruno now"),
        ("ask [~accountid:712020:ab-1] now", "ask @712020:ab-1 now"),
        ("ask [ ~ACCOUNTID: x ] now", "ask @x now"),
        ("half [~bruno", "half (~bruno"),
        ("twice [[~~bruno]]", "twice [@~bruno]"),
        ("a [link|https://x] and ~sub~", "a [link|https://x] and ~sub~"),
        ("two\r\nlines\x00\x07", "two\nlines"),
    ],
)
def test_nobody_is_mentioned(cloud: Desk, written: str, stored: str) -> None:
    cloud.writer.add_comment(cloud.id, written, TAG)
    assert cloud.comments[-1].body.wiki == stored


@pytest.mark.parametrize("body", ["", "  \r\n\t ", "\x00"])
def test_an_empty_comment_is_not_sent(either: Desk, body: str) -> None:
    with pytest.raises(RejectedError, match="without text"):
        either.writer.add_comment(either.id, body, TAG)
    assert either.made() == []


def test_a_text_that_does_not_fit_is_cut_and_says_so(either: Desk) -> None:
    added = either.writer.add_comment(either.id, "x" * 40_000, TAG)
    body = either.comments[-1].body.wiki
    assert added.shortened
    assert len(body) == (30_000 if either.cloud else LIMIT)  # Cloud measures more than the text
    assert "40000 characters in all" in body
    assert either.writer.find_comments(either.id, TAG) == (added.id,)


def test_a_text_that_just_fits_is_whole(datacenter: Desk) -> None:
    text = "x" * (LIMIT - len(f"\n\n{TAG.mark}"))
    assert not datacenter.writer.add_comment(datacenter.id, text, TAG).shortened
    assert len(datacenter.comments[-1].body.wiki) == LIMIT


def test_a_role_or_a_group_may_be_all_who_see_it(either: Desk) -> None:
    either.sandbox.act.set_role("OPS", "Developers", ["svc_syncd"])
    for restriction in (Restriction("role", "Developers"), Restriction("group", "jira-software-users")):
        either.writer.add_comment(either.id, "Among us", TAG, restriction=restriction)
        visibility = either.comments[-1].visibility
        assert visibility is not None
        assert (visibility.type, visibility.value) == (restriction.type, restriction.value)


def test_a_role_that_is_not_there_is_refused_and_named(either: Desk) -> None:
    with pytest.raises(RejectedError, match="Role: Nobody does not exist"):
        either.writer.add_comment(either.id, "Among us", TAG, restriction=Restriction("role", "Nobody"))
    assert either.comments == ()


def test_an_internal_comment_is_internal_from_its_first_moment(either: Desk) -> None:
    knowing(either)
    either.writer.add_comment(either.id, "For the team", TAG, internal=True)
    assert either.comments[-1].internal
    assert either.made() == ["comment.add"]


@pytest.mark.parametrize("keeps", [True, False])
def test_an_internal_comment_is_not_risked_on_an_unknown_data_center(datacenter: Desk, keeps: bool) -> None:
    datacenter.sandbox.set(comment_properties=keeps)
    with pytest.raises(RejectedError, match="is not known to keep"):
        datacenter.writer.add_comment(datacenter.id, "For the team", TAG, internal=True)
    assert datacenter.made() == []


def test_an_internal_comment_is_not_sent_where_the_mark_would_come_late(datacenter: Desk) -> None:
    datacenter.sandbox.set(comment_properties=False)
    knowing(datacenter)
    with pytest.raises(RejectedError, match="does not keep"):
        datacenter.writer.add_comment(datacenter.id, "For the team", TAG, internal=True)
    assert len(datacenter.comments) == 1


def test_a_jira_that_forgets_its_manners_is_mended_and_remembered(datacenter: Desk) -> None:
    knowing(datacenter)
    datacenter.sandbox.set(comment_properties=False)
    datacenter.writer.add_comment(datacenter.id, "For the team", TAG, internal=True)
    assert datacenter.comments[-1].internal
    assert datacenter.writer.keeps_properties is False


def test_an_internal_comment_that_cannot_be_hidden_is_taken_back(datacenter: Desk) -> None:
    knowing(datacenter)
    datacenter.sandbox.set(comment_properties=False)
    datacenter.sandbox.faults.add("503", method="PUT")
    with pytest.raises(RejectedError, match="taken back"):
        datacenter.writer.add_comment(datacenter.id, "For the team", TAG, internal=True)
    assert [comment.body.wiki for comment in datacenter.comments] == ["The first one\n\n(syncd first)"]


def test_one_that_cannot_even_be_taken_back_is_shouted_about(datacenter: Desk) -> None:
    knowing(datacenter)
    datacenter.sandbox.set(comment_properties=False)
    datacenter.sandbox.faults.add("503", method="PUT")
    datacenter.sandbox.faults.add("503", method="DELETE")
    with pytest.raises(RejectedError, match="delete it by hand"):
        datacenter.writer.add_comment(datacenter.id, "For the team", TAG, internal=True)


def row(number: str, body: str = "Text") -> dict[str, Any]:
    moment = "2026-03-31T16:43:50.000+0000"
    return {"id": number, "body": body, "created": moment, "updated": moment}


def property_is(number: str, **answer: Any) -> None:
    responses.get(f"{URL}/rest/api/2/comment/{number}/properties/{PROPERTY}", **answer)


NO_PROPERTY = {"json": {"errorMessages": ["The property does not exist."], "errors": {}}, "status": 404}


@responses.activate
def test_a_list_that_leaves_properties_out_is_not_taken_for_one_without_them() -> None:
    """Each comment is asked for its own then."""
    server_is(CLOUD)
    rows = [row("31"), row("32"), row("33", f"Text\n\n{TAG.mark}")]
    responses.get(f"{URL}/rest/api/2/issue/1/comment", json={"comments": rows, "total": 3})
    property_is("31", **NO_PROPERTY)
    property_is("32", json={"key": PROPERTY, "value": TAG.value})
    property_is("33", **NO_PROPERTY)
    assert JiraWriter(client()).find_comments("1", TAG) == ("32", "33")


@responses.activate
def test_a_property_that_cannot_be_read_is_not_no_property() -> None:
    server_is(CLOUD)
    responses.get(f"{URL}/rest/api/2/issue/1/comment", json={"comments": [row("31")], "total": 1})
    property_is("31", status=502)
    with pytest.raises(UnavailableError):
        JiraWriter(client()).find_comments("1", TAG)


@responses.activate
def test_an_answer_that_only_repeats_what_was_sent_proves_nothing() -> None:
    server_is(DATA_CENTER)
    repeated = row("31") | {"properties": [{"key": PROPERTY, "value": TAG.value}]}
    responses.post(f"{URL}/rest/api/2/issue/1/comment", json=repeated, status=201)
    property_is("31", **NO_PROPERTY)
    put = responses.put(f"{URL}/rest/api/2/comment/31/properties/{PROPERTY}", status=201)
    writer = JiraWriter(client())
    assert writer.add_comment("1", "Text", TAG).tagged
    assert writer.keeps_properties is False
    assert put.call_count == 1


@responses.activate
def test_a_look_that_fails_decides_nothing() -> None:
    server_is(DATA_CENTER)
    responses.post(f"{URL}/rest/api/2/issue/1/comment", json=row("31"), status=201)
    property_is("31", status=502)
    writer = JiraWriter(client())
    assert not writer.add_comment("1", "Text", TAG).tagged
    assert writer.keeps_properties is None


@pytest.mark.parametrize(("length", "sent"), [(24_000, [24_000, 16_000, 8_000]), (10_000, [10_000, 8_000])])
@responses.activate
def test_a_document_that_outgrows_cloud_is_sent_shorter(length: int, sent: list[int]) -> None:
    """The limit is one of the document that Jira makes of the text; a refusal has had no effect."""
    server_is(CLOUD)
    too_long = {"errorMessages": [], "errors": {"comment": "The entered text is too long."}}
    for _ in sent[1:]:
        responses.post(f"{URL}/rest/api/2/issue/1/comment", json=too_long, status=400)
    responses.post(f"{URL}/rest/api/2/issue/1/comment", json=row("31"), status=201)
    property_is("31", json={"key": PROPERTY, "value": TAG.value})
    assert JiraWriter(client()).add_comment("1", ("*x* " * length)[: length - 1] + "x", TAG).shortened
    bodies = [json.loads(call.request.body or "") for call in responses.calls if call.request.method == "POST"]
    assert [len(body["body"]) for body in bodies] == sent


def test_a_long_text_full_of_markup_is_on_cloud_in_the_end(cloud: Desk) -> None:
    cloud.writer.add_comment(cloud.id, "*x* y " * 5_000, TAG)
    assert len(cloud.comments) == 1
    assert set(cloud.made(writes=True)) == {"comment.add"}


@responses.activate
def test_a_short_text_that_jira_dislikes_is_refused_at_once() -> None:
    server_is(CLOUD)
    refusal = {"errorMessages": ["Comment body is not valid!"], "errors": {"comment": "Comment body is not valid!"}}
    posted = responses.post(f"{URL}/rest/api/2/issue/1/comment", json=refusal, status=400)
    with pytest.raises(RejectedError, match="not valid"):
        JiraWriter(client()).add_comment("1", "Text", TAG)
    assert posted.call_count == 1


@pytest.mark.parametrize("kind", ["503", "html", "truncated"])
def test_comments_that_cannot_be_read_are_not_no_comments(either: Desk, kind: str) -> None:
    either.writer.add_comment(either.id, "Ours", TAG)
    either.sandbox.faults.add(kind, method="GET", path=POST, count=None)
    with pytest.raises((UnreadableError, UnavailableError)):
        either.writer.find_comments(either.id, TAG)


def test_throttling_had_no_effect_and_says_how_long(either: Desk) -> None:
    either.sandbox.faults.add("429", method="POST", path=POST, retry_after=7)
    with pytest.raises(ThrottledError) as caught:
        either.writer.add_comment(either.id, "Later", TAG)
    assert caught.value.retry_after == 7
    assert either.comments == ()
    assert either.made(writes=True) == ["comment.add"]


def test_one_busy_issue_waits_without_the_whole_connection(cloud: Desk) -> None:
    cloud.sandbox.clock.freeze()
    for number in range(20):
        cloud.writer.add_comment(cloud.id, "Quick", Tag(f"n{number}"))
    with pytest.raises(UnavailableError) as caught:
        cloud.writer.add_comment(cloud.id, "Too quick", TAG)
    assert not isinstance(caught.value, ThrottledError)
    assert caught.value.retry_after == 2
    assert len(cloud.comments) == 20


def test_refused_credentials_are_no_doubt(either: Desk) -> None:
    either.sandbox.revoke()
    with pytest.raises(AuthError):
        either.writer.add_comment(either.id, "As whom?", TAG)
    assert either.comments == ()


def test_a_missing_permission_is_jiras_own_words(either: Desk) -> None:
    either.sandbox.act.deny("comment", "OPS")
    with pytest.raises(RejectedError, match="permission to comment"):
        either.writer.add_comment(either.id, "May I?", TAG)


def test_an_issue_is_named_by_its_lasting_id(either: Desk) -> None:
    with pytest.raises(RejectedError, match="no issue ids like 'OPS-1'"):
        either.writer.add_comment("OPS-1", "Text", TAG)


@pytest.mark.parametrize("wrong", ["", "two words", "[x]", "é", "x" * 65])
def test_a_tags_id_is_plain(wrong: str) -> None:
    with pytest.raises(ValueError, match="a tag's id"):
        Tag(wrong)


def test_what_was_learnt_can_be_told_to_the_next_process(datacenter: Desk) -> None:
    writer = JiraWriter(datacenter.writer._client, keeps_properties=True)
    writer.add_comment(datacenter.id, "For the team", TAG, internal=True)
    assert datacenter.comments[-1].internal
