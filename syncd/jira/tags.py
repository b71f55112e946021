"""How a comment that syncd wrote is found again: a property that people do not see, or a mark at its end that they do.

The property travels in the same POST as the comment (jira facts 6.6), so a comment never exists without it; where a
Jira does not keep it, the mark in the text does the same. Pure; `commenting` says when which one is needed.

    It happened again this morning.

    (syncd 9d3855ec47a3)

Not in square brackets: those are a link in wiki markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROPERTY = "syncd.mirror"
"""The key of the property (jira facts 6.6: at most 255 characters)."""

_ID = re.compile(r"[A-Za-z0-9.]{1,64}")
_MARK = re.compile(r"\(syncd ([A-Za-z0-9.]{1,64})\)")


@dataclass(frozen=True, slots=True)
class Tag:
    """Which entry a comment mirrors. `id` is unique among all that is mirrored, e.g. a journal entry's sys_id.

    `about` are further facts for those who look at the property: {"table": "incident", "sys_id": ...}.
    """

    id: str
    about: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"a tag's id has 1 to 64 letters, digits and dots, not {self.id[:80]!r}")

    @property
    def mark(self) -> str:
        """The form that people see. Letters, digits and dots are no markup anywhere."""
        return f"(syncd {self.id})"

    @property
    def value(self) -> dict[str, Any]:
        """The property's value."""
        return {**self.about, "v": 1, "id": self.id}


def id_in_property(value: Any) -> str | None:
    """The id that the value of our property names."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def id_in_text(body: str) -> str | None:
    """The id in the mark of a comment. Only a last line that is nothing else counts, so quoting one forges nothing."""
    found = _MARK.fullmatch(body.rstrip().rpartition("\n")[2].strip())
    return found[1] if found else None


def without_marks(text: str) -> str:
    """`text` from a user, made unable to look like a mark."""
    return _MARK.sub(r"(syncd: \1)", text)
