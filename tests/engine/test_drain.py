"""How much one process takes at a time: enough for its threads, no more than its share, and never the last look."""

from __future__ import annotations

import threading

import pytest

from syncd.engine import backfill, work
from syncd.engine.engine import Engine
from syncd.engine.work import PAGE
from syncd.store import Priority, Store
from tests.engine.world import FakeServiceNow, Killed

LONG = 30.0
"""Seconds that only a test that fails waits."""


@pytest.fixture
def other(world):
    """Another process over the same systems and the same database."""
    return Engine(Store(world.store.database), [world.route], world.outcomes.append, threads=4)


@pytest.fixture
def held(monkeypatch):
    """Creates that are held up until `go`: the first `many` of them; `begun` is released once for each."""

    class Held:
        def __init__(self):
            self.go, self.begun = threading.Event(), threading.Semaphore(0)
            self.left = 0
            self.lock = threading.Lock()

    held, create = Held(), FakeServiceNow.create

    def slow(servicenow, *args):
        with held.lock:
            held.left -= 1
            waits = held.left >= 0
        if waits:
            held.begun.release()
            assert held.go.wait(LONG), "nobody went on meanwhile"
        return create(servicenow, *args)

    monkeypatch.setattr(FakeServiceNow, "create", slow)
    return held


def put_many(world, count):
    for number in range(count):
        world.jira.put(number)


# -- work --------------------------------------------------------------------------------------------------------------


def test_a_live_change_is_done_while_a_slow_issue_is_in_hand(world, held, monkeypatch):
    monkeypatch.setattr(work, "IDLE_SECONDS", 0.01)
    world.jira.put(1)
    world.engine.poll(world.route)
    held.left = 1
    seen = []

    def watch(tally):
        if not seen:
            assert held.begun.acquire(timeout=LONG)
            world.jira.put(2, summary="Live")
            world.engine.poll(world.route)
        if tally.done and not held.go.is_set():
            seen.append(world.servicenow.of(2)["short_description"])
            held.go.set()
        seen.append("")

    world.engine.worker.drain(world.route, progress=watch)
    assert "Live" in seen
    assert len(world.servicenow.records) == 2


def test_what_one_process_has_no_thread_for_is_left_to_others(world, other, held):
    put_many(world, 60)
    world.engine.poll(world.route)
    held.left = 4  # as many as it has threads
    slow = threading.Thread(target=world.work)
    slow.start()
    for _ in range(4):
        assert held.begun.acquire(timeout=LONG)
    done = other.work(world.route).done
    held.go.set()
    slow.join(LONG)
    mine = PAGE if world.store.database.is_sqlite else 60 // work.SHARE
    assert done == 60 - mine
    assert world.servicenow.calls["create"] == 60, "each once"


def test_a_process_that_is_to_take_no_more_finishes_what_is_in_hand(world):
    put_many(world, 60)
    world.engine.poll(world.route)
    tally = world.engine.worker.drain(world.route, enough=lambda: len(world.servicenow.records) > 0)
    assert 0 < tally.done <= PAGE
    assert world.store.queue.due("ops", "jira.example", 100) == 60 - tally.done


# -- a backfill --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(world):
    if world.store.database.is_sqlite:
        pytest.skip("there is nobody to share with")


def run(world, **more):
    return world.engine.backfill(world.route, jql="", since=None, limit=None, **{"watch": None, **more})


def due(world):
    return world.store.queue.due("ops", "jira.example", 1000, priority=Priority.BACKFILL)


def test_others_find_more_than_a_page_of_a_backfill_to_do(world, other, shared):
    world.jira.page_size = 10
    put_many(world, 100)
    taken = []

    def watch(progress):
        if due(world) > 2 * world.jira.page_size and not taken:
            taken.append(other.work(world.route).done)

    assert run(world, watch=watch).finished
    assert taken[0] > 2 * world.jira.page_size
    assert world.servicenow.calls["create"] == 100, "each once"


def test_its_listing_goes_no_further_ahead_than_there_is_use_for(world, monkeypatch, shared):
    monkeypatch.setattr(backfill, "AHEAD", 25)
    world.jira.page_size = 10
    put_many(world, 100)
    ahead = []
    assert run(world, watch=lambda progress: ahead.append(due(world))).finished
    assert 0 < max(ahead) <= 25 + world.jira.page_size
    assert len(world.servicenow.records) == 100


def test_one_that_was_stopped_goes_on_where_its_listing_was(world):
    world.jira.page_size = 10
    put_many(world, 100)
    first = run(world, stop=lambda: len(world.servicenow.records) > 5)
    assert not first.finished
    assert 0 < len(world.servicenow.records) < 100
    again = run(world)
    assert (again.resumed, again.finished) == (True, True)
    assert world.servicenow.calls["create"] == len(world.servicenow.records) == 100


def test_one_that_was_killed_ahead_of_its_work_loses_nothing(world):
    world.jira.page_size = 10
    put_many(world, 100)

    def watch(progress):
        if progress.done > 20:
            raise Killed

    with pytest.raises(Killed):
        run(world, watch=watch)
    world.restart()
    assert run(world).finished
    assert world.servicenow.calls["create"] == len(world.servicenow.records) == 100


def test_pages_on_which_there_is_nothing_to_do_do_not_end_it(world):
    world.jira.page_size = 10
    put_many(world, 60)
    world.cycle()
    world.jira.pass_time(600)
    world.cycle()
    world.jira.put(100)
    assert run(world).finished
    assert len(world.servicenow.records) == 61
