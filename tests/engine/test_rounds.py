"""What ends, outlives or must not end a round of work, and what a listing may not forget."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from syncd.engine import prepare
from syncd.engine.health import status
from syncd.errors import UnavailableError
from syncd.store.tables import links


def test_a_change_that_the_index_shows_late_is_not_missed(world):
    """The cursor has gone past it by then; the next listing begins an overlap before the cursor."""
    world.jira.put(1)
    world.jira.put(2)
    world.jira.unindexed = {"10001"}
    world.cycle()
    world.jira.unindexed = set()
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Issue 1"


def test_a_bug_that_one_issue_brings_out_parks_that_issue_only(world, monkeypatch):
    for number in range(3):
        world.jira.put(number)
    desired_for = prepare.desired_for

    def fragile(mapping, issue):
        if issue.key == "OPS-1":
            raise ZeroDivisionError("nobody thought of this")
        return desired_for(mapping, issue)

    monkeypatch.setattr(prepare, "desired_for", fragile)
    assert world.cycle().done == 2
    assert [parked.cause for parked in world.store.reports.parked()] == ["bug"]


def test_a_bug_that_a_page_brings_out_sets_the_page_aside(world):
    world.jira.put(1)
    fetch, world.jira.fetch = world.jira.fetch, lambda ids, fields: 1 / 0
    assert world.cycle().parked == 1
    world.jira.fetch = fetch
    world.hurry()
    assert world.work().done == 1


def test_a_claim_lost_when_an_issue_is_set_aside_ends_nobody_elses_turn(world):
    for number in range(3):
        world.jira.put(number)
    world.jira.put(1, priority="Blocker")
    look_up = world.servicenow.look_up

    def taken_over(*args):
        with world.store.database.write() as connection:
            connection.execute(update(links).where(links.c.issue_key == "OPS-1").values(owner="another"))
        return look_up(*args)

    world.servicenow.look_up = taken_over
    tally = world.cycle()
    assert (tally.done, tally.parked) == (2, 0)


def test_an_older_state_than_was_listed_is_not_applied(world):
    world.jira.put(1)
    world.cycle()
    before = world.jira.issues["10001"]
    world.jira.put(1, summary="Changed")
    fetch = world.jira.fetch
    world.jira.fetch = lambda ids, fields: replace(fetch(ids, fields), issues=(before,))
    assert world.cycle().parked == 1
    assert world.store.reports.parked()[0].cause == "stale"
    world.jira.fetch = fetch
    world.hurry()
    world.work()
    assert world.servicenow.of(1)["short_description"] == "Changed"


def test_work_that_was_queued_for_another_jira_is_not_fetched_from_this_one(world):
    world.jira.put(1)
    world.engine.poll(world.route)
    world.jira.site = "another.example"
    assert world.work().done == 0
    assert world.servicenow.records == {}
    world.jira.site = "jira.example"
    assert world.work().done == 1


def test_since_now_means_the_first_cycle_even_if_nothing_was_found_then(world, mapping_file):
    mapping_file.write_text(mapping_file.read_text().replace('OPS"}', 'OPS", since: now}'))
    world.restart()
    world.cycle()
    world.jira.put(1)
    world.jira.now += timedelta(hours=2)  # nobody polled for two hours
    world.cycle()
    assert len(world.servicenow.records) == 1


def test_a_backfill_of_a_mapping_that_changed_begins_anew(world, mapping_file):
    world.jira.page_size = 1
    for number in range(3):
        world.jira.put(number, priority="High")

    def stop_after_two(progress):
        if progress.listed == 2:
            world.engine.worker.stop()

    def backfill(watch=None):
        return world.engine.backfill(world.route, jql="", since=None, limit=None, watch=watch)

    assert not backfill(stop_after_two).finished
    mapping_file.write_text(mapping_file.read_text().replace('High: "1"', 'High: "2"'))
    world.restart()
    assert backfill().finished
    assert [world.servicenow.of(number)["urgency"] for number in range(3)] == ["2", "2", "2"]


def test_a_listing_ends_early_when_the_process_stops_and_goes_on_at_the_next(world):
    world.jira.page_size = 1
    for number in range(3):
        world.jira.put(number)
    world.engine.worker.stop()
    assert world.engine.poll(world.route).listed == 1
    assert world.store.cursors.all()[0].last_success is None
    world.restart()
    assert world.cycle().done == 3


def trouble(world):
    (name,) = [cursor.work_error for cursor in world.store.cursors.all()]
    return name


def test_trouble_is_over_once_the_connection_answers_even_if_only_to_refuse(world):
    world.jira.put(1)
    world.servicenow.moods["create"] = ["throttled", "refused"]
    world.engine.sync(world.route)
    assert trouble(world) == ""
    assert status(world.store, ["ops"], 30.0).readiness.ready


def test_trouble_is_over_when_there_is_no_work_left_to_have_it_with(world):
    world.jira.put(1)
    world.engine.poll(world.route)
    world.servicenow.moods["create"] = ["throttled"]
    assert isinstance(world.engine.work(world.route).trouble, UnavailableError)
    assert "asks for fewer calls" in trouble(world)
    with world.store.database.write() as connection:
        connection.execute(update(links).values(due_at=None))
    world.engine.work(world.route)
    assert trouble(world) == ""


def test_trouble_that_another_process_noted_is_over_when_this_one_works(world):
    world.jira.put(1)
    world.engine.sync(world.route)
    world.store.cursors.stuck("ops", "said by another process")
    world.jira.put(1, summary="Changed")
    world.engine.sync(world.route)
    assert trouble(world) == ""


def test_a_cycle_does_not_stay_for_work_of_another_jira(world):
    """The connection leads to another site now; what was due of the old one is nobody's, and never done."""
    world.jira.put(1)
    world.cycle()
    with world.store.database.write() as connection:
        connection.execute(update(links).values(site="before.example", due_at=1.0))
    assert world.engine.sync(world.route).tally.trouble is None
