"""What a scrape asks: all figures of all mappings at one moment, cheap enough for every few seconds.

Links that rest are counted in an index alone. Everything else concerns links that are due, now or later, which have an
index of their own and are few while all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from syncd.core.model import NoteState
from syncd.store.clock import now
from syncd.store.cursors import Cursor, Cursors
from syncd.store.database import Database
from syncd.store.marking import Priority
from syncd.store.tables import links, notes


@dataclass(frozen=True, slots=True)
class Backlog:
    """The due links of one priority: how many, and the age in seconds of the one that waits longest."""

    due: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand `now`, on the database's clock. What is nought may be absent from a table.

    `parked` are links by mapping and cause, `barred` those that a ceiling holds back by mapping and ceiling, `held`
    those that are done with and about which a person should know something.
    """

    now: float
    linked: Mapping[str, int]
    in_doubt: Mapping[str, int]
    backlog: Mapping[tuple[str, Priority], Backlog]
    parked: Mapping[tuple[str, str], int]
    barred: Mapping[tuple[str, str], int]
    held: Mapping[str, int]
    cursors: Mapping[str, Cursor]


def figures(database: Database) -> Figures:
    """Ask for all of it."""
    pending = links.c.due_at.is_not(None)
    due = and_(links.c.due_at <= now(), links.c.owner.is_(None))
    intents = select(notes.c.link_id).where(notes.c.state == NoteState.INTENT)
    unsure = or_(links.c.sent_at.is_not(None), links.c.id.in_(intents.scalar_subquery()))
    backlog = (
        select(links.c.mapping, links.c.priority, func.count().label("due"), func.min(links.c.due_at).label("since"))
        .where(due)
        .group_by(links.c.mapping, links.c.priority)
    )
    parked = (
        select(links.c.mapping, links.c.cause, func.count().label("links"))
        .where(pending, links.c.cause != "")
        .group_by(links.c.mapping, links.c.cause)
    )
    barred = (
        select(links.c.mapping, links.c.ceiling, func.count().label("links"))
        .where(pending, links.c.ceiling != "")
        .group_by(links.c.mapping, links.c.ceiling)
    )
    with database.read() as connection:
        moment = float(connection.execute(select(now())).scalar_one())
        every = _totals(connection.execute(_count()))
        unlinked = _totals(connection.execute(_count().where(links.c.record_id == "")))
        in_doubt = _totals(connection.execute(_count().where(pending, unsure)))
        due_now = {
            (row.mapping, Priority(row.priority)): Backlog(row.due, max(moment - row.since, 0.0))
            for row in connection.execute(backlog)
        }
        causes = {(row.mapping, row.cause): row.links for row in connection.execute(parked)}
        ceilings = {(row.mapping, row.ceiling): row.links for row in connection.execute(barred)}
        held = _totals(connection.execute(_count().where(links.c.held != "")))
    return Figures(
        now=moment,
        linked={mapping: total - unlinked.get(mapping, 0) for mapping, total in every.items()},
        in_doubt=in_doubt,
        backlog=due_now,
        parked=causes,
        barred=ceilings,
        held=held,
        cursors={cursor.mapping: cursor for cursor in Cursors(database).all()},
    )


def _count() -> Select[Any]:
    return select(links.c.mapping, func.count().label("links")).group_by(links.c.mapping)


def _totals(rows: Iterable[Any]) -> dict[str, int]:
    return {row.mapping: row.links for row in rows}
