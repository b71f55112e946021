"""The runs of backfills, for people who look."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from syncd.store.database import Database
from syncd.store.tables import backfills


@dataclass(frozen=True, slots=True)
class Run:
    """One backfill: what it looks at, and how far it is. `query` is without the mapping's digest."""

    id: int
    mapping: str
    query: str
    since_ms: int | None
    cursor_ms: int | None
    listed: int
    started_at: float
    finished_at: float | None


class Runs:
    """Questions about backfills."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, limit: int = 50, offset: int = 0) -> list[Run]:
        query = select(backfills).order_by(backfills.c.id.desc()).limit(limit).offset(offset)
        with self._database.read() as connection:
            return [
                Run(
                    row.id, row.mapping, row.query.rpartition(" -- ")[0], row.since_ms, row.cursor_ms, row.listed,
                    row.started_at, row.finished_at,
                )
                for row in connection.execute(query)
            ]  # fmt: skip
