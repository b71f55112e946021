"""Ceilings in the line: a wrong query or a bulk change is found out while it is small, and nothing is lost by it."""

from dataclasses import replace

import pytest

from syncd.core.policy import Ceiling, Ceilings
from syncd.engine.health import ready_now
from syncd.errors import UnavailableError
from syncd.store import Priority


def limited(world, create=5, close=2):
    """A world that has been polled before, with these ceilings."""
    text = world.mapping_file.read_text().split("ceilings:")[0]
    world.mapping_file.write_text(f"{text}ceilings: {{create: {create}, close: {close}}}\n")
    world.restart()
    world.jira.put(999)
    world.cycle()
    world.outcomes.clear()
    world.servicenow.calls.clear()


def finished(world, number):
    """The issue is done, in the words and in the category of Jira."""
    world.jira.put(number, status="Done")
    issue = world.jira.issues[str(10_000 + number)]
    done = {"name": "Done", "statusCategory": {"key": "done"}}
    world.jira.issues[issue.id] = replace(issue, fields={**issue.fields, "status": done})


def new_issues(world, count):
    for number in range(count):
        world.jira.put(number)


def test_each_cycle_creates_as_many_as_the_ceiling_allows(world):
    limited(world)
    new_issues(world, 12)
    created = []
    for _ in range(3):
        world.cycle()
        created.append(world.servicenow.calls["create"])
    assert created == [5, 10, 12]


def test_working_again_within_the_cycle_creates_nothing_more(world):
    limited(world)
    new_issues(world, 12)
    world.cycle()
    world.servicenow.calls.clear()
    fetched = world.jira.calls["fetch"]
    world.work()
    assert world.servicenow.calls["create"] == 0
    assert world.jira.calls["fetch"] == fetched, "what is known to wait is not even fetched"


def test_what_waits_is_said_once_with_its_reason(world):
    limited(world, create=1)
    new_issues(world, 3)
    for _ in range(2):
        world.cycle()
    held = [entry for entry in world.store.journal.of("OPS-2") if entry.result == "held"]
    assert len(held) == 1
    assert "ceilings.create" in held[0].reason


def test_status_and_readiness_warn_and_stay_ready(world):
    limited(world, create=1)
    new_issues(world, 3)
    world.cycle()
    now = ready_now(world.store, ["ops"], 30.0)
    assert now.ready
    assert "mapping ops: 2 issues are held back" in now.warnings[0]
    assert "ceilings.create" in now.warnings[0]


def test_a_command_that_leaves_issues_held_back_knows_how_many(world):
    limited(world, create=1)
    new_issues(world, 3)
    assert world.engine.sync(world.route).waiting.held_back == 2


def test_changes_of_records_go_on_beyond_a_create_ceiling(world):
    limited(world)
    new_issues(world, 12)
    world.jira.put(999, summary="Changed")
    world.cycle()
    assert world.servicenow.of(999)["short_description"] == "Changed"


def test_closing_has_a_ceiling_of_its_own(world):
    limited(world, create=50, close=2)
    new_issues(world, 5)
    world.cycle()
    for number in range(5):
        finished(world, number)
    closed = []
    for _ in range(3):
        world.cycle()
        closed.append(sum(record["state"] == "6" for record in world.servicenow.records.values()))
    assert closed == [2, 4, 5]


def test_a_record_that_is_created_closed_counts_as_created_only(world):
    limited(world, create=50, close=0)
    world.jira.put(1)
    finished(world, 1)
    world.cycle()
    assert world.servicenow.of(1)["state"] == "6"


def test_a_change_of_an_open_issue_is_no_closing(world):
    limited(world, create=50, close=0)
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Changed", status="To Do")
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Changed"


def test_a_first_listing_creates_ten_cycles_worth_and_then_waits_to_be_asked(world):
    text = world.mapping_file.read_text()
    world.mapping_file.write_text(f"{text}ceilings: {{create: 2}}\n")
    world.restart()
    new_issues(world, 30)
    for _ in range(15):
        world.cycle()
    assert world.servicenow.calls["create"] == 20
    assert world.store.ceilings.held_back() == {("ops", Ceiling.FIRST): 10}
    (warning,) = [one for one in ready_now(world.store, ["ops"], 30.0).warnings if "ceiling" in one]
    assert "syncd backfill --mapping ops" in warning
    assert world.engine.backfill(world.route, jql="", since=None, limit=None, watch=None).finished
    assert world.servicenow.calls["create"] == 30
    assert world.store.ceilings.held_back() == {}


def test_a_live_change_of_history_that_waits_goes_through_at_once(world):
    text = world.mapping_file.read_text()
    world.mapping_file.write_text(f"{text}ceilings: {{create: 2}}\n")
    world.restart()
    new_issues(world, 30)
    for _ in range(12):
        world.cycle()
    waiting = next(n for n in range(30) if not any(f":{10_000 + n}:" in c for c in correlations(world)))
    world.jira.put(waiting, summary="Somebody works on it")
    world.cycle()
    assert world.servicenow.of(waiting)["short_description"] == "Somebody works on it"


def correlations(world):
    return [record["correlation_id"] for record in world.servicenow.records.values()]


def test_a_backfill_is_not_bound_by_ceilings(world):
    limited(world, create=1)
    new_issues(world, 10)
    world.engine.backfill(world.route, jql="", since=None, limit=None, watch=None)
    assert world.servicenow.calls["create"] == 10


def test_a_metric_hears_of_a_ceiling_once_a_round(world):
    told = []
    limited(world, create=1)
    world.engine.worker._ceiling_hit = lambda mapping, ceiling: told.append((mapping, ceiling))
    new_issues(world, 6)
    world.cycle()
    assert told == [("ops", "create")]


@pytest.mark.parametrize("ceilings", ["off", "{create: off}"])
def test_off_means_any_number(world, ceilings):
    text = world.mapping_file.read_text()
    world.mapping_file.write_text(f"{text}ceilings: {ceilings}\n")
    world.restart()
    assert world.route.mapping.ceilings.create is None
    assert world.route.mapping.ceilings.limit(Ceiling.FIRST) is None


def test_the_ceilings_of_a_mapping_that_names_none(world):
    assert world.route.mapping.ceilings == Ceilings(create=200, close=50)


def test_ceilings_do_not_change_what_is_written(world):
    digest = world.route.mapping.digest
    limited(world)
    assert world.route.mapping.digest == digest


def test_a_hint_is_bound_by_ceilings_too(world):
    limited(world, create=0)
    world.jira.put(1)
    world.store.queue.want("ops", "jira.example", "10001", "OPS-1", Priority.HINT)
    world.work()
    assert world.servicenow.calls["create"] == 0


def test_a_first_listing_that_was_broken_off_is_the_first_one_still(world):
    text = world.mapping_file.read_text()
    world.mapping_file.write_text(f"{text}ceilings: {{create: 2}}\n")
    world.restart()
    new_issues(world, 30)
    world.jira.page_size = 10
    listed = world.jira.changed_since

    def breaks_off(query, since):
        yield next(listed(query, since))
        raise UnavailableError("is down", system="jira", status=503)

    world.jira.changed_since = breaks_off
    with pytest.raises(UnavailableError):
        world.engine.poll(world.route)
    world.jira.changed_since = listed
    for _ in range(15):
        world.cycle()
    assert world.servicenow.calls["create"] == 20
    assert world.store.ceilings.held_back() == {("ops", Ceiling.FIRST): 10}
