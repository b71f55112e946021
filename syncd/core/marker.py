"""The short mark that every note carries, so that a person can see where it came from and a program can find it again.

    Jane Doe commented on OPS-12 at 2024-09-16 17:12 UTC [jira-comment 31202.1.8f3a21c0]

reads: comment 31202, first version, whose source body has this digest. It stands at the end of the note's first line.
Law 2 and the recovery of a lost database both rest on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"\[jira-comment ([0-9]{1,20})\.([0-9]{1,6})\.([0-9a-f]{8}|gone)\]")
_OPENING = re.compile(r"\[(?=jira-comment\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Which version of which comment a note carries. `digest` is "" where the note says that the comment is gone."""

    comment_id: str
    version: int
    digest: str

    def __str__(self) -> str:
        return f"[jira-comment {self.comment_id}.{self.version}.{self.digest or 'gone'}]"


def marks_in(text: str) -> tuple[Mark, ...]:
    """Every mark in a text, in order. Used on the display form of a whole journal, where first lines cannot be told."""
    return tuple(Mark(m[1], int(m[2]), "" if m[3] == "gone" else m[3]) for m in _MARK.finditer(text))


def marks_of_note(note: str) -> tuple[Mark, ...]:
    """The marks of one journal entry: only its first line counts, so a person quoting a note does not forge one."""
    return marks_in(note.lstrip().partition("\n")[0])


def without_marks(text: str) -> str:
    """`text` from a user, made unable to look like a mark."""
    return _OPENING.sub("(", text)
