"""Comments: what they look like, who sees them, what they do to `updated` (jira facts section 3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.jira.talk import Talk, adf


def updated(talk: Talk, key: str = "OPS-1") -> str:
    value: str = talk.issue(key)["fields"]["updated"]
    return value


def listed(talk: Talk, key: str = "OPS-1", **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = talk.get(f"issue/{key}/comment", **params).json()["comments"]
    return found


def test_a_new_comment_is_when_the_issue_was_updated(either: Talk) -> None:
    answer = either.post("issue/OPS-1/comment", {"body": "hello *you*"})
    assert answer.status_code == 201
    comment = answer.json()
    assert comment["body"] == "hello *you*"
    assert comment["created"] == comment["updated"] == updated(either)
    assert comment["author"]["displayName"] == "Sync Bot"
    assert comment["self"].endswith(f"/rest/api/2/issue/10001/comment/{comment['id']}")


def test_an_edit_moves_updated_and_an_edit_to_the_same_does_not(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "one", as_user="svc_syncd")
    either.sandbox.clock.advance(60)
    before = updated(either)
    same = either.put(f"issue/OPS-1/comment/{comment.id}", {"body": "one"})
    assert same.status_code == 200
    assert updated(either) == before
    edited = either.put(f"issue/OPS-1/comment/{comment.id}", {"body": "two"}).json()
    assert edited["updated"] == updated(either) != before
    assert edited["created"] != edited["updated"]
    again = either.act.edit_comment(comment.id, "three", as_user="admin")
    shown = either.get(f"issue/OPS-1/comment/{again.id}").json()
    assert shown["updateAuthor"]["displayName"] == "Ada Admin"
    assert shown["author"]["displayName"] == "Sync Bot"


def test_it_is_not_known_whether_cloud_skips_an_edit_to_the_same(cloud: Talk) -> None:
    cloud.sandbox.set(same_edit_bumps=True)
    comment = cloud.act.comment("OPS-1", "one", as_user="svc_syncd")
    cloud.sandbox.clock.advance(60)
    before = updated(cloud)
    cloud.put(f"issue/OPS-1/comment/{comment.id}", {"body": "one"})
    assert updated(cloud) != before


def test_other_peoples_comments_are_not_ones_own(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "by Alice")
    path = f"issue/OPS-1/comment/{comment.id}"
    assert either.put(path, {"body": "by somebody else"}).status_code == 400
    assert either.delete(path).status_code == 400
    either.act.set_groups("svc_syncd", ["jira-software-users", "jira-administrators"])
    assert either.put(path, {"body": "by an administrator"}).status_code == 200


def test_a_deletion_moves_updated_and_is_in_the_changelog(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "to be deleted", as_user="svc_syncd")
    either.sandbox.clock.advance(60)
    before = updated(either)
    assert either.delete(f"issue/OPS-1/comment/{comment.id}").status_code == 204
    assert updated(either) != before
    histories = either.issue("OPS-1", expand="changelog")["changelog"]["histories"]
    assert [(i["field"], i["fromString"]) for h in histories for i in h["items"]] == [("Comment", "to be deleted")]
    assert either.get(f"issue/OPS-1/comment/{comment.id}").status_code == 404


def test_adding_and_editing_leave_no_changelog(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "one")
    either.act.edit_comment(comment.id, "two")
    assert either.issue("OPS-1", expand="changelog")["changelog"]["histories"] == []


def test_a_silent_change_of_visibility_moves_nothing(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "now you see it")
    either.sandbox.clock.advance(60)
    before = updated(either)
    either.act.restrict_comment(comment.id, group="board", silently=True)
    assert updated(either) == before
    assert comment.id not in [c["id"] for c in listed(either)]


def test_a_backdated_comment_takes_updated_back_with_it(either: Talk) -> None:
    at = datetime(2020, 5, 1, 10, 0, tzinfo=UTC)
    either.act.comment("OPS-1", "imported", at=at)
    assert updated(either) == "2020-05-01T12:00:00.000+0200"
    before = updated(either)
    either.act.comment("OPS-1", "imported quietly", at=datetime(2019, 5, 1, tzinfo=UTC), tweak_updated=False)
    assert updated(either) == before


def test_cloud_embeds_the_newest_hundred_and_tells_the_true_total(cloud: Talk) -> None:
    for number in range(120):
        cloud.act.comment("OPS-1", f"number {number}")
    embedded = cloud.issue("OPS-1")["fields"]["comment"]
    total = embedded["total"]
    assert total >= 120
    assert embedded["maxResults"] == len(embedded["comments"]) == 100
    assert embedded["comments"][-1]["body"] == "number 119"
    assert embedded["comments"][0]["body"] == "number 20"
    page = cloud.get("issue/OPS-1/comment", maxResults=5000).json()
    assert (page["maxResults"], len(page["comments"]), page["total"]) == (100, 100, total)
    rest = cloud.get("issue/OPS-1/comment", startAt=100).json()
    assert len(rest["comments"]) == total - 100


def test_data_center_gives_all_of_them(datacenter: Talk) -> None:
    for number in range(120):
        datacenter.act.comment("OPS-1", f"number {number}")
    embedded = datacenter.issue("OPS-1")["fields"]["comment"]
    assert len(embedded["comments"]) == embedded["total"] >= 120
    assert len(listed(datacenter)) == embedded["total"]
    assert len(listed(datacenter, maxResults=7)) == 7


def test_searches_show_comments_only_when_asked(either: Talk) -> None:
    either.act.comment("OPS-1", "hello")
    fields = either.find("key = OPS-1", fields=["*navigable"]).json()["issues"][0]["fields"]
    assert "comment" not in fields
    fields = either.find("key = OPS-1", fields=["comment"]).json()["issues"][0]["fields"]
    assert fields["comment"]["comments"][-1]["body"] == "hello"


def test_orders(either: Talk) -> None:
    for text in ("a", "b", "c"):
        either.act.comment("OPS-1", text)
    oldest = [c["id"] for c in listed(either)]
    assert [c["id"] for c in listed(either, orderBy="created")] == oldest
    assert [c["id"] for c in listed(either, orderBy="+created")] == oldest
    assert [c["id"] for c in listed(either, orderBy="-created")] == oldest[::-1]
    assert either.get("issue/OPS-1/comment", orderBy="updated").status_code == 400


def test_an_internal_note(either: Talk) -> None:
    body = {"body": "not for customers", "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
    comment = either.post("issue/OPS-1/comment", body).json()
    public = either.act.comment("OPS-1", "for all")
    assert comment.get("jsdPublic") == (False if either.cloud else None)
    shown = {c["id"]: c for c in listed(either, expand="properties")}
    assert shown[comment["id"]]["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    assert shown[public.id]["properties"] == []
    if either.cloud:
        assert shown[public.id]["jsdPublic"] is True


def test_visibility_hides_a_comment_from_those_it_is_not_for(either: Talk) -> None:
    mine = either.post("issue/OPS-1/comment", {"body": "x", "visibility": {"type": "role", "value": "Administrators"}})
    assert mine.json()["visibility"]["value"] == "Administrators"
    assert ("identifier" in mine.json()["visibility"]) is either.cloud
    hidden = either.act.comment("OPS-1", "secret", group="board")
    assert hidden.id not in [c["id"] for c in listed(either)]
    assert either.get(f"issue/OPS-1/comment/{hidden.id}").status_code == 404
    embedded = either.issue("OPS-1")["fields"]["comment"]
    assert embedded["total"] == len(embedded["comments"])


@pytest.mark.parametrize(
    "visibility",
    [
        {"type": "role", "value": "Nobody"},
        {"type": "group", "value": "nobody"},
        {"type": "group", "value": "board"},  # which the caller is not in
        {"type": "person", "value": "alice"},
        "Administrators",
    ],
)
def test_visibility_that_cannot_be(either: Talk, visibility: Any) -> None:
    answer = either.post("issue/OPS-1/comment", {"body": "x", "visibility": visibility})
    assert answer.status_code == 400
    assert "commentLevel" in answer.json()["errors"]


def test_the_author_may_be_missing(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "by nobody", as_user=None)
    shown = either.get(f"issue/OPS-1/comment/{comment.id}").json()
    assert "author" not in shown


def test_an_email_may_be_hidden(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "by Dana", as_user="dana")
    author = either.get(f"issue/OPS-1/comment/{comment.id}").json()["author"]
    assert "emailAddress" not in author
    assert ("accountId" in author) is either.cloud
    assert ("name" in author) is not either.cloud


def test_two_comments_in_the_same_millisecond_keep_their_order(either: Talk) -> None:
    either.sandbox.clock.freeze()
    made = [either.act.comment("OPS-1", "same time").id for _ in range(3)]
    assert [c["id"] for c in listed(either)][-3:] == made


def test_replies_know_their_parent(cloud: Talk) -> None:
    parent = cloud.act.comment("OPS-1", "parent")
    reply = cloud.post("issue/OPS-1/comment", {"body": "reply", "parentId": int(parent.id)})
    assert reply.json()["parentId"] == int(parent.id)
    narrow = cloud.act.comment("OPS-1", "parent", role="Administrators")
    inherited = cloud.post("issue/OPS-1/comment", {"body": "reply", "parentId": int(narrow.id)}).json()
    assert inherited["visibility"]["value"] == "Administrators"
    body = {"body": "reply", "visibility": {"type": "role", "value": "Administrators"}}
    assert cloud.put(f"issue/OPS-1/comment/{reply.json()['id']}", body).status_code == 400
    assert cloud.post("issue/OPS-1/comment", {"body": "reply", "parentId": 1}).status_code == 404


def test_many_by_id_leave_out_what_is_gone_or_hidden(cloud: Talk) -> None:
    seen = cloud.act.comment("OPS-1", "seen")
    hidden = cloud.act.comment("OPS-2", "hidden", group="board")
    page = cloud.post("comment/list", {"ids": [int(seen.id), int(hidden.id), 999999]}).json()
    assert [c["id"] for c in page["values"]] == [seen.id]
    assert page["total"] == 1
    assert cloud.post("comment/list", {"ids": []}).status_code == 400
    assert cloud.post("comment/list", {"ids": ["1"]}).status_code == 400


@pytest.mark.parametrize("body", ["", "   ", None])
def test_an_empty_body_is_refused(either: Talk, body: Any) -> None:
    answer = either.post("issue/OPS-1/comment", {"body": body})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"comment": "Comment body can not be empty!"}


def test_a_body_that_is_too_long_is_refused(either: Talk) -> None:
    either.sandbox.set(document_limit=False)
    assert either.post("issue/OPS-1/comment", {"body": "x" * 32_767}).status_code == 201
    answer = either.post("issue/OPS-1/comment", {"body": "x" * 32_768})
    assert answer.status_code == 400
    assert "32,767" in answer.json()["errors"]["comment"]


@pytest.mark.parametrize(("body", "fits"), [("x" * 32_600, True), ("x" * 32_767, False), ("*x* y " * 3_000, False)])
def test_cloud_measures_the_document_that_it_makes_of_a_text(cloud: Talk, body: str, fits: bool) -> None:
    answer = cloud.post("issue/OPS-1/comment", {"body": body})
    assert answer.status_code == (201 if fits else 400)
    assert fits or "32,767" in answer.json()["errors"]["comment"]
    assert cloud.put("issue/OPS-1", {"fields": {"description": body}}).status_code == (204 if fits else 400)


@pytest.mark.parametrize("body", ["x" * 32_767, "*x* y " * 3_000])
def test_data_center_measures_the_text(datacenter: Talk, body: str) -> None:
    assert datacenter.post("issue/OPS-1/comment", {"body": body}).status_code == 201


def test_v3_wants_a_document_and_shows_it_as_it_was_sent(cloud: Talk) -> None:
    assert cloud.post("issue/OPS-1/comment", {"body": "a string"}, version=3).status_code == 400
    assert cloud.post("issue/OPS-1/comment", {"body": adf("")}, version=3).status_code == 400
    document = adf("hello")
    document["content"][0]["content"][0]["marks"] = [{"type": "strong"}]
    made = cloud.post("issue/OPS-1/comment", {"body": document}, version=3)
    assert made.status_code == 201
    assert made.json()["body"] == document
    assert cloud.get(f"issue/OPS-1/comment/{made.json()['id']}").json()["body"] == "*hello*"


def test_v2_wants_a_string(either: Talk) -> None:
    assert either.post("issue/OPS-1/comment", {"body": adf("hello")}).status_code == 400


def test_wiki_sent_through_v2_is_a_document_in_v3(cloud: Talk) -> None:
    made = cloud.post("issue/OPS-1/comment", {"body": "*hello*"}).json()
    body = cloud.get(f"issue/OPS-1/comment/{made['id']}", version=3).json()["body"]
    text = {"type": "text", "text": "hello", "marks": [{"type": "strong"}]}
    assert body == {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}


def test_a_document_may_hold_nodes_that_nobody_knows(cloud: Talk) -> None:
    document = {"type": "doc", "version": 1, "content": [{"type": "hologram", "attrs": {"text": "boo"}}]}
    cloud.act.comment("OPS-1", "boo", document=document)
    assert listed_v3(cloud)[-1]["body"] == document


def listed_v3(talk: Talk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = talk.get("issue/OPS-1/comment", version=3).json()["comments"]
    return found


def test_a_document_nested_beyond_reason_is_refused_and_not_fatal(cloud: Talk) -> None:
    deep = '{"type":"blockquote","content":[' * 20_000
    answer = cloud.send(
        "POST", "issue/OPS-1/comment", version=3, data='{"body":' + deep, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert cloud.get("myself").status_code == 200


def test_rendered_bodies(either: Talk) -> None:
    either.act.comment("OPS-1", "ask [~alice] about *this*")
    shown = listed(either, expand="renderedBody")[-1]
    assert "<b>this</b>" in shown["renderedBody"]
    assert ">Alice Archer</a>" in shown["renderedBody"]
    assert 'href="/secure/ViewProfile.jspa' in shown["renderedBody"]


def test_properties_of_a_comment(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "tagged")
    path = f"comment/{comment.id}/properties/mirror"
    before = updated(either)
    assert either.put(path, {"record": "1"}).status_code == 201
    assert either.put(path, {"record": "2"}).status_code == 200
    assert either.get(path).json() == {"key": "mirror", "value": {"record": "2"}}
    assert updated(either) == before
    assert either.delete(path).status_code == 204
    assert either.get(path).status_code == 404
    assert either.put(f"comment/{comment.id}/properties/{'k' * 256}", 1).status_code == 400
    assert either.put(path, "x" * 32_768).status_code == 400


def test_without_permission_there_is_no_commenting(either: Talk) -> None:
    either.act.deny("comment", "OPS")
    assert either.post("issue/OPS-1/comment", {"body": "hello"}).status_code == 400


def test_a_role_can_be_lost(either: Talk) -> None:
    comment = either.act.comment("OPS-1", "for administrators", role="Administrators")
    assert comment.id in [c["id"] for c in listed(either)]
    either.act.set_role("OPS", "Administrators", ["admin"])
    assert comment.id not in [c["id"] for c in listed(either)]


def test_some_data_centers_ignore_the_properties_of_a_new_comment(datacenter: Talk) -> None:
    datacenter.sandbox.set(comment_properties=False)
    body = {"body": "tagged", "properties": [{"key": "mirror", "value": 1}]}
    made = datacenter.post("issue/OPS-1/comment", body).json()
    shown = datacenter.get(f"issue/OPS-1/comment/{made['id']}", expand="properties").json()
    assert shown["properties"] == []


def test_properties_may_move_updated_after_all(either: Talk) -> None:
    either.sandbox.set(property_bumps_updated=True)
    either.sandbox.clock.advance(60)
    before = updated(either)
    either.put("issue/OPS-1/properties/mirror", {"a": 1})
    assert updated(either) != before
