"""The line from end to end over systems in memory, on SQLite and Postgres: what users see it do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.model import Audience
from syncd.errors import AuthError, UnreadableError
from tests.engine.world import FakeJira


def test_an_issue_becomes_a_record_with_its_comments_as_notes_in_order(world):
    world.jira.put(1, summary="Disk full", priority="High")
    world.jira.comment(1, "first")
    world.jira.comment(1, "second")
    world.cycle()
    record = world.servicenow.of(1)
    assert (record["short_description"], record["urgency"], record["state"]) == ("Disk full", "1", "1")
    assert record["caller_id"] == "id-of-integration.user"
    assert [note.splitlines()[1] for note in world.servicenow.notes(1)] == ["first", "second"]


def test_an_unchanged_issue_costs_no_call(world):
    for number in range(5):
        world.jira.put(number)
        world.jira.comment(number, "x")
    world.cycle()
    world.jira.now += timedelta(minutes=1)
    world.cycle()
    for calls in (world.jira.calls, world.servicenow.calls):
        calls.clear()
    world.cycle()
    assert world.servicenow.calls == {}
    assert world.jira.calls == {"prove": 1, "search": 1}


def test_a_page_of_issues_is_fetched_once_and_looked_up_once(world):
    for number in range(40):
        world.jira.put(number)
    world.cycle()
    pages = 1 if world.store.database.is_sqlite else 8  # smaller ones, where other processes may want some, too
    assert (world.jira.calls["fetch"], world.servicenow.calls["look_up"]) == (pages, pages)
    assert world.servicenow.calls["create"] == 40


def test_an_edit_writes_the_changed_field_and_nothing_else(world):
    world.jira.put(1)
    world.cycle()
    world.servicenow.calls.clear()
    world.jira.put(1, summary="Now worse")
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Now worse"
    assert world.servicenow.writes == 1


def test_closing_brings_its_company(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, status="Done")
    world.cycle()
    record = world.servicenow.of(1)
    assert (record["state"], record["close_code"], record["close_notes"]) == ("6", "Solution provided", "OPS-1 is done")


def test_edited_and_deleted_comments_are_said_in_new_notes(world):
    world.jira.put(1)
    first = world.jira.comment(1, "first")
    world.cycle()
    world.jira.edit_comment(1, first, "first, corrected")
    world.cycle()
    world.jira.delete_comment(1, first)
    world.cycle()
    heads = [note.splitlines()[0] for note in world.servicenow.notes(1)]
    assert [head.split("[jira-comment ")[1] for head in heads][2] == "1.3.gone]"
    assert "commented on OPS-1" in heads[1]
    assert " was edited " in heads[1]


@pytest.mark.parametrize("audience", [Audience.INTERNAL, Audience.RESTRICTED, Audience.UNKNOWN])
def test_nothing_private_leaves(world, audience):
    world.jira.put(1)
    world.jira.comment(1, "the password is hunter2", audience)
    world.cycle()
    assert world.servicenow.journal == {}
    assert "withheld" in world.results()


def test_one_bad_issue_is_parked_and_the_others_go_on(world):
    for number in range(3):
        world.jira.put(number)
    world.jira.put(1, priority="Blocker")
    tally = world.cycle()
    assert (tally.done, tally.parked) == (2, 1)
    (parked,) = world.store.reports.parked()
    assert parked.issue_key == "OPS-1"
    assert "Blocker" in parked.error
    world.jira.put(1, priority="High")
    world.cycle()
    assert world.servicenow.of(1)["urgency"] == "1"
    assert world.store.reports.parked() == []


def test_a_refused_record_is_parked_with_the_instances_own_words(world):
    world.jira.put(1)
    world.servicenow.moods["create"] = ["refused"]
    world.cycle()
    (parked,) = world.store.reports.parked()
    assert (parked.cause, "Data Policy Exception" in parked.error) == ("rejected", True)


def test_an_unresolved_user_clears_nothing_and_is_reported(world):
    world.servicenow.users = frozenset()
    world.jira.put(1)
    world.cycle()
    assert "caller_id" not in world.servicenow.of(1)
    assert "warned" in world.results()


def test_a_persons_edit_of_another_field_survives(world):
    world.jira.put(1)
    world.cycle()
    world.servicenow.of(1)["assigned_to"] = "beth"
    world.jira.put(1, summary="Changed")
    world.cycle()
    assert world.servicenow.of(1)["assigned_to"] == "beth"


def test_a_deleted_record_is_held_and_not_created_again(world):
    world.jira.put(1)
    world.cycle()
    world.servicenow.records.clear()
    world.jira.put(1, summary="Changed")
    world.cycle()
    assert world.servicenow.records == {}
    assert "held" in world.results()


def test_a_dead_token_touches_nothing_and_needs_no_hand_to_recover(world):
    world.jira.put(1)
    world.cycle()
    world.jira.dead = True
    world.jira.put(1, summary="Changed")
    with pytest.raises(AuthError):
        world.engine.poll(world.route)
    (cursor,) = world.store.cursors.all()
    assert "the token is dead" in cursor.error
    assert world.servicenow.of(1)["short_description"] == "Issue 1"
    world.jira.dead = False
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Changed"
    assert world.store.cursors.all()[0].error == ""


def test_work_that_meets_a_dead_token_is_given_back(world):
    world.jira.put(1)
    world.engine.poll(world.route)
    world.jira.dead = True
    tally = world.work()
    assert (tally.delayed, type(tally.trouble)) == (1, AuthError)
    assert world.servicenow.records == {}
    world.jira.dead = False
    world.hurry()
    world.work()
    assert len(world.servicenow.records) == 1


def test_a_throttled_instance_delays_the_work_and_loses_none(world):
    for number in range(20):
        world.jira.put(number)
    world.servicenow.moods["create"] = ["good", "throttled"]
    tally = world.cycle()
    assert tally.delayed > 0
    assert tally.trouble is not None
    world.hurry()
    world.work()
    assert len(world.servicenow.records) == 20


def test_an_issue_that_vanishes_before_it_is_fetched_is_asked_for_again_and_then_forgotten(world):
    world.jira.put(1)
    world.jira.vanished.add("10001")
    for _ in range(4):
        world.cycle()
        world.hurry()
    assert world.store.reports.counts() == []
    assert world.servicenow.records == {}


def test_an_issue_that_comes_back_into_sight_is_synced(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Changed")
    world.jira.vanished.add("10001")
    for _ in range(4):
        world.cycle()
        world.hurry()
    assert "held" in world.results()
    world.jira.vanished.clear()
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Changed"


def test_more_issues_than_a_page_of_work(world):
    for number in range(180):
        world.jira.put(number)
    world.cycle()
    assert len(world.servicenow.records) == 180


def test_a_mapping_change_is_applied_by_a_backfill_and_costs_only_what_differs(world, mapping_file):
    for number in range(3):
        world.jira.put(number, priority="High" if number else "Low")
    world.cycle()
    mapping_file.write_text(mapping_file.read_text().replace('High: "1"', 'High: "2"'))
    world.restart()
    world.servicenow.calls.clear()
    world.engine.backfill(world.route, jql="", since=None, limit=None, watch=None)
    assert world.servicenow.writes == 2
    assert world.servicenow.of(1)["urgency"] == "2"


def test_a_dry_run_shows_everything_and_writes_nothing(world):
    world.jira.put(1)
    world.jira.comment(1, "x")
    (preview,) = world.engine.preview(world.route)
    assert [type(action).__name__ for action in preview.plan.actions] == ["Create", "AddNote"]
    assert world.servicenow.writes == 0
    assert world.store.reports.counts() == []


def test_an_issue_with_a_security_level_stays_in_jira(world):
    world.jira.put(1, security={"id": "1", "name": "Board only"})
    world.jira.put(2)
    world.cycle()
    assert len(world.servicenow.records) == 1
    assert "withheld" in world.results()
    world.jira.put(1, security=None)
    world.cycle()
    assert len(world.servicenow.records) == 2


def test_a_record_whose_issue_became_secret_is_left_as_it_is(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="The takeover", security={"id": "1", "name": "Board only"})
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Issue 1"


def test_a_dry_run_says_which_issues_cannot_be_read(world, monkeypatch):
    world.jira.put(1)
    world.jira.put(2)
    error = UnreadableError("cannot give this issue", system="jira")

    def fetch(ids, fields):
        fetched = FakeJira.fetch(world.jira, [id for id in ids if id != "10001"], fields)
        return replace(fetched, failed={"10001": error})

    monkeypatch.setattr(world.jira, "fetch", fetch)
    first, second = world.engine.preview(world.route)
    assert (first.link.issue_key, first.error) == ("OPS-1", str(error))
    assert second.plan is not None
