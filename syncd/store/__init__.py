"""What syncd remembers: links, notes, cursors, outcomes. Methods carry the domain's verbs, one transaction each.

The only place that knows SQLAlchemy. The schema is `tables.py`; `schema.py` refuses any other.
"""

from __future__ import annotations

from syncd.store.access import Access
from syncd.store.audit import Audit
from syncd.store.ceilings import CycleCounts, sentence, tolls
from syncd.store.claims import CLAIM_SECONDS, Claim, Claims
from syncd.store.cursors import Backfill, Cursor, Cursors
from syncd.store.database import Database
from syncd.store.hints import Hints
from syncd.store.insight import Insights
from syncd.store.journal import Entry, Journal
from syncd.store.lifecycle import Lifecycle, Suspect
from syncd.store.linkage import Linkage
from syncd.store.links import Links
from syncd.store.marking import FRESH_MS, Marked, Priority
from syncd.store.queue import Queue, Waiting, Work
from syncd.store.reports import Counts, Linked, Parked, Reports
from syncd.store.runs import Runs
from syncd.store.samples import Samples

__all__ = [
    "FRESH_MS",
    "Backfill",
    "Claim",
    "Counts",
    "Cursor",
    "Database",
    "Entry",
    "Linked",
    "Marked",
    "Parked",
    "Priority",
    "Store",
    "Suspect",
    "Waiting",
    "Work",
    "sentence",
    "tolls",
]


class Store:
    """All of it, over one database."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
        self.database = database
        self.queue = Queue(database, claim_seconds)
        self.links = Links(database, claim_seconds)
        self.cursors = Cursors(database)
        self.ceilings = CycleCounts(database)
        self.claims = Claims(database, claim_seconds)
        self.journal = Journal(database)
        self.lifecycle = Lifecycle(database)
        self.hints = Hints(database)
        self.linkage = Linkage(database)
        self.reports = Reports(database)
        self.insights = Insights(database)
        self.runs = Runs(database)
        self.access = Access(database)
        self.audit = Audit(database)
        self.samples = Samples(database)
