"""The choices a mapping makes about how its records are kept.

Only their names: what they come to is decided in plan, conflict and notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """How much of the record syncd looks after."""

    FULL = "full"  # create the record, keep its fields true, add the notes
    CREATE_ONLY = "create_only"  # create the record, then leave its fields to the target
    NOTES_ONLY = "notes_only"  # create the record, then only add notes
    OBSERVE = "observe"  # write nothing, only say what would be done


class ConflictPolicy(StrEnum):
    """What happens to a column that a person has changed in the target."""

    SOURCE_WINS = "source_wins"  # the next sync writes the source's value over it
    TARGET_WINS = "target_wins"  # the person's value stays
    HOLD = "hold"  # nothing is written, and syncd says so until somebody decides


class Ceiling(StrEnum):
    """What a mapping may do only so often before somebody looks. The values are labels of metrics."""

    CREATE = "create"  # records created in one cycle
    CLOSE = "close"  # records brought to their end in one cycle
    FIRST = "first"  # records created for the history that a new mapping's first listing found, ever


FIRST_CYCLES = 10
"""A first listing may create what ten cycles may. A query that catches all of Jira is found out by then; whoever does
want more history asks for it by name, with `syncd backfill`."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many records a cycle may create and close at most; None for any number."""

    create: int | None = None
    close: int | None = None

    def limit(self, ceiling: Ceiling) -> int | None:
        match ceiling:
            case Ceiling.CREATE:
                return self.create
            case Ceiling.CLOSE:
                return self.close
            case Ceiling.FIRST:
                return None if self.create is None else FIRST_CYCLES * self.create


class CommentPolicy(StrEnum):
    """What happens when a comment that was sent is edited, or vanishes. A note can be neither edited nor deleted."""

    NOTE = "note"  # add a note that says so
    SKIP = "skip"


class HistoryPolicy(StrEnum):
    """What happens to the comments that were there before the record was."""

    EACH = "each"  # one note for each
    FOLD = "fold"  # all of them in one note
    NONE = "none"  # only comments written after the record was created


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Where comments go, and what their later life does. `to` is the journal column of the target.

    `enabled` False means that comments are none of this mapping's business: nothing is sent, edited or announced gone.
    """

    to: str = "work_notes"
    internal: bool = False
    restricted: bool = False
    edited: CommentPolicy = CommentPolicy.NOTE
    deleted: CommentPolicy = CommentPolicy.NOTE
    history: HistoryPolicy = HistoryPolicy.EACH
    enabled: bool = True
