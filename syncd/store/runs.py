"""The runs of backfills: what people see of them, and those that they ask a daemon to run, or to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, delete, func, literal, select, update

from syncd.core.access import Actor
from syncd.store.audit import append
from syncd.store.clock import now
from syncd.store.cursors import unfinished
from syncd.store.database import Database
from syncd.store.pruning import forget
from syncd.store.tables import backfills, claims

KEEP_SECONDS = 90 * 86400.0
"""How long one that is finished is shown."""


@dataclass(frozen=True, slots=True)
class Run:
    """One backfill: what it looks at, and how far it is. `query` is without the mapping's digest.

    `jql` narrows the mapping's query where a daemon is to run it, and is None where a command does.
    """

    id: int
    mapping: str
    query: str
    since_ms: int | None
    cursor_ms: int | None
    listed: int
    started_at: float
    finished_at: float | None
    jql: str | None
    stopped_at: float | None
    error: str


class Runs:
    """The verbs of backfills that are asked for. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, limit: int = 50, offset: int = 0) -> list[Run]:
        query = select(backfills).order_by(backfills.c.id.desc()).limit(limit).offset(offset)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def get(self, id: int) -> Run | None:
        with self._database.read() as connection:
            row = connection.execute(select(backfills).where(backfills.c.id == id)).one_or_none()
        return None if row is None else _run(row)

    def ask(self, mapping: str, query: str, since_ms: int | None, digest: str, jql: str, actor: Actor) -> Run:
        """Have a daemon run this, or go on with it where it stopped; `query` and `digest` as for `begin_backfill`."""
        with self._database.write() as connection:
            id = unfinished(connection, mapping, query, since_ms, digest).id
            connection.execute(
                update(backfills).where(backfills.c.id == id).values(jql=jql, stopped_at=None, error=None)
            )
            append(connection, actor, "backfill.start", mapping, {"id": id, "jql": jql, "since_ms": since_ms})
            return _run(connection.execute(select(backfills).where(backfills.c.id == id)).one())

    def stop(self, id: int, actor: Actor) -> Run | None:
        """Have its listing end; None if there is none that runs. It can be asked for again."""
        going_on = (backfills.c.id == id, backfills.c.jql.is_not(None), backfills.c.finished_at.is_(None))
        with self._database.write() as connection:
            stopped = connection.execute(
                update(backfills).where(*going_on, backfills.c.stopped_at.is_(None)).values(stopped_at=now())
            ).rowcount
            if not stopped:
                return None
            row = connection.execute(select(backfills).where(backfills.c.id == id)).one()
            append(connection, actor, "backfill.stop", row.mapping, {"id": id})
            return _run(row)

    def wanted(self, mapping: str) -> list[Run]:
        """Those that a daemon is to run now, the oldest first."""
        query = select(backfills).where(
            backfills.c.mapping == mapping,
            backfills.c.jql.is_not(None),
            backfills.c.finished_at.is_(None),
            backfills.c.stopped_at.is_(None),
        )
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query.order_by(backfills.c.id))]

    def end(self, id: int) -> None:
        """It has come to its end; also one whose mapping means something else since and was begun anew for that."""
        ended = {"finished_at": func.coalesce(backfills.c.finished_at, now()), "error": None}
        with self._database.write() as connection:
            connection.execute(update(backfills).where(backfills.c.id == id).values(ended))

    def trouble(self, id: int, error: str, *, stop: bool = False) -> None:
        """Why it does not get on. With `stop` it is not tried again until somebody asks."""
        told = {"error": error, **({"stopped_at": now()} if stop else {})}
        with self._database.write() as connection:
            connection.execute(
                update(backfills).where(backfills.c.id == id, backfills.c.finished_at.is_(None)).values(told)
            )

    def prune(self, keep_seconds: float = KEEP_SECONDS) -> int:
        """Forget those that ended long ago; returns how many. One that is not finished may be taken up again."""
        old = backfills.c.finished_at < now() - keep_seconds
        with self._database.write() as connection:
            names = literal("backfill:").concat(cast(backfills.c.id, String))
            connection.execute(delete(claims).where(claims.c.name.in_(select(names).where(old))))
        return forget(self._database, backfills, old)


def _run(row: Any) -> Run:
    return Run(
        row.id,
        row.mapping,
        row.query.rpartition(" -- ")[0],
        row.since_ms,
        row.cursor_ms,
        row.listed,
        row.started_at,
        row.finished_at,
        row.jql,
        row.stopped_at,
        row.error or "",
    )
