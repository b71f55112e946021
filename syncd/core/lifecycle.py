"""What may become of an issue beyond its changes, and what its record is told of it. Values in, notes out.

Jira says "not found" of what is deleted and of what is hidden alike (jira facts 4.4, 4.8). What can be told apart:

| sight      | Jira shows                                                                                 |
|------------|--------------------------------------------------------------------------------------------|
| `here`     | the issue, among those of the query                                                        |
| `left`     | the issue, but not among those of the query: it was changed, or moved into another project |
| `archived` | the issue, archived by itself or with its project                                          |
| `deleted`  | no such issue, but its project, be it in the trash: deleted, or hidden by a security level |
| `hidden`   | that the issue may not be seen, or not even its project                                    |
| `unsettled`| too little yet: it changed a moment ago, and the index may lag                             |

A record is told once: the last thing that it was told stands in its journal and among the link's notes, like the notes
of comments, under a comment id that no comment has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.core.fingerprint import body_digest
from syncd.core.marker import OF_ISSUE, Mark
from syncd.core.model import AddNote, Link, Note

JOURNAL = "work_notes"
"""Where these notes go, wherever comments do: what became of an issue in Jira is nothing for customers."""

BACK = "back"


class Sight(StrEnum):
    """Where an issue stands, by the table above. The stored values are words of marks and columns."""

    HERE = "here"
    LEFT = "left"
    ARCHIVED = "archived"
    DELETED = "deleted"
    HIDDEN = "hidden"
    UNSETTLED = "unsettled"

    @property
    def out(self) -> bool:
        """Whether this is an answer, and means that the record is no longer kept in step."""
        return self not in (Sight.HERE, Sight.UNSETTLED)


@dataclass(frozen=True, slots=True)
class Farewell:
    """What happens to the record of an issue that is out of sight: a note, columns, or nothing."""

    note: bool = False
    set: Mapping[str, str] = field(default_factory=dict)


KEEP = Farewell()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a mapping wants done, by where the issue went. `moved` is whether a new key is told."""

    left: Farewell = KEEP
    archived: Farewell = KEEP
    deleted: Farewell = Farewell(note=True)
    hidden: Farewell = KEEP
    tell_moves: bool = False

    def farewell(self, sight: Sight) -> Farewell:
        match sight:
            case Sight.LEFT:
                return self.left
            case Sight.ARCHIVED:
                return self.archived
            case Sight.DELETED:
                return self.deleted
            case Sight.HIDDEN:
                return self.hidden
            case Sight.HERE | Sight.UNSETTLED:
                return KEEP

    @property
    def tells(self) -> bool:
        """Whether a record may be told anything."""
        return self.tell_moves or any(one.note for one in (self.left, self.archived, self.deleted, self.hidden))

    def columns(self) -> frozenset[str]:
        """Every column that it may set."""
        return frozenset(
            column for farewell in (self.left, self.archived, self.deleted, self.hidden) for column in farewell.set
        )


WHAT_HAPPENED: Mapping[Sight, str] = {
    Sight.LEFT: "is no longer among the Jira issues that are kept in step with records",
    Sight.ARCHIVED: "was archived in Jira",
    Sight.DELETED: "was deleted in Jira, or hidden from this integration",
    Sight.HIDDEN: "is no longer shown to this integration by Jira",
}


def of_comments(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes that stand for comments."""
    return tuple(note for note in notes if note.comment_id != OF_ISSUE)


def last_told(notes: Iterable[Note]) -> Note | None:
    """The last thing that the record was told of the issue itself."""
    told = [note for note in notes if note.comment_id == OF_ISSUE]
    return max(told, key=lambda note: note.version, default=None)


def farewell_note(link: Link, sight: Sight, noticed: str) -> AddNote | None:
    """The note that the issue is out of sight, unless that was the last thing told."""
    last = last_told(link.notes)
    if last is not None and last.digest == sight.value:
        return None
    name = link.issue_key if link.known_as in ("", link.issue_key) else f"{link.known_as} (now {link.issue_key})"
    mark = Mark(OF_ISSUE, _next(last), sight.value)
    when = f", as noticed at {noticed}" if noticed else ""
    return AddNote((mark,), f"{name} {WHAT_HAPPENED[sight]}{when}; this record no longer follows it {mark}")


def notes_in_sight(link: Link, lifecycle: Lifecycle) -> Iterator[AddNote]:
    """What is to be told of an issue that is here: that it is back, if it was said to be gone; that it was moved."""
    last = last_told(link.notes)
    version = _next(last)
    if last is not None and last.digest in {sight.value for sight in WHAT_HAPPENED}:
        mark = Mark(OF_ISSUE, version, BACK)
        yield AddNote((mark,), f"{link.issue_key} is back: Jira shows it again, and this record follows it {mark}")
        version += 1
    moved = f"moved-{body_digest(link.issue_key)}"
    if lifecycle.tell_moves and link.known_as not in ("", link.issue_key) and (last is None or last.digest != moved):
        mark = Mark(OF_ISSUE, version, moved)
        yield AddNote((mark,), f"{link.known_as} was moved in Jira and is {link.issue_key} now {mark}")


def journal_of(comment_id: str, comments_to: str) -> str:
    """The journal in which the note of this comment, or of the issue itself, is found."""
    return JOURNAL if comment_id == OF_ISSUE else comments_to


def _next(last: Note | None) -> int:
    return 1 if last is None else last.version + 1
