"""The file that `syncd links export` writes and `syncd links import` reads: what it may say, not whether it is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from syncd.core.marker import Mark, marks_in
from syncd.core.model import Note, NoteState
from syncd.errors import UserError
from syncd.store.linkage import Tie

FORMAT = "syncd-links-1"
"""The first line of an export says so, and an import reads nothing else."""

FIRST_LINE = 2
"""The line of the first tie."""


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def read(text: str, name: str) -> list[Tie]:
    """The ties of an export; all that is wrong with it at once."""
    lines = text.rstrip("\n").split("\n")  # `splitlines` also splits at what may stand within a text
    if _json(lines[0]) != {"format": FORMAT}:
        raise UserError(f"{name} is not what `syncd links export` writes: its first line must say {FORMAT}")
    ties, problems = [], []
    for number, line in enumerate(lines[1:], start=FIRST_LINE):
        try:
            ties.append(_tie(_json(line)))
        except (KeyError, TypeError, ValueError) as error:
            problems.append(f"{name}:{number}: this is no link: {type(error).__name__} {error}")
    if problems:
        raise UserError(f"{name} cannot be taken in, and nothing of it was:", problems)
    return ties


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _tie(said: Any) -> Tie:
    notes = tuple(_note(note) for note in said["notes"])
    tie = Tie(**{**said, "notes": notes})
    texts = (tie.mapping, tie.site, tie.issue_id, tie.issue_key, tie.record_id, tie.record_number)
    if not all(isinstance(text, str) for text in texts) or type(tie.detached) is not bool or not _is_id(tie.issue_id):
        raise ValueError("a link needs mapping, site, a numeric issue_id, issue_key, record_id and record_number")
    if not tie.record_id and not tie.detached:
        raise ValueError("a link without a record_id says nothing, unless it is detached")
    return tie


def _note(said: Any) -> Note:
    note = Note(**{**said, "state": NoteState(said["state"])})
    mark = Mark(note.comment_id, note.version, note.digest)
    if type(note.version) is not int or marks_in(str(mark)) != (mark,):
        raise ValueError(f"comment {note.comment_id!r}, version {note.version!r} is none that a note could carry")
    return note


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
