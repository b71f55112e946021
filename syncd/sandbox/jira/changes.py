"""What a change reads like in the changelog: ids for programs, names for people. Decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syncd.sandbox.jira.fields import FIELDS
from syncd.sandbox.jira.model import Change, Issue, Option, Rich
from syncd.sandbox.jira.people import People


def change_of(field_id: str, old: Any, new: Any, people: People) -> Change:
    field = FIELDS[field_id]
    name = field.name if field.custom else _SERVER_NAMES.get(field_id, field_id)
    old_id, old_text = _said(old, field.kind, people)
    new_id, new_text = _said(new, field.kind, people)
    return Change(name, field_id, old_id, old_text, new_id, new_text)


def key_change(old: Issue, new_key: str) -> Change:
    return Change("Key", "issuekey", None, old.key, None, new_key)


_SERVER_NAMES = {
    "components": "Component",
    "fixVersions": "Fix Version",
    "versions": "Version",
    "parent": "IssueParentAssociation",
}


def _said(value: Any, kind: str, people: People) -> tuple[str | None, str | None]:
    if value is None or value == () or value == []:
        return None, None
    if kind == "user":
        user = people.get(value)
        return (user.account_id, user.display_name) if user else (str(value), str(value))
    if isinstance(value, Rich):
        return None, value.wiki
    if isinstance(value, Option):
        return value.id, value.value
    if isinstance(value, datetime):
        return value.isoformat(), value.isoformat()
    if isinstance(value, list | tuple):
        texts = [_said(item, "user" if kind == "users" else "", people)[1] or "" for item in value]
        return None, " ".join(texts)
    if hasattr(value, "name"):
        return value.id, value.name
    return None, str(value)
