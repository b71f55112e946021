"""What a scrape asks of the database: the same truth as the reports tell, from indexes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from syncd.core.ports import Stub
from syncd.store import Priority, Store
from syncd.store.figures import figures


def listed(store: Store, *ids: str, mapping: str = "ops", priority: Priority = Priority.LIVE) -> None:
    store.cursors.begin(mapping, "jira.example")
    stubs = [Stub(one, f"OPS-{one}", datetime(2026, 1, 5, tzinfo=UTC)) for one in ids]
    store.queue.mark(mapping, "jira.example", "digest", stubs, listed_at_ms=1_767_600_000_000, priority=priority)


def test_an_empty_database(store):
    now = figures(store.database)
    assert now.now == pytest.approx(store.links.time(), abs=5.0)
    assert (now.linked, now.in_doubt, now.backlog, now.parked, now.cursors) == ({}, {}, {}, {}, {})


def test_due_links_by_mapping_and_priority_with_the_age_of_the_oldest(store):
    listed(store, "1", "2")
    listed(store, "3", priority=Priority.BACKFILL)
    listed(store, "1", mapping="changes")
    now = figures(store.database)
    assert {key: entry.due for key, entry in now.backlog.items()} == {
        ("ops", Priority.LIVE): 2,
        ("ops", Priority.BACKFILL): 1,
        ("changes", Priority.LIVE): 1,
    }
    assert all(0 <= entry.oldest < 60 for entry in now.backlog.values())
    assert now.linked == {"ops": 0, "changes": 0}
    assert set(now.cursors) == {"ops", "changes"}


def test_what_is_being_worked_on_waits_no_longer(store):
    listed(store, "1", "2")
    store.queue.claim("ops", "jira.example", 1)
    assert figures(store.database).backlog["ops", Priority.LIVE].due == 1


def test_records_parked_issues_and_doubts(store):
    listed(store, "1", "2", "3", "4")
    one, two, three, _ = store.queue.claim("ops", "jira.example", 4)
    store.links.intend_write(one, {"short_description": "x"})
    store.links.confirm_write(one, {}, record_id="a" * 32, number="INC1")
    store.queue.settle(one, "fingerprint")
    store.queue.park(two, "rejected", "no", 60.0)
    store.links.intend_write(three, {"short_description": "x"})
    now = figures(store.database)
    assert now.linked == {"ops": 1}
    assert now.parked == {("ops", "rejected"): 1}
    assert now.in_doubt == {"ops": 1}


def test_it_agrees_with_the_reports(store):
    listed(store, *map(str, range(1, 30)))
    for number, work in enumerate(store.queue.claim("ops", "jira.example", 20)):
        match number % 4:
            case 0:
                store.queue.settle(work, "fingerprint")
            case 1:
                store.queue.park(work, "mapping", "no", 0.0 if number < 10 else 60.0)
            case 2:
                store.links.intend_write(work, {"state": "1"})
                store.queue.delay(work, 0.0)
    now, (counts,) = figures(store.database), store.reports.counts()
    assert now.linked["ops"] == counts.linked
    assert now.in_doubt["ops"] == counts.in_doubt == len(store.reports.links(in_doubt=True)) > 0
    assert sum(entry.due for entry in now.backlog.values()) == counts.due
    assert max(entry.oldest for entry in now.backlog.values()) == pytest.approx(counts.oldest_due, abs=5.0)
    assert now.parked == store.reports.parked_causes()


def test_links_that_rest_are_not_read_one_by_one(store):
    """On SQLite the rows are wide, and a million of them are gigabytes: only indexes may be walked through."""
    if not store.database.is_sqlite:
        pytest.skip("Postgres plans by statistics that an empty table does not have")
    asked: list[str] = []
    with store.database.read() as connection:
        connection.connection.set_trace_callback(asked.append)
    figures(store.database)
    with store.database.read() as connection:
        connection.connection.set_trace_callback(None)
        plans = [
            row.detail
            for statement in asked
            if "FROM links" in statement
            for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))
        ]
    assert plans
    cheap = ("COVERING INDEX", "INDEX ix_links_due", "INDEX ix_links_held")
    assert not [plan for plan in plans if plan.startswith("SCAN links") and not any(word in plan for word in cheap)]
