"""The journal of outcomes: what was done, or not done, to each issue, and why. Kept for a while, then pruned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, or_, select

from syncd.core.model import Outcome
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.pruning import forget
from syncd.store.tables import outcomes

KEEP_SECONDS = 30 * 24 * 3600.0
"""How long outcomes are kept by default: long enough for a monthly review."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One outcome as it was recorded, `at` in epoch seconds."""

    at: float
    mapping: str
    issue_id: str
    issue_key: str
    record_number: str
    result: str
    reason: str
    fields: tuple[str, ...]


class Journal:
    """Append, read, prune."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, written: Sequence[Outcome]) -> None:
        if not written:
            return
        with self._database.write() as connection:
            connection.execute(
                insert(outcomes).values(at=now()),
                [
                    {
                        "mapping": outcome.mapping,
                        "issue_id": outcome.issue_id,
                        "issue_key": outcome.issue_key,
                        "record_id": outcome.record_id,
                        "record_number": outcome.record_number,
                        "result": outcome.result,
                        "reason": outcome.reason,
                        "fields": list(outcome.fields),
                    }
                    for outcome in written
                ],
            )

    def of(self, issue: str, limit: int = 50) -> list[Entry]:
        """The newest outcomes of an issue, by id or key."""
        return self._entries(limit, or_(outcomes.c.issue_id == issue, outcomes.c.issue_key == issue))

    def newest(self, limit: int = 20) -> list[Entry]:
        return self._entries(limit)

    def prune(self, keep_seconds: float = KEEP_SECONDS) -> int:
        """Forget what is older; returns how many were forgotten."""
        return forget(self._database, outcomes, outcomes.c.at < now() - keep_seconds)

    def _entries(self, limit: int, *conditions: object) -> list[Entry]:
        query = select(outcomes).where(*conditions).order_by(outcomes.c.id.desc()).limit(limit)  # type: ignore[arg-type]
        with self._database.read() as connection:
            return [
                Entry(
                    row.at,
                    row.mapping,
                    row.issue_id,
                    row.issue_key,
                    row.record_number,
                    row.result,
                    row.reason,
                    tuple(row.fields),
                )
                for row in connection.execute(query)
            ]
