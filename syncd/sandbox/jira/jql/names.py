"""The fields a query can name: how each reads an issue, and which operands exist for it and for this caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from syncd.sandbox.jira.catalog import CATEGORIES
from syncd.sandbox.jira.fields import CUSTOM_FIELDS, FIELDS, Field
from syncd.sandbox.jira.jql.context import Context
from syncd.sandbox.jira.jql.known import Known, Unresolved
from syncd.sandbox.jira.model import Flavour, Issue, Option, Rich, User

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+")


def known_field(name: str, context: Context) -> Known | None:
    """By system name, `cf[id]` or a custom field's name. A name that two fields share is a query over the first."""
    lowered = name.lower()
    maker = _SYSTEM.get(lowered)
    if maker is not None:
        return maker(context)
    field = _custom(lowered)
    return _custom_field(field, context) if field else None


def field_of(name: str) -> Field | None:
    """The field behind a name in ORDER BY, if it is one that issues hold in `fields`."""
    lowered = name.lower()
    for field in FIELDS.values():
        if lowered in (alias.lower() for alias in field.names):
            return field
    return _custom(lowered)


def _custom(lowered: str) -> Field | None:
    for field in CUSTOM_FIELDS:
        if lowered in (f"cf[{field.id.removeprefix('customfield_')}]", field.name.lower(), field.id):
            return field
    return None


def _named(
    field_id: str, table: Callable[[Context], Iterable[Any]], *, ordered: bool = False
) -> Callable[[Context], Known]:
    """A field that holds things with an id and a name: found by either, compared by id."""

    def make(context: Context) -> Known:
        def read(issue: Issue) -> Any:
            held = issue.fields.get(field_id)
            return tuple(v.id for v in held) if isinstance(held, tuple) else held.id if held else None

        def lookup(text: str) -> list[str]:
            lowered = text.lower()
            return [v.id for v in table(context) if v.name.lower() == lowered] or [
                v.id for v in table(context) if v.id == text
            ]

        ranks = {v.id: -position for position, v in enumerate(table(context))}
        return Known("value", read, lookup, ordered=ordered, rank=lambda value: ranks.get(value, -len(ranks)))

    return make


def _priorities(context: Context) -> list[Any]:
    return sorted(context.world.priorities.values(), key=lambda p: int(p.id))


def _resolution(context: Context) -> Known:
    known = _named("resolution", lambda c: c.world.resolutions.values())(context)

    def read(issue: Issue) -> Any:
        return known.read(issue)

    def lookup(text: str) -> Iterable[Any]:
        return ("",) if text.lower() == "unresolved" else known.lookup(text)

    return Unresolved("value", read, lookup)


def _project(context: Context) -> Known:
    def lookup(text: str) -> list[str]:
        lowered = text.lower()
        return [
            p.key
            for p in context.world.projects.values()
            if lowered in (p.key.lower(), p.name.lower(), p.id)
            and p.state != "deleted"
            and context.access.sees_project(context.caller, p)
        ]

    return Known("value", lambda issue: issue.project, lookup)


def _key(context: Context) -> Known:
    def lookup(text: str) -> list[tuple[str, int]]:
        issue = context.world.issue(text)
        if issue is not None and context.access.sees(context.caller, issue):
            return [(issue.project, issue.number)]
        return []

    def unknown(text: str, field: str) -> str:
        if _KEY.fullmatch(text):
            return f"An issue with key '{text}' does not exist for field '{field}'."
        if text.isdecimal():
            return f"A value with ID '{text}' does not exist for the field '{field}'."
        return f"The issue key '{text}' for field '{field}' is invalid."

    # A tuple is one value here, not many: it is wrapped once more for `values`.
    return Known("value", lambda issue: ((issue.project, issue.number),), lookup, ordered=True, unknown=unknown)


def _category(context: Context) -> Known:
    def lookup(text: str) -> list[int]:
        lowered = text.lower()
        return [c.id for c in CATEGORIES.values() if lowered in (c.name.lower(), c.key, str(c.id))]

    return Known("value", lambda issue: issue.status.category.id, lookup)


def _by_display_name(text: str, context: Context) -> User | None:
    return next((user for user in context.people if user.display_name.lower() == text.lower()), None)


def _user(field_id: str) -> Callable[[Context], Known]:
    def make(context: Context) -> Known:
        def lookup(text: str) -> list[str]:
            user = context.people.find(text) or _by_display_name(text, context)
            if user is None:
                return []
            handles = [user.account_id] if context.flavour is Flavour.CLOUD else [user.name, user.key]
            known = {handle.lower() for handle in (*handles, user.display_name)}
            if not user.email_hidden:
                known.add(user.email.lower())
            return [user.key] if text.lower() in known else []

        return Known("user", lambda issue: issue.fields.get(field_id), lookup)

    return make


def _text(*field_ids: str) -> Callable[[Context], Known]:
    def read(issue: Issue) -> Any:
        held: list[str] = []
        for field_id in field_ids:
            value = issue.fields.get(field_id)
            if value is not None:
                held.append(value.wiki if isinstance(value, Rich) else str(value))
        return tuple(held)

    return lambda context: Known("text", read)


def _comments(context: Context) -> Known:
    def read(issue: Issue) -> Any:
        return tuple(c.body.wiki for c in issue.comments if context.access.reads(context.caller, issue, c))

    return Known("text", read)


def _anywhere(context: Context) -> Known:
    fields, comments = _text("summary", "description", "environment")(context), _comments(context)
    return Known("text", lambda issue: (*fields.read(issue), *comments.read(issue)))


def _date(read: Callable[[Issue], Any]) -> Callable[[Context], Known]:
    return lambda context: Known("date", read, ordered=True)


def _due(context: Context) -> Known:
    def read(issue: Issue) -> Any:
        held = issue.fields.get("duedate")
        if not held:
            return None
        day = datetime.fromisoformat(held)
        return day.replace(tzinfo=context.zone).astimezone(UTC)

    return Known("date", read, ordered=True)


def _labels(context: Context) -> Known:
    return Known("value", lambda issue: tuple(issue.fields.get("labels") or ()), lambda text: (text,))


def _parent(context: Context) -> Known:
    def lookup(text: str) -> list[int]:
        issue = context.world.issue(text)
        return [issue.id] if issue else []

    return Known("value", lambda issue: issue.parent, lookup)


def _level(context: Context) -> Known:
    def lookup(text: str) -> list[str]:
        return [s.id for s in context.world.security_levels.values() if text.lower() in (s.name.lower(), s.id)]

    return Known("value", lambda issue: issue.security.id if issue.security else None, lookup)


def _custom_field(field: Field, context: Context) -> Known:
    if field.kind in ("text", "rich", "url", "string"):
        return _text(field.id)(context)
    if field.kind == "datetime":
        return Known("date", lambda issue: issue.fields.get(field.id), ordered=True)
    if field.kind == "number":
        return Known("value", lambda issue: issue.fields.get(field.id), _number, ordered=True)
    if field.kind in ("option", "options", "cascade"):

        def read(issue: Issue) -> Any:
            held = issue.fields.get(field.id)
            return (
                tuple(o.id for o in held) if isinstance(held, tuple) else held.id if isinstance(held, Option) else None
            )

        return Known("value", read, lambda text: [o.id for o in field.options if text in (o.value, o.id)])
    if field.kind == "users":
        return Known("user", lambda issue: issue.fields.get(field.id), _user(field.id)(context).lookup)
    return Known("value", lambda issue: str(issue.fields.get(field.id) or "") or None, lambda text: (text,))


def _number(text: str) -> list[float]:
    try:
        return [float(text)]
    except ValueError:
        return []


def _project_things(name: str) -> Callable[[Context], Iterable[Any]]:
    return lambda context: [thing for p in context.world.projects.values() for thing in getattr(p, name)]


_SYSTEM: dict[str, Callable[[Context], Known]] = {
    "project": _project,
    "issuetype": _named("issuetype", lambda c: c.world.issue_types.values()),
    "status": _named("status", lambda c: c.world.statuses.values()),
    "statuscategory": _category,
    "priority": _named("priority", _priorities, ordered=True),
    "resolution": _resolution,
    "component": _named("components", _project_things("components")),
    "fixversion": _named("fixVersions", _project_things("versions")),
    "affectedversion": _named("versions", _project_things("versions")),
    "labels": _labels,
    "parent": _parent,
    "level": _level,
    "text": _anywhere,
    "comment": _comments,
    "summary": _text("summary"),
    "description": _text("description"),
    "environment": _text("environment"),
    "created": _date(lambda issue: issue.created),
    "updated": _date(lambda issue: issue.updated),
    "resolutiondate": _date(lambda issue: issue.fields.get("resolutiondate")),
    "due": _due,
}
_SYSTEM |= {name: _user(name) for name in ("assignee", "reporter", "creator")}
_SYSTEM |= dict.fromkeys(("key", "issuekey", "id", "issue"), _key)
_SYSTEM |= {
    "type": _SYSTEM["issuetype"],
    "createddate": _SYSTEM["created"],
    "updateddate": _SYSTEM["updated"],
    "resolved": _SYSTEM["resolutiondate"],
    "duedate": _SYSTEM["due"],
}
