"""What syncd remembers: links, notes, cursors, outcomes. Methods carry the domain's verbs, one transaction each.

The only place that knows SQLAlchemy. The schema is `tables.py`; `schema.py` refuses any other.
"""

from __future__ import annotations

from syncd.store.cursors import Backfill, Cursor, Cursors
from syncd.store.database import Database
from syncd.store.journal import Entry, Journal
from syncd.store.links import Links
from syncd.store.queue import CLAIM_SECONDS, FRESH_MS, Marked, Priority, Queue, Work
from syncd.store.reports import Counts, Linked, Parked, Reports

__all__ = [
    "FRESH_MS",
    "Backfill",
    "Counts",
    "Cursor",
    "Database",
    "Entry",
    "Linked",
    "Marked",
    "Parked",
    "Priority",
    "Store",
    "Work",
]


class Store:
    """All of it, over one database."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
        self.database = database
        self.queue = Queue(database, claim_seconds)
        self.links = Links(database, claim_seconds)
        self.cursors = Cursors(database)
        self.journal = Journal(database)
        self.reports = Reports(database)
