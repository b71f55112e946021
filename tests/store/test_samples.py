"""Levels are noted once a minute for all, sums grow by what each process adds, and both are forgotten in time."""

import pytest
from sqlalchemy import insert, select, update

from syncd.store import Store
from syncd.store.clock import now
from syncd.store.samples import MINUTE, Figure
from syncd.store.tables import samples

DUE, CALLS = (Figure.DUE, "ops"), (Figure.CALLS, "jira")


@pytest.fixture
def minute(store: Store) -> int:
    """The present minute on the database's clock."""
    with store.database.read() as connection:
        return int(connection.execute(select(now())).scalar_one() // MINUTE)


def put(store: Store, minute: int, figure: Figure, value: float, subject: str = "ops") -> None:
    with store.database.write() as connection:
        connection.execute(insert(samples).values(minute=minute, figure=figure.value, subject=subject, value=value))


def test_a_level_is_noted_once_in_a_minute(store, minute):
    store.samples.note({DUE: 3.0})
    (before,) = store.samples.history(10, 1).values[DUE].values()
    with store.database.write() as connection:  # so that no minute ends in between
        connection.execute(update(samples).values(minute=minute + 1))
        for later in (minute, minute + 2):
            row = {"minute": later, "figure": "due", "subject": "ops", "value": 3.0}
            connection.execute(insert(samples).values(row))
    store.samples.note({DUE: 9.0})
    with store.database.read() as connection:
        kept = connection.execute(select(samples.c.value).where(samples.c.figure == "due")).scalars().all()
    assert (before, set(kept)) == (3.0, {3.0})


def test_what_two_processes_did_is_added(store):
    store.samples.add({CALLS: 2.0})
    Store(store.database).samples.add({CALLS: 3.0})
    store.samples.add({})
    assert sum(store.samples.history(10, 1).values[CALLS].values()) == 5.0


def test_nothing_is_kept_of_what_is_nought_but_that_somebody_looked(store):
    store.samples.note({DUE: 0.0})
    history = store.samples.history(10, 1)
    assert history.values == {}
    assert len(history.sampled) == 1
    assert history.total(Figure.DUE, history.steps[-1]) == 0.0


def test_steps_take_the_largest_level_and_the_whole_sum(store, minute):
    start = minute // 15 * 15 - 15
    for offset, due, calls in ((0, 4.0, 10.0), (3, 7.0, 20.0), (14, 1.0, 30.0)):
        put(store, start + offset, Figure.DUE, due)
        put(store, start + offset, Figure.CALLS, calls, "jira")
    put(store, start - 16, Figure.DUE, 99.0)
    history = store.samples.history(30, 15)
    assert len(history.steps) == 2
    assert history.values[DUE] == {start // 15: 7.0}
    assert history.values[CALLS] == {start // 15: 60.0}
    assert history.at(start // 15) == start * 60


def test_gaps_are_gaps(store, minute):
    put(store, minute - 2, Figure.SAMPLED, 1.0, "")
    history = store.samples.history(10, 1)
    assert history.sampled == {minute - 2}
    assert "" not in history.subjects(Figure.SAMPLED)


def test_what_is_older_than_a_week_is_forgotten(store, minute):
    put(store, minute - 8 * 1440, Figure.DUE, 1.0)
    put(store, minute - 6 * 1440, Figure.DUE, 2.0)
    assert store.samples.prune() == 1
    assert list(store.samples.history(10080, 120).values[DUE].values()) == [2.0]
