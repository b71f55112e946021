"""What is known of single links, for people who look: found by search, or one with everything about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from syncd.core.model import Note
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.naming import named
from syncd.store.reports import Linked, linked_of
from syncd.store.rows import notes_by_link, notes_of
from syncd.store.tables import links


@dataclass(frozen=True, slots=True)
class Insight:
    """One link and its work item. Times are epoch seconds of the database's clock; `due_in` is seconds from now.

    `in_hand` says that a process is at it now. `unsure` are the columns of a write whose fate is not known.
    `sent` is what was sent for each of `columns`; `said` is why it waits although it did not fail, `held` what a person
    should know about it.
    """

    link: Linked
    site: str
    created_at: float
    issue_updated_ms: int | None
    changes: int
    due_in: float | None
    in_hand: bool
    attempts: int
    error: str
    failing_for: float | None
    sent_at: float | None
    unsure: tuple[str, ...]
    columns: Mapping[str, str | None]
    notes: tuple[Note, ...]
    sent: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    held: str = ""
    detached: bool = False


class Insights:
    """Questions about links by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def links(self, search: str = "", mapping: str | None = None, limit: int = 100, offset: int = 0) -> list[Linked]:
        """Links whose key or number begins with this, or whose ids are this; the last applied first."""
        conditions: list[ColumnElement[bool]] = [links.c.mapping == mapping] if mapping else []
        if search:
            begins = (links.c.issue_key, links.c.record_number)
            conditions.append(
                or_(
                    *(column.istartswith(search, autoescape=True) for column in begins),
                    links.c.issue_id == search,
                    links.c.record_id == search,
                )
            )
        query = select(links).where(*conditions).order_by(links.c.applied_at.desc().nulls_last(), links.c.id.desc())
        with self._database.read() as connection:
            return [linked_of(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def of(self, name: str) -> list[Insight]:
        """Everything about the links of this issue or record: by key, issue id, number or sys_id."""
        query = select(
            links,
            (links.c.due_at - now()).label("due_in"),
            (now() - links.c.failing_since).label("failing_for"),
        ).where(named(name))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(links.c.mapping, links.c.id).limit(50)).all()
            written = notes_by_link(connection, [row.id for row in rows])
        return [_insight(row, written.get(row.id, ())) for row in rows]


def _insight(row: Any, written: Sequence[Any]) -> Insight:
    return Insight(
        link=linked_of(row),
        site=row.site,
        created_at=row.created_at,
        issue_updated_ms=row.issue_updated_ms,
        changes=row.wanted - row.done,
        due_in=row.due_in,
        in_hand=row.owner is not None,
        attempts=row.attempts,
        error=row.error,
        failing_for=row.failing_for,
        sent_at=row.sent_at,
        unsure=tuple(sorted(row.attempted)) if row.sent_at is not None else (),
        columns={name: value["stored"] for name, value in row.applied.items()},
        notes=notes_of(sorted(written, key=lambda note: (note.sent_at, note.comment_id, note.version))),
        sent={name: value["sent"] for name, value in row.applied.items()},
        said=row.waiting,
        held=row.held,
        detached=row.detached_at is not None,
    )
