"""Comments: the page, one of them, many by id; adding, editing, deleting."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import Comment, Issue, Json, Rich, User, Visibility
from syncd.sandbox.jira.refusals import RefusalError, bad, no_comment
from syncd.sandbox.jira.rest.find import must_be_allowed, the_comment, the_issue
from syncd.sandbox.jira.rest.inputs import rich_text
from syncd.sandbox.jira.rest.properties import check_property
from syncd.sandbox.jira.shapes import comment as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing

_ORDERS = {"": False, "created": False, "+created": False, "-created": True}
_CLOUD_PAGE = 100
MOST_COMMENTS = 5000


def page(site: Site, call: Call) -> Reply:
    """Cloud gives 100 at most; Data Center gives everything unless told otherwise (facts 3.15)."""
    issue, view = the_issue(site, call), site.view(call)
    order = call.one("orderBy").strip()  # an unescaped + arrives as a blank
    if order not in _ORDERS:
        raise bad(f"The orderBy parameter '{order}' is not supported.")
    comments = shape.readable(issue, view)
    if _ORDERS[order]:
        comments.reverse()
    start = call.number("startAt", 0)
    if start < 0:
        raise bad("The 'startAt' parameter must not be negative.")
    if view.cloud:
        most = min(call.number("maxResults", _CLOUD_PAGE), _CLOUD_PAGE)
    else:
        most = call.number("maxResults", 1048576)
    expand = call.many("expand")
    rows = comments[start : start + max(most, 0)]
    listed = [shape.comment(c, issue, view, expand) for c in rows]
    return answer({"startAt": start, "maxResults": most, "total": len(comments), "comments": listed})


def one(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    comment = the_comment(site, call, issue)
    return answer(shape.comment(comment, issue, site.view(call), call.many("expand")))


def by_ids(site: Site, call: Call) -> Reply:
    """`/comment/list`: deleted and hidden ones are just not there (facts 3.16)."""
    body = call.object()
    ids = body.get("ids")
    if (
        set(body) != {"ids"}
        or not isinstance(ids, list)
        or not all(isinstance(i, int) and not isinstance(i, bool) for i in ids)
    ):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    if not 1 <= len(ids) <= 1000:
        raise bad("The number of comment ids must be between 1 and 1000.")
    view, expand = site.view(call), call.many("expand")
    found: list[tuple[Issue, Comment]] = []
    for comment_id in dict.fromkeys(ids):
        held = site.world.comment(str(comment_id))
        if held and site.access.sees(call.user, held[0]) and site.access.reads(call.user, *held):
            found.append(held)
    listed = [shape.comment(comment, issue, view, expand) for issue, comment in found]
    return answer({"maxResults": 1000, "startAt": 0, "total": len(listed), "isLast": True, "values": listed})


def add(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    denied = "You do not have the permission to comment on this issue."
    user = must_be_allowed(site, call, "comment", issue, denied, 400)
    if len(issue.comments) >= MOST_COMMENTS:
        raise RefusalError(413, f"The issue has reached the limit of {MOST_COMMENTS} comments.")
    body = call.object()
    parent = _parent(site, call, issue, body)
    visibility = read_visibility(site, issue, user, body.get("visibility"))
    if parent is not None:  # a reply is for those whom its parent is for
        if visibility not in (None, parent.visibility):
            raise bad("A reply has the visibility of its parent.")
        visibility = parent.visibility
    properties = read_properties(body.get("properties"))
    if not site.options.comment_properties:
        properties = {}
    comment = site.writer.comment(
        issue,
        rich_text(site, body.get("body"), call, "comment"),
        user,
        visibility=visibility,
        properties=properties,
        parent_id=parent.id if parent else None,
    )
    fresh = site.world.issues[issue.id]
    return answer(shape.comment(comment, fresh, site.view(call), call.many("expand")), 201)


def edit(site: Site, call: Call) -> Reply:
    """A PUT without `visibility` keeps it on Cloud's word "update", and so it does here."""
    issue = the_issue(site, call)
    comment = the_comment(site, call, issue)
    user = _own(site, call, issue, comment, "edit")
    body = call.object()
    visibility = comment.visibility
    if "visibility" in body:
        visibility = read_visibility(site, issue, user, body["visibility"])
        if comment.parent_id and visibility != comment.visibility:
            raise bad("A reply has the visibility of its parent.")
    if site.options.same_edit_bumps:
        issue = site.writer.touch(issue)
    edited = site.writer.edit_comment(
        issue,
        comment,
        rich_text(site, body.get("body"), call, "comment"),
        user,
        visibility=visibility,
        properties=read_properties(body.get("properties")),
    )
    return answer(shape.comment(edited, site.world.issues[issue.id], site.view(call), call.many("expand")))


def delete(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    comment = the_comment(site, call, issue)
    user = _own(site, call, issue, comment, "delete")
    site.writer.delete_comment(issue, comment, user)
    return nothing()


def read_visibility(site: Site, issue: Issue, user: User, raw: Json) -> Visibility | None:
    """A role of the project or a group that the caller is in."""
    if raw is None:
        return None
    kind = raw.get("type") if isinstance(raw, dict) else None
    value = (raw.get("value") or raw.get("identifier")) if isinstance(raw, dict) else None
    if kind not in ("role", "group") or not isinstance(value, str):
        raise bad(commentLevel="Comment visibility is not valid.")
    if kind == "role" and value not in site.world.projects[issue.project].roles:
        raise bad(commentLevel=f"Role: {value} does not exist.")
    if kind == "group" and value not in {group for person in site.people for group in person.groups}:
        raise bad(commentLevel=f"Group: {value} does not exist.")
    visibility = Visibility(kind, value)
    probe = Comment("0", user.key, user.key, Rich(""), site.clock.now(), site.clock.now(), visibility)
    if not site.access.reads(user, issue, probe):
        noun = "project role" if kind == "role" else "group"
        raise bad(commentLevel=f"You are currently not a member of the {noun}: {value}.")
    return visibility


def read_properties(raw: Json) -> Mapping[str, Json]:
    """A list of key and value; keys to 255 characters, values to 32,768 (facts 6.6)."""
    if raw is None:
        return {}
    if not isinstance(raw, list) or not all(isinstance(item, dict) and "key" in item for item in raw):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    for item in raw:
        check_property(item["key"], item.get("value"))
    return {item["key"]: item.get("value") for item in raw}


def _own(site: Site, call: Call, issue: Issue, comment: Comment, deed: str) -> User:
    """Other people's comments are for administrators; the refusal is a 400."""
    denied = f"You do not have permission to {deed} comment with id: '{comment.id}'."
    user = must_be_allowed(site, call, "comment", issue, denied, 400)
    if comment.author != user.key and "jira-administrators" not in user.groups:
        raise bad(denied)
    return user


def _parent(site: Site, call: Call, issue: Issue, body: Mapping[str, Json]) -> Comment | None:
    raw = body.get("parentId")
    if raw is None or site.options.flavour == "datacenter":
        return None
    for comment in issue.comments:
        if comment.id == str(raw) and site.access.reads(call.user, issue, comment):
            return comment
    raise no_comment(str(raw))
