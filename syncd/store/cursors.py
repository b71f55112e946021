"""Where each mapping's listing stands, and the runs of `syncd backfill`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from syncd.errors import RefusedError
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.tables import backfills, cursors


@dataclass(frozen=True, slots=True)
class Cursor:
    """One mapping's position. `cursor_ms` is Jira's clock: every change before it is queued or applied.

    `error` is why the last listing failed, `work_error` why the last work was given back, `alarm` what a person must
    look at before more is believed; "" while all is well.
    `clock_skew` is by how many seconds Jira's clock was ahead of the database's at the last cycle.
    """

    mapping: str
    site: str
    cursor_ms: int | None
    last_attempt: float | None
    last_success: float | None
    error: str
    paused: bool
    work_error: str = ""
    alarm: str = ""
    clock_skew: float | None = None

    @property
    def failed(self) -> bool:
        """Whether something keeps it from its work that somebody should know of."""
        return bool(self.error or self.work_error or self.alarm)

    @property
    def stopped(self) -> bool:
        """Whether it is known why it does not work."""
        return self.paused or self.failed


@dataclass(frozen=True, slots=True)
class Backfill:
    """One request to look at all issues of a query under one meaning of the mapping, both of which `query` says.

    `cursor_ms` is how far its listing has come.
    """

    id: int
    mapping: str
    query: str
    since_ms: int | None
    cursor_ms: int | None
    listed: int


class Cursors:
    """The verbs of polling and backfilling. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, mapping: str, site: str, clock: datetime | None = None) -> Cursor:
        """A cycle begins: make sure the mapping has a row, and note the attempt, and what Jira's clock shows now.

        Refuses when the mapping was tied to another Jira before: issue ids of two sites must never meet under one name.
        """
        with self._database.write() as connection:
            connection.execute(insert_if_absent(connection, cursors, {"mapping": mapping, "site": site}))
            row = connection.execute(select(cursors).where(cursors.c.mapping == mapping)).one()
            if row.site not in ("", site):
                raise RefusedError(
                    f"mapping {mapping} was linked to the Jira at {row.site} and now finds {site}. If it is the same "
                    f"Jira under a new name, set `site: {row.site}` on its connection; if it is another, give the "
                    "mapping a new name"
                )
            skew = {} if clock is None else {"clock_skew": literal(clock.timestamp()) - now()}
            connection.execute(
                update(cursors).where(cursors.c.mapping == mapping).values(last_attempt=now(), site=site, **skew)
            )
            return _cursor(connection.execute(select(cursors).where(cursors.c.mapping == mapping)).one())

    def attempted(self, mapping: str) -> None:
        """A cycle was tried, even if it did not come as far as `begin`."""
        with self._database.write() as connection:
            connection.execute(insert_if_absent(connection, cursors, {"mapping": mapping}))
            connection.execute(update(cursors).where(cursors.c.mapping == mapping).values(last_attempt=now()))

    def succeeded(self, mapping: str) -> None:
        self._set(mapping, last_success=now(), error="")

    def failed(self, mapping: str, error: str) -> None:
        self._set(mapping, error=error)

    def stuck(self, mapping: str, error: str) -> None:
        """The work of this mapping was given back for this reason; "" when it goes on again. News only is written."""
        query = select(cursors.c.work_error).where(cursors.c.mapping == mapping)
        with self._database.read() as connection:
            known = connection.execute(query).scalar_one_or_none()
        if known != error:
            self._set(mapping, work_error=error)

    def pause(self, mapping: str, paused: bool) -> None:
        with self._database.write() as connection:
            connection.execute(insert_if_absent(connection, cursors, {"mapping": mapping}))
            connection.execute(update(cursors).where(cursors.c.mapping == mapping).values(paused=paused))

    def paused(self, mapping: str) -> bool:
        query = select(cursors.c.paused).where(cursors.c.mapping == mapping)
        with self._database.read() as connection:
            return bool(connection.execute(query).scalar_one_or_none())

    def all(self) -> list[Cursor]:
        with self._database.read() as connection:
            return [_cursor(row) for row in connection.execute(select(cursors).order_by(cursors.c.mapping))]

    def begin_backfill(self, mapping: str, query: str, since_ms: int | None, digest: str) -> Backfill:
        """Begin a backfill, or take up the same one where it stopped.

        It is another one if the mapping means something else since: what was listed before must be looked at again.
        """
        with self._database.write() as connection:
            row = unfinished(connection, mapping, query, since_ms, digest)
            return Backfill(row.id, row.mapping, row.query, row.since_ms, row.cursor_ms, row.listed)

    def finish_backfill(self, backfill: Backfill) -> None:
        with self._database.write() as connection:
            connection.execute(update(backfills).where(backfills.c.id == backfill.id).values(finished_at=now()))

    def _set(self, mapping: str, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(cursors).where(cursors.c.mapping == mapping).values(**values))


def unfinished(connection: Connection, mapping: str, query: str, since_ms: int | None, digest: str) -> Any:
    """The row of this backfill: the one that is not finished, or else a new one."""
    # One at a time for each mapping, or two who begin the same one at once would begin two.
    connection.execute(select(cursors.c.mapping).where(cursors.c.mapping == mapping).with_for_update())
    query = f"{query} -- {digest}"
    same = select(backfills).where(
        backfills.c.mapping == mapping,
        backfills.c.query == query,
        backfills.c.since_ms.is_not_distinct_from(since_ms),
        backfills.c.finished_at.is_(None),
    )
    row = connection.execute(same.order_by(backfills.c.id.desc()).limit(1)).one_or_none()
    if row is not None:
        return row
    new = insert(backfills).values(mapping=mapping, query=query, since_ms=since_ms, started_at=now())
    return connection.execute(new.returning(*backfills.c)).one()


def _cursor(row: Any) -> Cursor:
    return Cursor(
        row.mapping,
        row.site,
        row.cursor_ms,
        row.last_attempt,
        row.last_success,
        row.error,
        bool(row.paused),
        row.work_error,
        row.alarm or "",
        row.clock_skew,
    )
