"""What keeps the database small: once an hour whoever is there, and nobody's work fails for it."""

import logging

import pytest
from sqlalchemy import update

from syncd.cli.over_mappings import each
from syncd.core.model import Outcome, Result
from syncd.daemon.ticker import Ticker
from syncd.engine.housekeeping import TIDY_SECONDS, tidy
from syncd.errors import DatabaseError
from syncd.store.tables import claims, outcomes


@pytest.fixture
def old(store):
    """An outcome of last year, put there as often as it is called."""

    def put():
        store.journal.append([Outcome("ops", "10001", "OPS-1", Result.CREATED)])
        with store.database.write() as connection:
            connection.execute(update(outcomes).values(at=0.0))

    return put


def test_of_many_processes_one_does_it_and_an_hour_later_one_again(store, old):
    tidied = []
    for _ in range(3):
        old()
        tidy(store)
        tidied.append(not store.journal.newest())
    assert tidied == [True, False, False]
    with store.database.write() as connection:
        connection.execute(update(claims).values(begun_at=claims.c.begun_at - TIDY_SECONDS - 1))
    tidy(store)
    assert store.journal.newest() == []


def test_a_daemon_does_it(world, old):
    old()
    Ticker(world.engine, 30.0)._tidy()
    assert world.store.journal.newest() == []


def test_a_command_does_it_where_there_is_no_daemon(world, old):
    old()
    each(world.engine, None, world.engine.sync)
    assert world.store.journal.newest() == []


def test_a_database_that_does_not_answer_stops_no_work(store, caplog, monkeypatch):
    def away():
        raise DatabaseError("the database does not answer: disk full")

    monkeypatch.setattr(store.access, "prune", away)
    with caplog.at_level(logging.ERROR, "syncd"):
        tidy(store)
    assert [record.action for record in caplog.records] == ["prune"]
