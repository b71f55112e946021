"""Several processes over one database: each listing is one process's at a time, and history waits behind live work."""

from datetime import timedelta

import pytest

from syncd.core.model import Result
from syncd.engine.holding import holding
from syncd.engine.poll import claim_name
from syncd.engine.work import READY, Worker
from syncd.errors import RunningError
from syncd.store import Priority, Store
from tests.engine.world import World


@pytest.fixture
def other(world):
    """Another process: its own engine over the same systems and the same database."""
    routes = World.__new__(World)
    routes.__dict__.update(world.__dict__)
    routes.outcomes = []
    routes.store = Store(world.store.database)
    routes.engine = type(world.engine)(routes.store, [world.route], routes.outcomes.append, threads=4)
    return routes


def test_while_one_lists_the_other_does_not_and_that_is_no_error(world, other):
    with holding(world.store, claim_name("ops")):
        assert other.engine.poll(other.route).elsewhere
    assert world.jira.calls["search"] == 0
    assert not other.engine.poll(other.route).elsewhere


def test_replicas_together_ask_jira_as_often_as_one(world, other):
    for _ in range(5):
        world.engine.poll(world.route, every=3600)
        other.engine.poll(other.route, every=3600)
    assert (world.jira.calls["prove"], world.jira.calls["search"]) == (1, 1)


def test_replicas_together_fail_as_often_as_one(world, other):
    world.jira.dead = True
    with pytest.raises(Exception, match="the token is dead"):
        world.engine.poll(world.route, every=3600)
    assert other.engine.poll(other.route, every=3600).elsewhere
    assert world.jira.calls["prove"] == 1


def test_whoever_is_free_works_off_what_another_has_listed(world, other):
    world.jira.put(1)
    world.engine.poll(world.route)
    assert other.engine.work(other.route).done == 1


def test_a_listing_that_was_taken_over_marks_nothing_more_and_goes_on_there(world, other):
    world.jira.page_size = 1
    for number in range(3):
        world.jira.put(number)
    changed_since = world.jira.changed_since

    def taken_over(query, since):
        pages = changed_since(query, since)
        yield next(pages)
        world.jira.changed_since = changed_since
        world.store.queue.release_all()  # the claim has run out while this process was frozen
        other.engine.poll(other.route)
        yield from pages

    world.jira.changed_since = taken_over
    assert world.engine.poll(world.route).elsewhere
    assert world.work().done == 3
    (cursor,) = world.store.cursors.all()
    assert cursor.error == ""
    assert cursor.last_success is not None


def test_a_process_that_stops_in_the_middle_of_a_listing_leaves_it_to_another_at_once(world, other):
    world.jira.page_size = 1
    for number in range(3):
        world.jira.put(number)
    world.engine.worker.stop()
    world.engine.poll(world.route, every=3600)
    assert not other.engine.poll(other.route, every=3600).elsewhere


def test_the_same_backfill_runs_once(world, other):
    world.jira.put(1)
    seen = []

    def watch(progress):
        with pytest.raises(RunningError, match="another process runs this very backfill"):
            other.engine.backfill(other.route, jql="", since=None, limit=None, watch=None)
        seen.append(progress)

    assert world.engine.backfill(world.route, jql="", since=None, limit=None, watch=watch).finished
    assert seen


def test_another_backfill_may_run_beside_it(world, other):
    world.jira.put(1)

    def watch(progress):
        if progress.listed == 1:
            other.engine.backfill(other.route, jql="priority = High", since=None, limit=None, watch=None)

    assert world.engine.backfill(world.route, jql="", since=None, limit=None, watch=watch).finished
    assert len(world.servicenow.records) == 1


# -- priorities --------------------------------------------------------------------------------------------------------


def test_hint_before_live_before_retry_before_history_before_sweep(world):
    for number, priority in enumerate(reversed(Priority)):
        world.jira.put(number)
        world.store.queue.want("ops", "jira.example", str(10_000 + number), f"OPS-{number}", priority)
    world.engine = type(world.engine)(world.store, [world.route], world.outcomes.append, threads=1)
    world.work()
    created = [outcome.issue_key for outcome in world.outcomes if outcome.result is Result.CREATED]
    assert created == [f"OPS-{number}" for number in reversed(range(len(Priority)))]


def test_a_live_change_during_a_backfill_waits_for_no_more_than_what_is_in_hand(world):
    page, threads = 10, 4
    world.jira.page_size, world.jira.overlap = page, timedelta(0)
    world.engine.worker = Worker(world.store, world.outcomes.append, threads=threads, page=page)
    for number in range(100):
        world.jira.put(number)
    changed_at = []

    def watch(progress):
        if progress.listed == 20 and not changed_at:
            changed_at.append(world.servicenow.calls["create"])
            world.jira.put(500, summary="Live")
            world.engine.poll(world.route)

    world.store.cursors.begin("ops", "jira.example")
    world.store.cursors.succeeded("ops")  # what comes now is no first listing any more
    with world.store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE cursors SET cursor_ms = {int(world.jira.now.timestamp() * 1000)}")
    world.engine.backfill(world.route, jql="", since=None, limit=None, watch=watch)
    created = [outcome.issue_key for outcome in world.outcomes if outcome.result is Result.CREATED]
    assert created.index("OPS-500") - changed_at[0] <= page + READY * threads


# -- limits of a backfill ----------------------------------------------------------------------------------------------


def test_a_limited_backfill_takes_the_next_issues_when_it_is_called_again(world):
    world.jira.page_size = 4
    for number in range(10):
        world.jira.put(number)
    taken = []
    for _ in range(4):
        came_to = world.engine.backfill(world.route, jql="", since=None, limit=3, watch=None)
        taken.append((len(world.servicenow.records), came_to.limited))
    assert taken == [(3, True), (6, True), (9, True), (10, False)]


def test_a_backfill_below_its_limit_is_finished(world):
    world.jira.put(1)
    came_to = world.engine.backfill(world.route, jql="", since=None, limit=3, watch=None)
    assert (came_to.finished, came_to.limited) == (True, False)


# -- what waits --------------------------------------------------------------------------------------------------------


def test_a_delay_is_written_down_once_for_each_reason(world):
    world.jira.put(1)
    world.engine.poll(world.route)
    world.servicenow.moods["look_up"] = ["throttled"] * 3
    for _ in range(3):
        world.hurry()
        world.work()
    delayed = [entry.reason for entry in world.store.journal.of("OPS-1") if entry.result == "delayed"]
    assert len(delayed) == 1
    assert world.results().count("delayed") == 3, "metrics hear of each"


def test_a_cycle_that_leaves_work_behind_for_a_systems_trouble_says_how_much(world, monkeypatch):
    monkeypatch.setattr("syncd.engine.engine.SYNC_PATIENCE", 0.0)
    world.jira.put(1)
    world.servicenow.moods["look_up"] = ["throttled"] * 50
    assert world.engine.sync(world.route).waiting.delayed == 1


def test_a_loop_is_parked_and_said(world, monkeypatch):
    monkeypatch.setattr("syncd.store.loops.MOST_WRITES", 3)
    for number in range(6):
        world.jira.put(1, summary=f"Summary {number}")
        world.cycle()
    (parked,) = world.store.reports.parked()
    assert parked.cause == "loop"
    assert "as if something wrote against it" in parked.error
    assert world.servicenow.calls["update"] == 3


def test_comments_alone_are_no_loop(world, monkeypatch):
    monkeypatch.setattr("syncd.store.loops.MOST_WRITES", 3)
    world.jira.put(1)
    for number in range(8):
        world.jira.comment(1, f"comment {number}")
        world.cycle()
    assert len(world.servicenow.notes(1)) == 8
    assert world.store.reports.parked() == []


def test_two_records_of_one_issue_are_counted_until_that_is_settled(world):
    world.jira.put(1)
    world.cycle()
    record = world.servicenow.of(1)
    world.servicenow.records["f" * 32] = {**record, "sys_id": "f" * 32, "number": "INC0099999",
                                          "sys_created_on": "2026-02-01 00:00:00"}  # fmt: skip
    world.jira.put(1, summary="Changed")
    world.cycle()
    (count,) = world.store.reports.counts()
    assert count.held == 1
    del world.servicenow.records["f" * 32]
    world.jira.put(1, summary="Changed again")
    world.cycle()
    (count,) = world.store.reports.counts()
    assert count.held == 0
