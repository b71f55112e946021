"""Which notes are to be written for the comments of an issue: values in, actions out.

A comment has versions. Version 1 is the comment as first seen; a body that differs from the latest version we wrote is
the next one; a comment that vanished gets a last version without a digest. Which of them become notes is the mapping's
choice (`CommentRules`). Notes in doubt are resolved first (`resolve_intents`); `plan_notes` sees none.

| latest note of the comment | comment now        | action                                          |
|----------------------------|--------------------|-------------------------------------------------|
| none                       | permitted          | AddNote, version 1 (or omitted, or folded)      |
| same digest                | permitted          | nothing                                         |
| other digest, same time    | permitted          | nothing: Jira converts it otherwise than before |
| other digest               | permitted          | AddNote "edited", next version (policy edited)  |
| with a digest              | absent or withheld | AddNote "gone", next version (policy deleted)   |
| "gone"                     | absent or withheld | nothing                                         |
| "gone"                     | permitted          | AddNote, next version                           |
| omitted                    | any                | nothing                                         |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core.marker import Mark, without_marks
from syncd.core.model import AddNote, DesiredNote, Note, NoteState
from syncd.core.policy import CommentPolicy, CommentRules, HistoryPolicy

FOLD_LIMIT = 30_000
"""Characters after which folded history goes on in a further note: the journal takes more, readers do not."""


@dataclass(frozen=True, slots=True)
class NotePlan:
    actions: tuple[AddNote, ...] = ()
    omitted: tuple[Note, ...] = ()


def plan_notes(
    issue_key: str,
    wanted: Sequence[DesiredNote],
    written: Sequence[Note],
    rules: CommentRules,
    *,
    born: datetime | None,
) -> NotePlan:
    """The notes to write, oldest comment first. `born` is when the record was created, None if it is not yet.

    History is told by time and not by what we did last, so that it stays history after a crash and in a record found.
    But `born` is of another clock: of what is left out, nothing is newer than a comment that we know. Ids grow.
    """
    if not rules.enabled:
        return NotePlan()
    latest = latest_of(written) if born is not None else {}
    ordered = sorted(wanted, key=lambda note: (note.created, int(note.comment_id)))
    history = [n for n in ordered if n.comment_id not in latest and (born is None or n.created <= born)]
    folded: tuple[AddNote, ...] = ()
    omitted: tuple[Note, ...] = ()
    match rules.history:
        case HistoryPolicy.NONE:
            newest = max(map(int, latest), default=None)
            history = [n for n in history if newest is None or int(n.comment_id) < newest]
            omitted = tuple(Note(n.comment_id, 1, n.digest, NoteState.OMITTED, edited_ms=n.edited_ms) for n in history)
        case HistoryPolicy.FOLD if len(history) > 1:
            folded = _folded(issue_key, history)
        case _:
            history = []
    earlier = {note.comment_id for note in history}
    later = [note for note in ordered if note.comment_id not in earlier]
    actions = [_for_comment(issue_key, note, latest.get(note.comment_id), rules) for note in later]
    present = {note.comment_id for note in wanted}
    vanished = [note for comment_id, note in latest.items() if comment_id not in present]
    actions += [_gone(issue_key, note) for note in vanished if _to_be_said(note, rules)]
    return NotePlan((*folded, *(action for action in actions if action is not None)), omitted)


def latest_of(written: Iterable[Note]) -> Mapping[str, Note]:
    """The highest version of each comment."""
    return {note.comment_id: note for note in sorted(written, key=lambda note: note.version)}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of the notes in doubt: those that arrived, those that did not, those nobody can tell yet."""

    posted: tuple[Note, ...] = ()
    withdrawn: tuple[Note, ...] = ()
    open: tuple[Note, ...] = ()
    settles_at: float = 0.0  # when the last of the open ones can have arrived no more


def resolve_intents(
    notes: Sequence[Note], found: frozenset[Mark], *, readable: bool, now: float, limit: float
) -> Resolution:
    """Compare the notes in doubt with the marks found in the journal.

    A missing mark proves something only if the journal is readable and the request can no longer arrive, which is
    `limit` seconds after it was sent (all times are the database's).
    """
    exact = {(mark.comment_id, mark.version, mark.digest): mark for mark in found}
    by_version = _by_version(found)
    posted, withdrawn, still_open = [], [], []
    for note in notes:
        if note.state is not NoteState.INTENT:
            continue
        version = (note.comment_id, note.version)
        mark = exact.get((*version, note.digest)) or by_version.get(version)
        if mark is not None:
            ours = mark.digest == note.digest
            edited_ms = note.edited_ms if ours else None  # the time of another text says nothing
            posted.append(replace(note, digest=mark.digest, state=NoteState.POSTED, edited_ms=edited_ms))
        elif readable and now >= note.sent_at + limit:
            withdrawn.append(note)
        else:
            still_open.append(note)
    settles_at = max((note.sent_at + limit for note in still_open), default=0.0)
    return Resolution(tuple(posted), tuple(withdrawn), tuple(still_open), settles_at)


def notes_from_marks(found: Iterable[Mark], known: Iterable[Note]) -> tuple[Note, ...]:
    """The notes that the journal holds and we do not remember: how a lost database is made whole (law 11)."""
    remembered = {(note.comment_id, note.version) for note in known}
    return tuple(
        Note(mark.comment_id, mark.version, mark.digest, NoteState.POSTED)
        for version, mark in _by_version(found).items()
        if version not in remembered
    )


def _by_version(found: Iterable[Mark]) -> Mapping[tuple[str, int], Mark]:
    """One mark for each version, in order. A journal may hold two of one version; which counts must not be chance."""
    ordered = sorted(found, key=lambda mark: (int(mark.comment_id), mark.version, mark.digest))
    return {(mark.comment_id, mark.version): mark for mark in ordered}


def _for_comment(issue_key: str, desired: DesiredNote, latest: Note | None, rules: CommentRules) -> AddNote | None:
    if latest is None:
        return _note(issue_key, desired, 1)
    if latest.state is NoteState.OMITTED or latest.digest == desired.digest:
        return None
    if latest.digest == "":
        return _note(issue_key, desired, latest.version + 1, "can be seen again")
    if rules.edited is CommentPolicy.SKIP or _only_converted(desired, latest):
        return None
    return _note(issue_key, desired, latest.version + 1, "was edited")


def _only_converted(desired: DesiredNote, latest: Note) -> bool:
    """Whether nobody touched the comment, and Jira only gives it in other words (the body is converted for us)."""
    return desired.edited_ms is not None and desired.edited_ms == latest.edited_ms


def _to_be_said(latest: Note, rules: CommentRules) -> bool:
    return latest.state is not NoteState.OMITTED and latest.digest != "" and rules.deleted is CommentPolicy.NOTE


def _note(issue_key: str, desired: DesiredNote, version: int, since: str = "") -> AddNote:
    """`since` is what became of the comment after it was written. Not by whom: an administrator may have edited it."""
    mark = Mark(desired.comment_id, version, desired.digest)
    heading = _heading(issue_key, desired)
    first = f"What {heading} {since} {mark}" if since else f"{heading} {mark}"
    return AddNote((mark,), f"{first}\n{_body(desired)}", _edited([desired]))


def _gone(issue_key: str, latest: Note) -> AddNote:
    mark = Mark(latest.comment_id, latest.version + 1, "")
    return AddNote((mark,), f"A comment on {issue_key} was deleted in Jira, or hidden from this integration {mark}")


def _folded(issue_key: str, ordered: Sequence[DesiredNote]) -> tuple[AddNote, ...]:
    """All comments in as few notes as stay readable; the first line of each note carries the marks of all in it."""
    groups: list[list[DesiredNote]] = [[]]
    size = 0
    for note in ordered:
        if groups[-1] and size + len(note.text) > FOLD_LIMIT:
            groups.append([])
            size = 0
        groups[-1].append(note)
        size += len(note.text)
    return tuple(_fold(issue_key, group) for group in groups)


def _fold(issue_key: str, group: Sequence[DesiredNote]) -> AddNote:
    marks = tuple(Mark(note.comment_id, 1, note.digest) for note in group)
    first = f"{len(group)} earlier comments on {issue_key} {' '.join(map(str, marks))}"
    sections = [f"{_heading(issue_key, note)}\n{_body(note)}" for note in group]
    return AddNote(marks, "\n\n".join([first, *sections]), _edited(group))


def _edited(wanted: Iterable[DesiredNote]) -> Mapping[str, int | None]:
    return {note.comment_id: note.edited_ms for note in wanted}


def _heading(issue_key: str, note: DesiredNote) -> str:
    author = without_marks(" ".join(note.author.split())) or "Somebody"
    return f"{author} commented on {issue_key} at {stamp(note.created)}"


def _body(note: DesiredNote) -> str:
    return without_marks(note.text)


def stamp(moment: datetime) -> str:
    """A time as it reads in a note: UTC to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
