"""Transactions of several processes: rows are taken in one order, so that no two wait for each other, and what is read
to decide a write is locked. Postgres tells.
"""

import threading

import pytest
from sqlalchemy import select, text, update

from syncd.store import Database, Priority, Store
from syncd.store.linkage import Tie
from syncd.store.schema import make_ready
from syncd.store.tables import cursors, links
from tests.store.test_queue import mark, stub

ISSUES = [str(10_001 + number) for number in range(6)]


@pytest.fixture
def store(fresh_postgres):
    database = Database(fresh_postgres)
    make_ready(database)
    yield Store(database)
    database.close()


@pytest.fixture
def known(store):
    """Links that were written again in the opposite order, so that they lie in the table from the last to the first."""
    for issue in ISSUES:
        mark(store, stub(issue), priority=Priority.FIRST)
    for issue in reversed(ISSUES):
        with store.database.write() as connection:
            connection.execute(update(links).where(links.c.issue_id == issue).values(record_number="INC1"))
    return store


def ids_of(store):
    with store.database.read() as connection:
        return list(connection.execute(select(links.c.id).order_by(links.c.id)).scalars())


def restores(store):
    store.linkage.restore([Tie("ops", "jira.example", issue, issue, f"{issue:>032}", "") for issue in reversed(ISSUES)])


def suspects(store):
    store.lifecycle.suspect("ops", "jira.example", list(reversed(ISSUES)))


def sees(store):
    found = store.lifecycle.suspects("ops", "jira.example")
    store.lifecycle.seen(list(reversed(found)))


def asks_for_history(store):
    mark(store, *[stub(issue) for issue in reversed(ISSUES)], priority=Priority.BACKFILL)


def marks(store):
    mark(store, *[stub(issue, minutes=60 - int(issue) % 10) for issue in ISSUES])


def detaches(store):
    store.linkage.detach("INC1")


@pytest.mark.parametrize("verb", [restores, suspects, sees, asks_for_history, marks, detaches])
def test_whoever_waits_for_the_first_link_has_not_taken_the_last(known, verb):
    """A heartbeat holds the first link in hand and wants the last. If `verb` had that one, neither would get on."""
    if verb is sees:
        suspects(known)
    first, last = ids_of(known)[0], ids_of(known)[-1]
    failed = []

    def run():
        try:
            verb(known)
        except Exception as error:
            failed.append(error)

    with known.database.write() as connection:
        take = select(links.c.id).with_for_update()
        connection.execute(take.where(links.c.id == first))
        other = threading.Thread(target=run)
        other.start()
        wait_until_it_waits(known, other)
        connection.execute(take.where(links.c.id == last))
    other.join()
    assert failed == []


def wait_until_it_waits(store, thread):
    """Until the other transaction waits for a lock, or has come to its end without one."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while thread.is_alive():
        with store.database.read() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_new_links_are_made_in_one_order_whatever_the_listings_order(store):
    """Two listings find the same new issues, each in an order of its own."""
    failed = []
    rounds = 40
    gate = threading.Barrier(2)

    def lists(backwards):
        try:
            for turn in range(rounds):
                stubs = [stub(str(20_000 + turn * 100 + n), minutes=-n if backwards else n) for n in range(60)]
                gate.wait()
                mark(store, *stubs)
        except Exception as error:
            failed.append(error)
            gate.abort()

    threads = [threading.Thread(target=lists, args=(backwards,)) for backwards in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(ids_of(store)) == rounds * 60


def test_two_who_begin_the_same_backfill_at_once_begin_one(store):
    store.cursors.begin("ops", "jira.example")
    begun = []
    with store.database.write() as connection:
        connection.execute(select(cursors).with_for_update())
        both = [
            threading.Thread(target=lambda: begun.append(store.cursors.begin_backfill("ops", "q", None, "d1")))
            for _ in range(2)
        ]
        for one in both:
            one.start()
        for one in both:
            wait_until_it_waits(store, one)
        assert begun == []
    for one in both:
        one.join()
    assert len({backfill.id for backfill in begun}) == 1


@pytest.mark.parametrize("alive_at", [0.0, 4e9], ids=["nobody was at work", "the clock was set back"])
def test_whoever_dates_the_links_anew_waits_for_none_that_is_in_hand(known, alive_at):
    """He holds the mapping's cursor, which whoever has a link may want next."""
    known.cursors.begin("ops", "jira.example")
    with known.database.write() as connection:
        connection.execute(update(links).values(sent_at=3e9))
        connection.execute(update(cursors).values(alive_at=alive_at))
    with known.database.write() as other:
        other.execute(select(links.c.id).where(links.c.issue_id == ISSUES[0]).with_for_update())
        taken = known.queue.claim("ops", "jira.example", len(ISSUES))
        assert sorted(work.link.issue_id for work in taken) == ISSUES[1:]
        assert all(work.link.sent_at < 3e9 for work in taken)
