"""A comment on the wire, alone and in the list that issues carry."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from syncd.sandbox.jira.markup import to_html
from syncd.sandbox.jira.model import Comment, Issue, Json, Visibility
from syncd.sandbox.jira.shapes.rendered import links_of
from syncd.sandbox.jira.shapes.values import rich
from syncd.sandbox.jira.shapes.view import View


def readable(issue: Issue, view: View) -> list[Comment]:
    """The comments that exist for the caller, oldest first."""
    comments = [c for c in issue.comments if view.access.reads(view.caller, issue, c)]
    return sorted(comments, key=lambda c: (c.created, int(c.id)))


def comment(value: Comment, issue: Issue, view: View, expand: Collection[str] = ()) -> Json:
    """Cloud says `jsdPublic` of every comment; Data Center only shows the property behind it (facts 3.10, 3.12)."""
    shape: dict[str, Json] = {"self": view.link(f"issue/{issue.id}/comment/{value.id}"), "id": value.id}
    if author := view.user(value.author):
        shape["author"] = author
    shape["body"] = rich(value.body, view)
    if "renderedBody" in expand:
        shape["renderedBody"] = to_html(value.body.wiki, links_of(issue, view))
    if editor := view.user(value.update_author):
        shape["updateAuthor"] = editor
    shape |= {"created": view.moment(value.created), "updated": view.moment(value.updated)}
    if value.visibility:
        shape["visibility"] = visibility(value.visibility, view)
    if view.cloud:
        shape["jsdPublic"] = not value.internal
        if value.parent_id:
            shape["parentId"] = int(value.parent_id)
    if "properties" in expand:
        shape["properties"] = [{"key": key, "value": held} for key, held in value.properties.items()]
    return shape


def visibility(value: Visibility, view: View) -> Json:
    shape = {"type": value.type, "value": value.value}
    return shape | {"identifier": value.value} if view.cloud else shape


def embedded(issue: Issue, view: View) -> Json:
    """`fields.comment`: Cloud keeps only the newest hundred and still tells the true total (facts 3.13, 3.14)."""
    comments = readable(issue, view)
    shown: Sequence[Comment] = comments[-view.options.embedded_comments :] if view.cloud else comments
    shape: dict[str, Json] = {"comments": [comment(c, issue, view) for c in shown]}
    if view.cloud:
        shape["self"] = view.link(f"issue/{issue.id}/comment")
    return shape | {"maxResults": len(shown), "total": len(comments), "startAt": 0}
