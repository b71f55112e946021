"""How much each mapping has written in its cycle, counted for all replicas together, and what waits because of it.

A write is counted in the transaction that stores its intent, and refused there: no two processes can both be the last
one below a ceiling. Whatever was asked for by name, by a backfill, is not counted. What was sent counts, even if it was
refused: a ceiling is there for the day on which nothing is as expected.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from syncd.core.policy import FIRST_CYCLES, Ceiling, Ceilings
from syncd.errors import CeilingError
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.marking import Priority
from syncd.store.tables import ceilings, links

Toll = tuple[Ceiling, int]
"""What a write counts as, and how many of these there may be."""


def tolls(limits: Ceilings, ceiling: Ceiling, priority: Priority) -> Sequence[Toll]:
    """What a write of this kind has to pass. Live work passes the cycle's ceiling, a first listing its own besides."""
    if priority is Priority.BACKFILL:
        return ()
    named = [ceiling, Ceiling.FIRST] if ceiling is Ceiling.CREATE and priority is Priority.FIRST else [ceiling]
    return [(one, limit) for one in named if (limit := limits.limit(one)) is not None]


class CycleCounts:
    """The verbs of ceilings. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_cycle(self, mapping: str) -> None:
        """A cycle begins: all counts but that of the first listing start anew."""
        with self._database.write() as connection:
            connection.execute(
                update(ceilings)
                .where(ceilings.c.mapping == mapping, ceilings.c.ceiling != Ceiling.FIRST, ceilings.c.used > 0)
                .values(used=0)
            )

    def held_back(self) -> dict[tuple[str, Ceiling], int]:
        """How many issues wait because of which ceiling of which mapping."""
        query = (
            select(links.c.mapping, links.c.ceiling, func.count().label("issues"))
            .where(links.c.due_at.is_not(None), links.c.ceiling != "")
            .group_by(links.c.mapping, links.c.ceiling)
        )
        with self._database.read() as connection:
            return {(row.mapping, Ceiling(row.ceiling)): row.issues for row in connection.execute(query)}

    def bar(self, mapping: str, ceiling: Ceiling) -> None:
        """What is due and would surely run into this ceiling need not be fetched to find that out."""
        if ceiling is Ceiling.CLOSE:
            return  # nobody can tell before the issue is looked at
        which = [links.c.priority == Priority.FIRST] if ceiling is Ceiling.FIRST else []
        unmade = (
            select(links.c.id)
            .where(
                links.c.mapping == mapping,
                links.c.due_at <= now(),
                links.c.owner.is_(None),
                links.c.record_id == "",
                links.c.sent_at.is_(None),
                links.c.priority != Priority.BACKFILL,
                links.c.ceiling == "",
                *which,
            )
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            connection.execute(
                update(links)
                .where(links.c.id.in_(unmade.scalar_subquery()))
                .values(ceiling=ceiling, waiting=sentence(mapping, ceiling))
            )


def spend(connection: Connection, mapping: str, passed: Sequence[Toll]) -> None:
    """Count one write, inside the transaction of its intent. Raises CeilingError if there is no room for it."""
    for ceiling, limit in passed:
        if _counted(connection, mapping, ceiling, limit):
            continue
        connection.execute(insert_if_absent(connection, ceilings, {"mapping": mapping, "ceiling": ceiling}))
        if not _counted(connection, mapping, ceiling, limit):
            raise CeilingError(sentence(mapping, ceiling), ceiling=ceiling)


def _counted(connection: Connection, mapping: str, ceiling: Ceiling, limit: int) -> bool:
    this = (ceilings.c.mapping == mapping, ceilings.c.ceiling == ceiling, ceilings.c.used < limit)
    return connection.execute(update(ceilings).where(*this).values(used=ceilings.c.used + 1)).rowcount == 1


def passable(mapping: str, limits: Ceilings) -> ColumnElement[bool]:
    """Which links no ceiling holds back now: in a new cycle, those of the one before are free again."""
    free = [links.c.ceiling == ""]
    for ceiling in Ceiling:
        limit = limits.limit(ceiling)
        this = links.c.ceiling == ceiling
        used = select(ceilings.c.used).where(ceilings.c.mapping == mapping, ceilings.c.ceiling == ceiling)
        free.append(this if limit is None else and_(this, func.coalesce(used.scalar_subquery(), 0) < limit))
    return or_(*free)


def sentence(mapping: str, ceiling: Ceiling) -> str:
    """Why an issue is held back, and what to do if that is wrong."""
    match ceiling:
        case Ceiling.CREATE:
            return "this cycle has created as many records as ceilings.create allows; the issue waits for the next one"
        case Ceiling.CLOSE:
            return "this cycle has closed as many records as ceilings.close allows; the issue waits for the next one"
        case Ceiling.FIRST:
            return (
                f"the first listing of this mapping has led to {FIRST_CYCLES} times as many records as ceilings.create "
                f"allows in a cycle; if the query is right, `syncd backfill --mapping {mapping}` lets the rest pass"
            )
