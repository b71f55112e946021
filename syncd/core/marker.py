"""The short mark that every note carries, so that a person can see where it came from and a program can find it again.

    Jane Doe commented on OPS-12 at 2024-09-16 17:12 UTC [jira-comment 31202.1.8f3a21c0]

reads: comment 31202, first version, whose source body has this digest. It stands at the end of the note's first line.

    OPS-12 was deleted in Jira, or hidden from this integration [jira-issue 1.deleted]

reads: the first thing that the record was told of the issue itself (`core/lifecycle.py`), and what that was.

Law 2 and the recovery of a lost database both rest on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OF_ISSUE = "0"
"""Stands for the issue itself where others have the id of a comment. No comment has it: Jira counts from 10000."""

_MARK = re.compile(
    r"\[jira-(?:comment (?P<comment>[1-9][0-9]{0,19})\.(?P<version>[0-9]{1,6})\.(?P<digest>[0-9a-f]{8}|gone)"
    r"|issue (?P<telling>[0-9]{1,6})\.(?P<word>left|archived|deleted|hidden|back|moved-[0-9a-f]{8}))\]"
)
_OPENING = re.compile(r"\[(?=jira-(?:comment|issue)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Which version of which comment a note carries. `digest` is "" where the note says that the comment is gone.

    With `comment_id` OF_ISSUE, `version` counts what was told of the issue, and `digest` is the word for it.
    """

    comment_id: str
    version: int
    digest: str

    def __str__(self) -> str:
        if self.comment_id == OF_ISSUE:
            return f"[jira-issue {self.version}.{self.digest}]"
        return f"[jira-comment {self.comment_id}.{self.version}.{self.digest or 'gone'}]"


def marks_in(text: str) -> tuple[Mark, ...]:
    """Every mark in a text, in order. Used on the display form of a whole journal, where first lines cannot be told."""
    return tuple(_read(found) for found in _MARK.finditer(text))


def marks_of_note(note: str) -> tuple[Mark, ...]:
    """The marks of one journal entry: only its first line counts, so a person quoting a note does not forge one."""
    return marks_in(note.lstrip().partition("\n")[0])


def without_marks(text: str) -> str:
    """`text` from a user, made unable to look like a mark."""
    return _OPENING.sub("(", text)


def _read(found: re.Match[str]) -> Mark:
    if found["telling"] is not None:
        return Mark(OF_ISSUE, int(found["telling"]), found["word"])
    return Mark(found["comment"], int(found["version"]), "" if found["digest"] == "gone" else found["digest"])
