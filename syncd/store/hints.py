"""Hints: issues that somebody told us to look at. One that is lost costs time and nothing else: polling finds it too.

So they may be bounded: a flood of them is cut off, and what it told of comes with the next poll.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.pruning import forget
from syncd.store.tables import deliveries, hints

MOST_WAITING = 1000
"""Hints that may wait for one mapping: more than a person causes, fewer than a bulk edit does."""

KEEP_SECONDS = 24 * 3600.0
"""How long a delivery is known again: Jira repeats one for some hours at most (jira facts 8.4). And how long a hint
waits: one that nobody followed for a day is of a mapping that is paused or no longer there."""


class Hints:
    """The verbs of hints. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_known(self, connection_name: str, identifier: str) -> bool:
        """Whether this delivery was heard before."""
        this = (deliveries.c.connection == connection_name, deliveries.c.identifier == identifier)
        with self._database.read() as connection:
            return connection.execute(select(deliveries.c.at).where(*this)).one_or_none() is not None

    def heard(self, connection_name: str, identifier: str) -> None:
        """Know this delivery from now on."""
        values = {"connection": connection_name, "identifier": identifier, "at": now()}
        with self._database.write() as connection:
            connection.execute(insert_if_absent(connection, deliveries, values))

    def add(self, mapping: str, issue_ids: Sequence[str]) -> int:
        """Look at these issues soon. Returns how many there was no room for; one that waits already takes none."""
        with self._database.write() as connection:
            waiting = set(connection.execute(select(hints.c.issue_id).where(hints.c.mapping == mapping)).scalars())
            new = [issue_id for issue_id in dict.fromkeys(issue_ids) if issue_id not in waiting]
            room = max(MOST_WAITING - len(waiting), 0)
            for issue_id in new[:room]:
                values = {"mapping": mapping, "issue_id": issue_id, "at": now()}
                connection.execute(insert_if_absent(connection, hints, values))
        return len(new[room:])

    def take(self, mapping: str, limit: int) -> list[str]:
        """Some of the oldest, which nobody else gets."""
        if not self.waiting(mapping):  # as nearly always; and looking is cheaper than a transaction that writes
            return []
        oldest = select(hints.c.issue_id).where(hints.c.mapping == mapping).order_by(hints.c.at, hints.c.issue_id)
        # A table expression is worked out once; a plain subquery may be asked again for each row, past its limit.
        some = oldest.limit(limit).with_for_update(skip_locked=True).cte("some")
        with self._database.write() as connection:
            taken = delete(hints).where(hints.c.mapping == mapping, hints.c.issue_id.in_(select(some.c.issue_id)))
            return sorted(connection.execute(taken.returning(hints.c.issue_id)).scalars(), key=int)

    def waiting(self, mapping: str) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(hints.c.mapping == mapping)).scalar_one()

    def prune(self) -> int:
        """Forget the deliveries that nobody repeats any more, and the hints that nobody follows; returns how many."""
        return sum(forget(self._database, table, table.c.at < now() - KEEP_SECONDS) for table in (deliveries, hints))
