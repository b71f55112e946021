"""How a JSON value reads as text in a column of the target. The one place that decides it, for paths and templates."""

from __future__ import annotations

import re
import unicodedata
from math import isfinite

from syncd.core.fingerprint import VOLATILE
from syncd.core.model import Json

NAME_KEYS = ("displayName", "name", "value", "key", "summary", "filename", "emailAddress", "id", "accountId")
"""Where the name of a Jira object stands, best first. A Data Center user has `name` too: the login."""

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CODE_TAG = re.compile(r"\[(/?\s*code\s*)\]", re.IGNORECASE)


class NoText(Exception):
    """An object that has no name, so nobody can say how it reads. Stays inside this package."""


def as_text(value: Json) -> str:
    """Raises NoText for an object without a name."""
    match value:
        case None:
            return ""
        case str():
            return clean(value)
        case bool():
            return "true" if value else "false"  # as ServiceNow writes it
        case float():
            return str(int(value)) if isfinite(value) and value.is_integer() else repr(value)
        case int():
            return f"{value:d}" if value.bit_length() < 1024 else f"{value:x}"
        case dict():
            return name_of(value)
        case list() | tuple():
            return ", ".join(filter(None, map(as_text, value)))
        case _:
            raise NoText("is not a value; a filter such as join makes text of a sequence, and a method needs its ()")


def name_of(thing: dict[str, Json]) -> str:
    """What a person would call a Jira object. A cascading option is its parent and its child, a link how it goes on."""
    if is_empty(thing):
        return ""
    if link := _link(thing):
        return link
    for key in NAME_KEYS:
        name = thing.get(key)
        if isinstance(name, str | int | float) and not isinstance(name, bool):
            child = thing.get("child")
            return (
                f"{as_text(name)} / {name_of(child)}" if key == "value" and isinstance(child, dict) else as_text(name)
            )
    has = sorted(str(key) for key in thing if key not in VOLATILE and thing[key] is not None)
    raise NoText(f"is an object without a name (it has {', '.join(has[:8])}); say which part of it")


def _link(thing: dict[str, Json]) -> str:
    """A link to another issue as Jira's own page says it: "is blocked by OPS-2"; "" for any other object."""
    for end, direction in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
        kind, other = thing.get("type"), thing.get(end)
        if isinstance(kind, dict) and isinstance(other, dict) and isinstance(other.get("key"), str):
            return f"{as_text(kind.get(direction))} {other['key']}".strip()
    return ""


def is_empty(value: Json) -> bool:
    """Null, absent, "", a list with nothing in it, an object that says nothing."""
    if isinstance(value, dict):
        return all(item is None or key in VOLATILE for key, item in value.items())
    return value is None or value == "" or value == []


def clean(text: str) -> str:
    """Text that every database and every JSON reader can hold: line ends are LF, control characters are gone.

    Jira stores NUL and lone surrogates (a cut emoji) that Postgres and UTF-8 refuse.
    """
    return _UNSTORABLE.sub(
        lambda m: "\ufffd" if m[0] >= "\ud800" else "", text.replace("\r\n", "\n").replace("\r", "\n")
    )


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, the last one "…" if something is missing; no composed character halved."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 0 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f" or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def without_code_tags(text: str) -> str:
    """Text from Jira that ServiceNow's journals must not read as HTML (servicenow facts 3.6)."""
    return _CODE_TAG.sub(r"(\1)", text)


def code_block(html: str) -> str:
    """HTML, wrapped so that ServiceNow renders it."""
    return f"[code]{without_code_tags(clean(html))}[/code]" if html else ""
