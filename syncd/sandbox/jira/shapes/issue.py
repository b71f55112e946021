"""An issue on the wire: which fields are shown, and how each looks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from syncd.sandbox.jira.fields import FIELDS, Field, schema_of
from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.shapes import comment as comments
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.shapes.rendered import rendered_value, spoken
from syncd.sandbox.jira.shapes.view import View

_EXPAND_CLOUD = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
_EXPAND_SERVER = "operations,versionedRepresentations,editmeta,changelog,renderedFields"


@dataclass(frozen=True, slots=True)
class Selection:
    """What `fields` asked for: ids in the order of the site. None in `fields` means that there is no `fields` key."""

    fields: tuple[Field, ...] | None
    only_id: bool = False


def selection(asked: Iterable[str], default: str) -> Selection:
    """`*all`, `*navigable`, names, `-name`; names that do not exist are ignored, as Jira does (facts 1.3)."""
    names = [part.strip() for item in asked for part in item.split(",") if part.strip()] or [default]
    if set(names) <= {"id", "key"}:
        return Selection(None, only_id=names == ["id"])
    chosen: set[str] = set()
    if all(name.startswith("-") for name in names):
        names = ["*navigable" if default == "id" else default, *names]
    for name in names:
        if name == "*all":
            chosen |= set(FIELDS)
        elif name == "*navigable":
            chosen |= {field.id for field in FIELDS.values() if field.navigable}
        elif name.startswith("-"):
            chosen.discard(name[1:])
        else:
            chosen.add(name)
    return Selection(tuple(field for field in FIELDS.values() if field.id in chosen))


def issue(value: Issue, view: View, picked: Selection, expand: Collection[str] = ()) -> Json:
    if picked.only_id:
        return {"id": str(value.id)}
    shape: dict[str, Json] = {
        "expand": _EXPAND_CLOUD if view.cloud else _EXPAND_SERVER,
        "id": str(value.id),
        "self": view.link(f"issue/{value.id}"),
        "key": value.key,
    }
    if picked.fields is None:
        return shape
    present = [field for field in picked.fields if _on_issue(field, value)]
    if "renderedFields" in expand:
        shape["renderedFields"] = {field.id: _rendered(field, value, view) for field in present}
    shape["fields"] = {field.id: _field(field, value, view) for field in present}
    return shape


def names(picked: Selection) -> Json:
    return {field.id: field.name for field in picked.fields or ()}


def schema(picked: Selection) -> Json:
    return {field.id: schema_of(field) for field in picked.fields or ()}


def _on_issue(field: Field, value: Issue) -> bool:
    """A field that the project does not have is absent; one that is merely empty is null (facts 5.5)."""
    if field.id == "customfield_10037":
        return field.id in value.fields
    return not (field.id == "parent" and value.parent is None)


def _field(field: Field, value: Issue, view: View) -> Json:
    special = _SPECIAL.get(field.id)
    return special(value, view) if special else values.field_value(field, value.fields.get(field.id), view)


def _rendered(field: Field, value: Issue, view: View) -> Json:
    if field.id in ("created", "updated"):
        return spoken(getattr(value, field.id), view)
    if field.id == "comment":
        listed = comments.embedded(value, view)
        by_id = {c.id: c for c in value.comments}
        for shape in listed["comments"]:
            held = by_id[shape["id"]]
            shape |= {
                "body": rendered_value(held.body, value, view),
                "created": spoken(held.created, view),
                "updated": spoken(held.updated, view),
            }
        return listed
    if field.id == "attachment":
        shapes = [values.attachment(a, view) for a in value.attachments]
        return [s | {"created": spoken(a.created, view)} for s, a in zip(shapes, value.attachments, strict=True)]
    if field.kind == "rich" and value.fields.get(field.id) is None:
        return ""
    return rendered_value(value.fields.get(field.id), value, view)


def _brief(value: Issue, view: View) -> Json:
    """How one issue mentions another."""
    fields: dict[str, Any] = {"summary": value.fields.get("summary"), "status": values.status(value.status, view)}
    for name in ("priority", "issuetype"):
        fields[name] = values.shown(value.fields.get(name), view)
    return {"id": str(value.id), "key": value.key, "self": view.link(f"issue/{value.id}"), "fields": fields}


def _parent(value: Issue, view: View) -> Json:
    parent = view.world.issues.get(value.parent) if value.parent is not None else None
    return _brief(parent, view) if parent else None


def _linked(value: Issue, view: View) -> Json:
    """Links are kept as they were read; only addresses are this site's."""

    def addressed(link: Json) -> Json:
        shape = {"id": link["id"], "self": view.link(f"issueLink/{link['id']}")}
        shape["type"] = {**link["type"], "self": view.link(f"issueLinkType/{link['type']['id']}")}
        for end in ("inwardIssue", "outwardIssue"):
            if end in link:
                other = view.world.issue(link[end]["id"])
                shape[end] = (
                    _brief(other, view) if other else {**link[end], "self": view.link(f"issue/{link[end]['id']}")}
                )
        return shape

    return [addressed(link) for link in value.fields.get("issuelinks") or ()]


def _votes(value: Issue, view: View) -> Json:
    return {"self": view.link(f"issue/{value.key}/votes"), "votes": 0, "hasVoted": False}


def _watches(value: Issue, view: View) -> Json:
    return {"self": view.link(f"issue/{value.key}/watchers"), "watchCount": 1, "isWatching": False}


def _worklog(value: Issue, view: View) -> Json:
    return {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []}


def _status_changed(value: Issue, view: View) -> Json:
    return view.moment(value.fields.get("statuscategorychangedate") or value.created)


_SPECIAL: dict[str, Callable[[Issue, View], Json]] = {
    "project": lambda value, view: values.project_of_issue(view.world.projects[value.project], view),
    "created": lambda value, view: view.moment(value.created),
    "updated": lambda value, view: view.moment(value.updated),
    "statuscategorychangedate": _status_changed,
    "labels": lambda value, view: list(value.fields.get("labels") or ()),
    "components": lambda value, view: [values.component(c, view) for c in value.fields.get("components") or ()],
    "fixVersions": lambda value, view: [values.version(v, view) for v in value.fields.get("fixVersions") or ()],
    "versions": lambda value, view: [values.version(v, view) for v in value.fields.get("versions") or ()],
    "security": lambda value, view: values.security(value.security, view) if value.security else None,
    "parent": _parent,
    "subtasks": lambda value, view: [_brief(child, view) for child in view.world.children(value.id)],
    "issuelinks": _linked,
    "votes": _votes,
    "watches": _watches,
    "workratio": lambda value, view: -1,
    "progress": lambda value, view: {"progress": 0, "total": 0},
    "attachment": lambda value, view: [values.attachment(a, view) for a in value.attachments],
    "comment": comments.embedded,
    "worklog": _worklog,
    "timetracking": lambda value, view: {},
    "customfield_10000": lambda value, view: "{}",
    "customfield_10019": lambda value, view: f"0|i{value.id:05x}:",
}
