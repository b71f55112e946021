"""Intents before a call, receipts after it (laws 1, 2 and 4). Every verb is fenced by the claim and renews it.

The intent of a write is in the database before the write leaves this machine. What a crash leaves behind is therefore
either nothing, or an intent whose fate can be asked of the target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, case, delete, insert, select, update

from syncd.core.marker import Mark
from syncd.core.model import Applied, Link, Note, NoteState
from syncd.store.ceilings import Toll, spend
from syncd.store.claims import CLAIM_SECONDS
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.loops import count_write, forget_writes, uncount_write
from syncd.store.queue import Work, hold
from syncd.store.rows import applied_to_json, link_of, notes_by_link, notes_of
from syncd.store.tables import links, notes

NO_TIMES: Mapping[str, int | None] = MappingProxyType({})


class Links:
    """What we were doing to a record, and what came of it."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
        self._database = database
        self._claim_seconds = claim_seconds

    def time(self) -> float:
        """The database's clock, in epoch seconds."""
        with self._database.read() as connection:
            return float(connection.execute(select(now())).scalar_one())

    def example(self, mapping: str) -> Link | None:
        """The newest link of the mapping that has a record."""
        known = select(links).where(links.c.mapping == mapping, links.c.record_id != "")
        query = known.order_by(links.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else link_of(row, ())

    def known(self, mapping: str, site: str, issue_ids: Sequence[str]) -> dict[str, Link]:
        """The links of these issues, by issue id, with their notes."""
        query = select(links).where(links.c.mapping == mapping, links.c.site == site, links.c.issue_id.in_(issue_ids))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            written = notes_by_link(connection, [row.id for row in rows])
        return {row.issue_id: link_of(row, notes_of(written.get(row.id, ()))) for row in rows}

    def intend_write(
        self, work: Work, fields: Mapping[str, str], omitted: Iterable[Note] = (), passed: Sequence[Toll] = ()
    ) -> None:
        """A create or an update of these fields is about to be sent, and counts against the ceilings `passed`.

        Raises CeilingError if one of them is reached, LoopError if this record was written too often of late.

        `omitted` are the comments that a create leaves out for good: what was there before the record must be known
        even if the answer never comes.
        """
        attempted = {**work.link.attempted, **fields}
        with self._database.write() as connection:
            spend(connection, work.link.mapping, passed)
            self._hold(connection, work, sent_at=now(), attempted=attempted)
            if work.link.record_id:
                count_write(connection, work)
            if not work.link.record_id:
                connection.execute(delete(notes).where(notes.c.link_id == work.id, notes.c.state == NoteState.OMITTED))
                _remember(connection, work, omitted)

    def confirm_write(self, work: Work, applied: Mapping[str, Applied], *, record_id: str, number: str) -> None:
        """The target confirmed: this is the record, and this is what we know of all its fields. No doubt is left."""
        with self._database.write() as connection:
            self._hold(
                connection,
                work,
                sent_at=None,
                attempted={},
                applied=applied_to_json(applied),
                record_id=record_id,
                record_number=number,
            )

    def intend_still(self, work: Work) -> None:
        """What is intended has not left yet, and is about to: its time begins now."""
        with self._database.write() as connection:
            self._hold(connection, work, sent_at=case((links.c.sent_at.is_not(None), now())))
            connection.execute(
                update(notes).where(notes.c.link_id == work.id, notes.c.state == NoteState.INTENT).values(sent_at=now())
            )

    def withdraw_write(self, work: Work) -> None:
        """The target refused, and nothing was written: only what was in doubt of this work before is so still."""
        with self._database.write() as connection:
            if work.link.record_id:
                uncount_write(connection, work)
            self._hold(connection, work, sent_at=work.link.sent_at, attempted=dict(work.link.attempted))

    def intend_note(
        self,
        work: Work,
        marks: Sequence[Mark],
        confirmed: Sequence[Mark] = (),
        edited_ms: Mapping[str, int | None] = NO_TIMES,
    ) -> None:
        """This note is about to be sent. `confirmed` is the receipt of the one before it: one transaction for both.

        `edited_ms` is remembered with the marks, by comment id.
        """
        with self._database.write() as connection:
            self._hold(connection, work)
            _confirm(connection, work, confirmed)
            connection.execute(
                insert(notes).values(link_id=work.id, state=NoteState.INTENT, sent_at=now()),
                [
                    {
                        "comment_id": mark.comment_id,
                        "version": mark.version,
                        "digest": mark.digest,
                        "edited_ms": edited_ms.get(mark.comment_id),
                    }
                    for mark in marks
                ],
            )

    def withdraw_note(self, work: Work, marks: Sequence[Mark]) -> None:
        """The target refused this note, or never got it."""
        with self._database.write() as connection:
            self._hold(connection, work)
            for mark in marks:
                connection.execute(delete(notes).where(*_this(work, mark.comment_id, mark.version)))

    def confirm_note(self, work: Work, marks: Sequence[Mark]) -> None:
        """The target confirmed this note."""
        with self._database.write() as connection:
            self._hold(connection, work)
            _confirm(connection, work, marks)

    def resolve_notes(self, work: Work, posted: Iterable[Note], withdrawn: Iterable[Note]) -> None:
        """The journal was read: these notes arrived (whether we remembered them or not), those did not."""
        with self._database.write() as connection:
            self._hold(connection, work)
            arrived = list(posted)
            forget_writes(connection, work, arrived)
            _remove(connection, work, withdrawn)
            _remember(connection, work, arrived)

    def _hold(self, connection: Connection, work: Work, **values: object) -> None:
        # From the first step on, the record is no longer as the fingerprint says. An issue that is changed back after
        # a crash would otherwise count as unchanged, and what was written in between would stay.
        hold(connection, work, due_at=now() + self._claim_seconds, fingerprint="", **values)


def _confirm(connection: Connection, work: Work, marks: Sequence[Mark]) -> None:
    forget_writes(connection, work, marks)
    for mark in marks:
        this = _this(work, mark.comment_id, mark.version)
        connection.execute(update(notes).where(*this).values(state=NoteState.POSTED))


def _remember(connection: Connection, work: Work, written: Iterable[Note]) -> None:
    rows = list(written)
    _remove(connection, work, rows)
    if rows:
        connection.execute(insert(notes).values(link_id=work.id), [asdict(note) for note in rows])


def _remove(connection: Connection, work: Work, written: Iterable[Note]) -> None:
    for note in written:
        connection.execute(delete(notes).where(*_this(work, note.comment_id, note.version)))


def _this(work: Work, comment_id: str, version: int) -> tuple[ColumnElement[bool], ...]:
    return notes.c.link_id == work.id, notes.c.comment_id == comment_id, notes.c.version == version
