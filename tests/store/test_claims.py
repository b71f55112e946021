"""Claims by name, on SQLite and on Postgres: one holder at a time, and one beginning an interval."""

import threading

import pytest
from sqlalchemy import update

from syncd.core.ports import Stub
from syncd.errors import LostClaimError
from syncd.store import Priority, Store
from syncd.store.tables import claims
from tests.store.test_queue import LATER, NOON, claim, mark, stub

POLL = "poll:ops"


def held_by_the_dead(database):
    """A claim whose holder was killed long enough ago."""
    taken = Store(database, claim_seconds=-1.0).claims.take(POLL)
    assert taken is not None
    return taken


def test_one_at_a_time(store):
    assert store.claims.take(POLL) is not None
    assert store.claims.take(POLL) is None
    assert store.claims.held(POLL)


def test_other_names_are_free(store):
    assert store.claims.take(POLL)
    assert store.claims.take("poll:other")


def test_given_back_it_is_free_again(store):
    store.claims.release(store.claims.take(POLL))
    assert not store.claims.held(POLL)
    assert store.claims.take(POLL)


def test_the_pace_counts_the_beginnings_of_all_processes(store):
    store.claims.release(store.claims.take(POLL, every=3600))
    assert store.claims.take(POLL, every=3600) is None
    assert store.claims.take(POLL, every=0)


def test_what_was_left_unfinished_goes_on_at_once_whatever_the_pace(store):
    store.claims.release(store.claims.take(POLL, every=3600), finished=False)
    assert store.claims.take(POLL, every=3600)


def test_a_killed_holders_claim_is_taken_over_at_its_end_whatever_the_pace(store, database):
    held_by_the_dead(database)
    assert store.claims.take(POLL, every=3600)


def test_a_lost_claim_can_neither_be_renewed_nor_given_back(store, database):
    dead = held_by_the_dead(database)
    alive = store.claims.take(POLL)
    with pytest.raises(LostClaimError, match="taken this over"):
        store.claims.renew(dead)
    store.claims.release(dead)
    store.claims.renew(alive)


def test_renewing_moves_the_end(store, database):
    short = Store(database, claim_seconds=-1.0)
    claim = short.claims.take(POLL)
    store.claims.renew(claim)
    assert store.claims.take(POLL) is None


def test_of_many_who_ask_at_once_one_gets_it(store):
    taken, lock, together = [], threading.Lock(), threading.Barrier(8)

    def ask():
        together.wait()
        claim = store.claims.take(POLL, every=60)
        with lock:
            taken.append(claim)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in taken if claim]) == 1


def test_who_lost_the_listing_marks_nothing_and_moves_no_cursor(store, database):
    store.cursors.begin("ops", "jira.example")
    dead = held_by_the_dead(database)
    store.claims.take(POLL)
    with pytest.raises(LostClaimError):
        mark(store, stub(), cursor_ms=5000, claim=dead)
    assert claim(store) == []
    assert store.cursors.all()[0].cursor_ms is None


def test_marking_renews_the_listings_claim(store, database):
    short = Store(database, claim_seconds=-1.0)
    claim = short.claims.take(POLL)
    store.queue.mark(
        "ops", "jira.example", "d1", [Stub("1", "OPS-1", NOON)],
        listed_at_ms=LATER, priority=Priority.LIVE, claim=claim,
    )  # fmt: skip
    assert store.claims.take(POLL) is None


def test_the_one_process_of_sqlite_gives_back_the_claims_of_the_dead_one(store):
    store.claims.take(POLL, every=3600)
    store.queue.release_all()
    assert store.claims.take(POLL, every=3600)


def test_a_clock_that_was_set_back_keeps_nobody_from_beginning(store, database):
    store.claims.release(store.claims.take(POLL))
    with database.write() as connection:
        connection.execute(update(claims).values(begun_at=claims.c.begun_at + 7200))
    assert store.claims.take(POLL, every=30)
