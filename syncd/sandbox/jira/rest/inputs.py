"""Reads what a client wants to set: `fields` and `update` of a request body, and the bodies of comments.

All mistakes are collected, one sentence a field, as Jira answers them. Single values are `reader`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from syncd.sandbox.jira.fields import FIELDS, Field
from syncd.sandbox.jira.model import Issue, Json, Project, Rich
from syncd.sandbox.jira.refusals import RefusalError, bad, not_on_screen
from syncd.sandbox.jira.rest.reader import InputError, Reader, read_rich
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call
from syncd.sandbox.jira.web.schema import checked


def rich_text(site: Site, raw: Json, call: Call, name: str) -> Rich:
    """The body of a comment: never empty, never too long, a document on v3 and a string on v2 (facts 3.18, 6.5)."""
    if call.version == 3 and not isinstance(raw, dict):
        raise RefusalError(400, "Comment body is not valid!", errors={name: "Comment body is not valid!"})
    try:
        text = read_rich(raw, call.version, site.options)
    except InputError as error:
        raise bad(**{name: str(error)}) from error
    if text is None or not text.wiki.strip():
        raise bad(**{name: "Comment body can not be empty!"})
    return text


def read_fields(
    site: Site, call: Call, body: Mapping[str, Json], screen: Iterable[str], project: Project, issue: Issue | None
) -> dict[str, Any]:
    """The values that `fields` and `update` want, or 400 with every mistake. Comments in `update` are not fields."""
    checked(body, {"fields": dict, "update": dict, "historyMetadata": dict}, closed=False)
    fields = body.get("fields") or {}
    update = {name: operations for name, operations in (body.get("update") or {}).items() if operations is not None}
    checked(update, dict.fromkeys(update, (list, dict)), closed=True)
    update.pop("comment", None)
    errors = {name: f"Field '{name}' cannot appear in both 'fields' and 'update'" for name in set(fields) & set(update)}
    wanted: dict[str, Json] = dict(fields)
    reader = Reader(site, call.version, project)
    found: dict[str, Any] = {}
    on_screen = frozenset(screen)
    for name in (*wanted, *update):
        if name in errors:
            continue
        field = FIELDS.get(name)
        if field is None or name not in on_screen:
            errors[name] = not_on_screen(name)
            continue
        try:
            if name in wanted:
                found[name] = reader.value(field, wanted[name])
            else:
                held = found.get(name, issue.fields.get(name) if issue else None)
                found[name] = _operated(reader, field, held, update[name])
        except InputError as error:
            errors[name] = str(error)
    if errors:
        raise bad(**errors)
    return found


def _operated(reader: Reader, field: Field, held: Any, operations: list[Json]) -> Any:
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise InputError("data was not an object with one operation")
        (verb, raw), *_ = operation.items()
        if verb == "set":
            held = reader.value(field, raw)
        elif verb in ("add", "remove") and field.kind in ("labels", "components", "versions", "options", "users"):
            (item,) = reader.value(field, [raw])
            kept = tuple(value for value in held or () if value != item)
            held = (*kept, item) if verb == "add" else kept
        else:
            raise InputError(f"Field with id '{field.id}' and name '{field.name}' does not support operation '{verb}'")
    return held


def comments_in(site: Site, body: Mapping[str, Json], call: Call) -> list[Rich]:
    """The comments that `update` adds on the way."""
    found: list[Rich] = []
    for operation in (body.get("update") or {}).get("comment") or []:
        added = operation.get("add")
        if not isinstance(added, dict):
            raise bad(comment="data was not an object with one operation")
        found.append(rich_text(site, added.get("body"), call, "comment"))
    return found
