"""What became of writes that were never answered: asked of the target before anything is sent (laws 1 to 3).

| in doubt | the target shows      | then                                                                           |
|----------|-----------------------|--------------------------------------------------------------------------------|
| create   | the record            | it is adopted                                                                  |
| create   | no record             | where ids are honoured the same is sent again at once, since it collides; else |
|          |                       | it waits, and so does a create that says something else                        |
| update   | the values sent       | it arrived                                                                     |
| update   | others, or none       | it waits: what arrives late would overwrite what is sent meanwhile             |
| note     | its mark              | it arrived                                                                     |
| note     | a journal without it  | it waits; and never anything is concluded from a journal that cannot be read   |

To wait is to give the issue back until the write can arrive no more: the target's `transaction_limit` after it was
sent, which may be a moment (`still_ours.LONG`) after its intent. What was looked at counts as seen when the issue was
claimed, which was before: whatever had not arrived *then* may have arrived since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncd.core.conflict import same
from syncd.core.lifecycle import journal_of
from syncd.core.model import Applied, Link, NoteState, Record
from syncd.core.notes import notes_from_marks, resolve_intents
from syncd.core.plan import choose
from syncd.core.policy import Policy
from syncd.core.ports import Marks
from syncd.engine.failures import WaitError
from syncd.engine.recall import joined, journals, needed, unreadable
from syncd.engine.route import Route
from syncd.engine.still_ours import LONG
from syncd.store import Store, Work


class Doubts:
    """Settles the doubts of one route's issues. Raises WaitError while a write may still arrive."""

    def __init__(self, route: Route, store: Store) -> None:
        self._route = route
        self._store = store
        self._rules = route.rules()

    def settle(self, work: Work, found: Sequence[Record], *, ids_honoured: bool) -> Work:
        """The work with what was found out from the records `found`; a create that is found is left to be adopted."""
        record, _ = choose(work.link, found)
        if work.link.sent_at is not None and work.link.record_id:
            work = self._update(work, work.link.sent_at, record)
        elif work.link.sent_at is not None and record is None and not ids_honoured:
            self._wait(work, work.link.sent_at, "the create")
        return work if record is None else self._notes(work, record)

    def before_create(self, work: Work, fields: Mapping[str, str]) -> Work:
        """What a create of these fields may leave in doubt of the one before it: nothing, or one that says the same.

        While one may still arrive, no other that says something else is sent: which of them the record came of could
        not be told, and what the earlier one said would pass for a person's edit.
        """
        link = work.link
        if link.sent_at is None or _say_the_same(link.attempted, fields):
            return work
        self._wait(work, link.sent_at, "an earlier create")
        return without_doubt(work)

    def recall(self, work: Work, found: Sequence[Record]) -> Work:
        """Read back which notes the record has: the link may remember fewer, and a note is never sent by guess."""
        record, _ = choose(work.link, found)
        return work if record is None else self._notes(work, record, recalling=True)

    def _update(self, work: Work, sent_at: float, record: Record | None) -> Work:
        link = work.link
        current = {} if record is None else record.fields
        if not _arrived(link.attempted, current):
            self._wait(work, sent_at, "the update")
        applied = known_after(link, current)
        self._store.links.confirm_write(work, applied, record_id=link.record_id, number=link.record_number)
        return replace(work, link=replace(link, applied=applied, attempted={}, sent_at=None))

    def _wait(self, work: Work, sent_at: float, what: str) -> None:
        left = sent_at + self._latest() - work.claimed_at
        if left > 0:
            raise WaitError(f"{what} that was sent without an answer may still arrive", left)

    def _latest(self) -> float:
        """How long after its intent a write may arrive. What never arrives late needs no moment more: the claim
        outlasts the send.
        """
        limit = self._route.target.transaction_limit
        return limit + LONG if limit else 0.0

    def _notes(self, work: Work, record: Record, *, recalling: bool = False) -> Work:
        """Read the journal back where a note is in doubt, or where it may hold notes that we do not remember."""
        link = work.link
        adopting = recalling or not link.record_id
        if not adopting and not any(note.state is NoteState.INTENT for note in link.notes):
            return work
        limit = self._latest()
        marks = self._marks(record, link, adopting=adopting)
        resolution = resolve_intents(link.notes, marks.found, readable=marks.readable, now=work.claimed_at, limit=limit)
        posted = (*resolution.posted, *notes_from_marks(marks.found, link.notes))
        if posted or resolution.withdrawn:
            self._store.links.resolve_notes(work, posted, resolution.withdrawn)
        if not marks.readable and (resolution.open or (adopting and self._may_hold_notes(link))):
            step = f"reading the notes of {record.number} back"
            raise unreadable(self._route.mapping.target.connection, step, "the journal")
        if resolution.open:
            left = resolution.settles_at - work.claimed_at
            raise WaitError("a note that was sent without an answer may still arrive", left)
        settled = {(note.comment_id, note.version) for note in (*posted, *resolution.withdrawn)}
        kept = tuple(note for note in link.notes if (note.comment_id, note.version) not in settled)
        return replace(work, link=replace(link, notes=(*kept, *posted)))

    def _marks(self, record: Record, link: Link, *, adopting: bool) -> Marks:
        """What the journals say that matter here: usually one, and two where comments go to another than our own."""
        to = self._rules.notes.to
        doubtful = {journal_of(note.comment_id, to) for note in link.notes if note.state is NoteState.INTENT}
        columns = doubtful | journals(self._rules) if adopting else doubtful
        read = {column: self._route.target.marks(record.id, column) for column in sorted(columns)}
        marks = joined(read, needed(self._rules) | doubtful)
        theirs = self._store.linkage.of_others(link, record.id) if adopting else frozenset()
        return replace(marks, found=frozenset(mark for mark in marks.found if mark.comment_id not in theirs))

    def _may_hold_notes(self, link: Link) -> bool:
        """Not a record that we were creating: no note is sent before a create is confirmed."""
        return link.sent_at is None and self._rules.policy is not Policy.CREATE_ONLY


def is_in_doubt(link: Link) -> bool:
    """Whether something was sent for this link, of its record or of a note, whose fate is not known."""
    return link.sent_at is not None or any(note.state is NoteState.INTENT for note in link.notes)


def without_doubt(work: Work) -> Work:
    """The work when what was sent for it can arrive no more."""
    return replace(work, link=replace(work.link, sent_at=None, attempted={}))


def known_after(link: Link, current: Mapping[str, str]) -> dict[str, Applied]:
    """What we know of the fields once what was attempted can arrive no more.

    A column that is not shown tells nothing: it is known as sent if the others prove that the write arrived, and not
    known at all otherwise.
    """
    arrived = _arrived(link.attempted, current)
    known = dict(link.applied)
    for name, sent in link.attempted.items():
        if arrived or same(current.get(name, ""), sent):
            known[name] = Applied(sent, current.get(name))
        elif name not in current:
            known.pop(name, None)
    return known


def _arrived(attempted: Mapping[str, str], current: Mapping[str, str]) -> bool:
    """Whether the target shows what was attempted: one write, so its visible part speaks for all of it."""
    shown = [same(sent, current[name]) for name, sent in attempted.items() if name in current]
    return bool(shown) and all(shown)


def _say_the_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(same(one.get(name, ""), other.get(name, "")) for name in {**one, **other})
