"""Which issue is which record, as operators set it: adopt, detach, carry out of one database and into another, restore.

No verb here touches a link that a worker has in hand, and none takes a record away from a link: that is `detach`. A
claim that has run out is nobody's hand: its link is taken, and its worker, should it wake up, finds its token gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, or_, select, update

from syncd.core.marker import OF_ISSUE
from syncd.core.model import Link, Note, NoteState
from syncd.core.pages import pages_of
from syncd.errors import RefusedError
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.naming import named
from syncd.store.rows import notes_by_link, notes_of
from syncd.store.tables import links, notes

PAGE = 500

TOGETHER = 100
"""Ties remembered in one transaction: a million of them must not keep the daemon from the database for minutes."""


@dataclass(frozen=True, slots=True)
class Tie:
    """That this issue and that record are one, with the notes that are known to be in the record's journal.

    `record_id` may be "" if the issue is detached: nothing is to be created for it.
    """

    mapping: str
    site: str
    issue_id: str
    issue_key: str
    record_id: str
    record_number: str
    notes: tuple[Note, ...] = ()
    detached: bool = False


class Came(StrEnum):
    """What became of a tie that was to be remembered."""

    NEW = "new"
    KNOWN = "known"
    BUSY = "busy"  # a worker has the issue in hand
    OTHER = "other"  # the issue is tied to another record
    TAKEN = "taken"  # the record is tied to another issue of the mapping


class Linkage:
    """The verbs of ties. Each is one transaction, but for `restore`, which may be repeated, and takes one for some."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def restore(self, ties: Iterable[Tie]) -> list[tuple[Tie, Came]]:
        """Remember these, and which notes were written; what is known already is not changed."""
        done = []
        for some in pages_of(ties, TOGETHER):
            with self._database.write() as connection:
                done += [(tie, _restore(connection, tie)) for tie in _in_order(connection, some)]
        return done

    def adopt(self, tie: Tie) -> Came:
        """Tie this issue to this record by an operator's word; a link that was detached may get another record."""
        with self._database.write() as connection:
            row = _row(connection, tie)
            against = _against(connection, row, tie)
            if against is not None and not (against is Came.OTHER and row.detached_at is not None):
                return against
            if row.record_id != tie.record_id:
                connection.execute(delete(notes).where(notes.c.link_id == row.id))
                connection.execute(
                    update(links)
                    .where(links.c.id == row.id)
                    .values(applied={}, attempted={}, sent_at=None, record_id="")
                )
            connection.execute(update(links).where(links.c.id == row.id).values(detached_at=None))
            return _restore(connection, tie)

    def of(self, name: str, mapping: str | None = None) -> list[Tie]:
        """The links with this issue key or id, record number or sys_id."""
        with self._database.read() as connection:
            rows = connection.execute(select(links).where(*_named(name, mapping))).all()
            written = notes_by_link(connection, [row.id for row in rows])
        return [_tie(row, notes_of(written.get(row.id, ()))) for row in rows]

    def of_others(self, link: Link, record_id: str) -> frozenset[str]:
        """The comments whose notes are in this record since it was another issue's: not this link's to look after."""
        with self._database.read() as connection:
            return _of_others(connection, link.mapping, link.site, link.issue_id, record_id)

    def detach(self, name: str, mapping: str | None = None) -> list[Tie]:
        """Leave these links alone from now on; named as in `of`. Returns them."""
        with self._database.write() as connection:
            rows = connection.execute(_locked(*_named(name, mapping))).all()
            if any(row.in_hand for row in rows):
                raise RefusedError(f"{name} is being worked on this moment; try again in some seconds")
            connection.execute(
                update(links)
                .where(links.c.id.in_([row.id for row in rows]))
                .values(
                    detached_at=now(), owner=None, due_at=None, cause="", error="", attempts=0, failing_since=None,
                    waiting="", ceiling="", held="",
                )
            )  # fmt: skip
            return [_tie(row, ()) for row in rows]

    def all(self, mapping: str | None = None) -> Iterator[Tie]:
        """Every tie, and what is detached without one; page by page, so that a million of them need no memory."""
        last = 0
        while True:
            said = or_(links.c.record_id != "", links.c.detached_at.is_not(None))
            query = select(links).where(links.c.id > last, said).order_by(links.c.id).limit(PAGE)
            with self._database.read() as connection:
                rows = connection.execute(query.where(links.c.mapping == mapping) if mapping else query).all()
                written = notes_by_link(connection, [row.id for row in rows])
            for row in rows:
                yield _tie(row, notes_of(written.get(row.id, ())))
            if len(rows) < PAGE:
                return
            last = rows[-1].id


def _named(name: str, mapping: str | None) -> list[ColumnElement[bool]]:
    return [named(name), *([links.c.mapping == mapping] if mapping else [])]


def _restore(connection: Connection, tie: Tie) -> Came:
    row = _row(connection, tie)
    against = _against(connection, row, tie)
    if against is not None:
        return against
    known = row.record_id == tie.record_id and (row.record_id != "" or row.detached_at is not None)
    missing = _missing(connection, row, tie)
    if missing:
        connection.execute(insert(notes).values(link_id=row.id), [asdict(note) for note in missing])
    detached = row.detached_at if known else (now() if tie.detached else None)
    if not known or missing:
        connection.execute(
            update(links)
            .where(links.c.id == row.id)
            # What was applied before is not known: the fingerprint of it proves nothing any more.
            .values(
                record_id=tie.record_id, record_number=tie.record_number, fingerprint="", detached_at=detached,
                issue_updated_ms=None, owner=None, **({"due_at": None} if detached is not None else {}),
            )
        )  # fmt: skip
    return Came.KNOWN if known else Came.NEW


def _against(connection: Connection, row: Any, tie: Tie) -> Came | None:
    """What stands against this tie, if anything does. What the link was tied to before comes last: it may be let go.

    A record may be that of any number of detached links.
    """
    if row.in_hand:
        return Came.BUSY
    rivals = select(links.c.id).where(
        links.c.record_id == tie.record_id, links.c.mapping == tie.mapping, links.c.id != row.id,
        links.c.detached_at.is_(None),
    )  # fmt: skip
    if not tie.detached and connection.execute(rivals.limit(1)).first() is not None:
        return Came.TAKEN
    return None if row.record_id in ("", tie.record_id) else Came.OTHER


def _in_order(connection: Connection, ties: Sequence[Tie]) -> list[Tie]:
    """These, each with a link, in the order in which everybody locks links: new ones by issue, then all by id."""
    for tie in sorted(ties, key=lambda tie: (tie.mapping, tie.site, tie.issue_id)):
        _make(connection, tie)
    ids = {tie: connection.execute(select(links.c.id).where(*_of(tie))).scalar_one() for tie in ties}
    return sorted(ties, key=lambda tie: ids[tie])


def _row(connection: Connection, tie: Tie) -> Any:
    """The link of this issue, made if it is not there, and locked."""
    _make(connection, tie)
    return connection.execute(_locked(*_of(tie))).one()


def _make(connection: Connection, tie: Tie) -> None:
    values = {"mapping": tie.mapping, "site": tie.site, "issue_id": tie.issue_id, "issue_key": tie.issue_key}
    connection.execute(insert_if_absent(connection, links, {**values, "created_at": now()}))


def _of(tie: Tie) -> tuple[ColumnElement[bool], ...]:
    return links.c.mapping == tie.mapping, links.c.site == tie.site, links.c.issue_id == tie.issue_id


def _locked(*these: ColumnElement[bool]) -> Select[Any]:
    """These links, locked in the order of their ids, and whether a worker has them `in_hand`."""
    in_hand = and_(links.c.owner.is_not(None), links.c.due_at > now()).label("in_hand")
    return select(links, in_hand).where(*these).order_by(links.c.id).with_for_update()


def _missing(connection: Connection, row: Any, tie: Tie) -> list[Note]:
    """The notes of this issue that are known to be written and not yet remembered as such."""
    settled = (NoteState.POSTED, NoteState.OMITTED)
    remembered = {
        (note.comment_id, note.version) for note in notes_of(notes_by_link(connection, [row.id]).get(row.id, ()))
    }
    theirs = _of_others(connection, tie.mapping, tie.site, tie.issue_id, tie.record_id)
    return [
        note
        for note in tie.notes
        if note.state in settled and (note.comment_id, note.version) not in remembered and note.comment_id not in theirs
    ]


def _of_others(connection: Connection, mapping: str, site: str, issue_id: str, record_id: str) -> frozenset[str]:
    query = select(notes.c.comment_id).join_from(notes, links).where(
        links.c.record_id == record_id, links.c.mapping == mapping, links.c.site == site,
        links.c.issue_id != issue_id, notes.c.comment_id != OF_ISSUE,
    )  # fmt: skip
    return frozenset(connection.execute(query).scalars()) if record_id else frozenset()


def _tie(row: Any, written: tuple[Note, ...]) -> Tie:
    return Tie(
        row.mapping,
        row.site,
        row.issue_id,
        row.issue_key,
        row.record_id,
        row.record_number,
        written,
        row.detached_at is not None,
    )
