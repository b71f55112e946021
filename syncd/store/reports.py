"""What operators ask the store: counts per mapping, parked issues, single links; and the two verbs of parking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from syncd.core.model import NoteState
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.tables import links, notes


@dataclass(frozen=True, slots=True)
class Counts:
    """One mapping in numbers. `oldest_due` is the age in seconds of the longest-waiting due link.

    `in_doubt` are links with a write, be it of fields or of a note, whose fate is not known yet. What nobody can ask
    about any more, since the issue or the record is out of sight, is not among them. `held` are issues about which
    something is not done until a person decides; `held_back` wait because of a ceiling, and are not counted as due.
    """

    mapping: str
    links: int
    linked: int
    due: int
    waiting: int
    parked: int
    in_doubt: int
    notes: int
    oldest_due: float | None
    held: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Parked:
    """A link that failed, with its cause; `retry_in` seconds until it is tried again, negative when overdue."""

    mapping: str
    issue_id: str
    issue_key: str
    record_number: str
    cause: str
    error: str
    attempts: int
    failing_for: float
    retry_in: float


@dataclass(frozen=True, slots=True)
class Linked:
    """One link for lists: the issue, the record, and when it was last applied."""

    mapping: str
    issue_id: str
    issue_key: str
    record_id: str
    record_number: str
    applied_at: float | None
    cause: str


class Reports:
    """Questions about all links at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> list[Counts]:
        due = and_(links.c.due_at <= now(), links.c.owner.is_(None), links.c.ceiling == "")
        parked = links.c.cause != ""
        held_back = and_(links.c.due_at.is_not(None), links.c.ceiling != "")
        query = (
            select(
                links.c.mapping,
                func.count().label("links"),
                _count(links.c.record_id != "").label("linked"),
                _count(due).label("due"),
                _count(links.c.due_at.is_not(None)).label("waiting"),
                _count(parked).label("parked"),
                _count(_in_doubt()).label("in_doubt"),
                (now() - func.min(links.c.due_at).filter(due)).label("oldest_due"),
                _count(links.c.held != "").label("held"),
                _count(held_back).label("held_back"),
            )
            .group_by(links.c.mapping)
            .order_by(links.c.mapping)
        )
        posted = (
            select(links.c.mapping, func.count().label("notes"))
            .join_from(notes, links)
            .where(notes.c.state == NoteState.POSTED)
            .group_by(links.c.mapping)
        )
        with self._database.read() as connection:
            written = {row.mapping: row.notes for row in connection.execute(posted)}
            return [
                Counts(
                    row.mapping,
                    row.links,
                    row.linked,
                    row.due,
                    row.waiting,
                    row.parked,
                    row.in_doubt,
                    written.get(row.mapping, 0),
                    row.oldest_due,
                    row.held,
                    row.held_back,
                )
                for row in connection.execute(query)
            ]

    def parked(self, mapping: str | None = None, limit: int = 1000, offset: int = 0) -> list[Parked]:
        query = (
            select(
                links,
                (now() - links.c.failing_since).label("failing_for"),
                (links.c.due_at - now()).label("retry_in"),
            )
            .where(links.c.cause != "", *_of(mapping))
            .order_by(links.c.failing_since, links.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            return [_parked(row) for row in connection.execute(query)]

    def parked_causes(self) -> dict[tuple[str, str], int]:
        """How many are parked, by mapping and cause."""
        query = (
            select(links.c.mapping, links.c.cause, func.count().label("parked"))
            .where(links.c.cause != "")
            .group_by(links.c.mapping, links.c.cause)
        )
        with self._database.read() as connection:
            return {(row.mapping, row.cause): row.parked for row in connection.execute(query)}

    def retry(self, issues: Sequence[str] = (), mapping: str | None = None) -> list[str]:
        """Make parked issues (by key or id; none named: all) due now. Returns their keys."""
        with self._database.write() as connection:
            rows = connection.execute(
                update(links)
                .where(links.c.cause != "", links.c.owner.is_(None), *_of(mapping), *_named(issues))
                .values(due_at=now())
                .returning(links.c.issue_key)
            ).all()
        return sorted(row.issue_key for row in rows)

    def drop(self, issues: Sequence[str], mapping: str | None = None) -> list[str]:
        """Stop trying these parked issues until they change again.

        Their links stay, also without a record: a census would take up again what nobody knows of.
        """
        with self._database.write() as connection:
            chosen = [links.c.cause != "", links.c.owner.is_(None), *_of(mapping), *_named(issues)]
            settled = connection.execute(
                update(links)
                .where(*chosen)
                .values(due_at=None, done=links.c.wanted, cause="", error="", attempts=0, failing_since=None)
                .returning(links.c.issue_key)
            ).all()
        return sorted(row.issue_key for row in settled)

    def links(
        self, mapping: str | None = None, limit: int = 100, offset: int = 0, *, in_doubt: bool = False
    ) -> list[Linked]:
        """The last applied first. `in_doubt`: only those that the counts call so."""
        these = [*_of(mapping), *([_in_doubt()] if in_doubt else [])]
        query = select(links).where(*these).order_by(links.c.applied_at.desc(), links.c.id.desc())
        with self._database.read() as connection:
            return [linked_of(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def find(self, name: str) -> list[Linked]:
        """Links by issue key, issue id, record number or sys_id."""
        query = select(links).where(
            or_(
                links.c.issue_key == name,
                links.c.issue_id == name,
                links.c.record_number == name,
                links.c.record_id == name,
            )
        )
        with self._database.read() as connection:
            return [linked_of(row) for row in connection.execute(query)]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _in_doubt() -> ColumnElement[bool]:
    intents = select(notes.c.link_id).where(notes.c.state == NoteState.INTENT)
    unsure = or_(links.c.sent_at.is_not(None), links.c.id.in_(intents.scalar_subquery()))
    return and_(links.c.due_at.is_not(None), unsure)


def _of(mapping: str | None) -> list[ColumnElement[bool]]:
    return [links.c.mapping == mapping] if mapping else []


def _named(issues: Sequence[str]) -> list[ColumnElement[bool]]:
    return [or_(links.c.issue_key.in_(issues), links.c.issue_id.in_(issues))] if issues else []


def _parked(row: Any) -> Parked:
    return Parked(
        row.mapping,
        row.issue_id,
        row.issue_key,
        row.record_number,
        row.cause,
        row.error,
        row.attempts,
        row.failing_for or 0.0,
        row.retry_in or 0.0,
    )


def linked_of(row: Any) -> Linked:
    return Linked(row.mapping, row.issue_id, row.issue_key, row.record_id, row.record_number, row.applied_at, row.cause)
