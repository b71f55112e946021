"""What is old is forgotten, some at a time, and nothing else is."""

import pytest
from sqlalchemy import func, select, update

from syncd.core.access import Actor
from syncd.core.model import Outcome, Result
from syncd.store import runs
from syncd.store.pruning import forget
from syncd.store.tables import backfills, claims, deliveries, outcomes

DAY = 86400.0
SOMEBODY = Actor("somebody", "operator")


def rows(database, table):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def transactions(database, monkeypatch):
    """How often is written."""
    counted = []
    write = database.write
    monkeypatch.setattr(database, "write", lambda: counted.append(1) or write())
    return counted


@pytest.mark.parametrize(("old", "turns"), [(0, 1), (1, 1), (5, 3), (6, 4)])
def test_nobody_waits_for_more_than_some_at_a_time(store, database, transactions, old, turns):
    for number in range(old + 3):
        store.journal.append([Outcome("ops", str(number), f"OPS-{number}", Result.CREATED)])
    ids = select(outcomes.c.id).order_by(outcomes.c.id).limit(old).cte()
    with database.write() as connection:
        connection.execute(update(outcomes).where(outcomes.c.id.in_(select(ids))).values(at=0.0))
    transactions.clear()
    assert forget(database, outcomes, outcomes.c.at < 1.0, batch=2) == old
    assert len(transactions) == turns
    assert rows(database, outcomes) == 3


def test_rows_that_more_than_one_column_names(store, database):
    for number in range(5):
        store.hints.heard("jira", f"a-{number}")
        store.hints.heard("other", f"a-{number}")
    assert forget(database, deliveries, deliveries.c.connection == "jira", batch=2) == 5
    assert rows(database, deliveries) == 5


def test_a_backfill_that_ended_long_ago_goes_with_its_claim(store, database):
    store.cursors.begin("ops", "jira.example")
    old, new, running = (store.runs.ask("ops", f"project = {name}", None, "d1", "", SOMEBODY) for name in "ABC")
    for run in (old, new, running):
        claim = store.claims.take(f"backfill:{run.id}")
        store.claims.release(claim)
    for run in (old, new):
        store.runs.end(run.id)
    with database.write() as connection:
        connection.execute(
            update(backfills).where(backfills.c.id == old.id).values(finished_at=backfills.c.finished_at - 91 * DAY)
        )
        connection.execute(update(backfills).values(started_at=0.0))
    assert runs.KEEP_SECONDS == 90 * DAY
    assert store.runs.prune() == 1
    assert [run.id for run in store.runs.all()] == [running.id, new.id]
    with database.read() as connection:
        names = set(connection.execute(select(claims.c.name)).scalars())
    assert names == {f"backfill:{new.id}", f"backfill:{running.id}"}
