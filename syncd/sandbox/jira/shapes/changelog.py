"""A changelog entry on the wire."""

from __future__ import annotations

from syncd.sandbox.jira.model import History, Json
from syncd.sandbox.jira.shapes.view import View


def items(value: History, view: View) -> list[Json]:
    return [
        {
            "field": change.field,
            "fieldtype": "custom" if change.field_id.startswith("customfield_") else "jira",
            **({"fieldId": change.field_id} if view.cloud else {}),
            "from": change.old,
            "fromString": change.old_text,
            "to": change.new,
            "toString": change.new_text,
        }
        for change in value.items
    ]


def history(value: History, view: View) -> Json:
    shape: dict[str, Json] = {"id": value.id}
    if author := view.user(value.author):
        shape["author"] = author
    shape |= {"created": view.moment(value.created), "items": items(value, view)}
    return shape | ({"historyMetadata": value.metadata} if value.metadata else {})
