"""Forget old rows, some at a time: who writes meanwhile waits a moment, and SQLite's log of changes stays small."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from syncd.store.database import Database

BATCH = 5_000
"""Rows of one transaction. Of a million at once another writer waits for seconds."""


def forget(database: Database, table: Table, old: ColumnElement[bool], batch: int = BATCH) -> int:
    """Delete these rows; returns how many they were. Of two who do so at once, one leaves the rest to the other."""
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(old).limit(batch)
    forgotten = 0
    while True:
        with database.write() as connection:
            count = connection.execute(delete(table).where(key.in_(some))).rowcount
        forgotten += count
        if count < batch:
            return forgotten
