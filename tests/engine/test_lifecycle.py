"""Deleted, archived, moved, hidden: what polling cannot see, what a record is told, and what is never inferred."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from syncd.engine.census import most_at_once, suspect
from syncd.errors import AuthError
from syncd.store.tables import links
from tests.engine.world import Killed


def told(world, number=1):
    """What the record was told of its issue, without the marks."""
    notes = world.servicenow.notes(number)
    return [note.split(" [jira-issue")[0] for note in notes if "[jira-issue" in note]


def mapped(world, lifecycle):
    """The mapping with these words about the lifecycle."""
    world.mapping_file.write_text(world.mapping_file.read_text() + f"lifecycle: {lifecycle}\n")
    world.restart()


def later(world, seconds=600):
    """So much time passes since issues went missing."""
    with world.store.database.write() as connection:
        connection.execute(update(links).values(missing_since=links.c.missing_since - seconds))


def census(world):
    """A census, two looks with an index's lag between them, and the work that comes of it."""
    world.engine.census(world.route)
    first = world.engine.look(world.route)
    later(world)
    second = world.engine.look(world.route)
    world.work()
    return first, second


def synced(world, *numbers):
    for number in numbers:
        world.jira.put(number)
    world.cycle()


def delete(world, number):
    del world.jira.issues[str(10_000 + number)]


# -- what is done, word by word ----------------------------------------------------------------------------------------


def test_deleted_note_writes_one_work_note_by_default(world):
    synced(world, 1)
    delete(world, 1)
    census(world)
    (note,) = told(world)
    assert note.startswith("OPS-1 was deleted in Jira, or hidden from this integration, as noticed at 20")
    assert world.servicenow.of(1)["short_description"] == "Issue 1"


def test_deleted_keep_leaves_the_record_as_it_is(world):
    mapped(world, "{deleted: keep}")
    synced(world, 1)
    delete(world, 1)
    before = world.servicenow.writes
    census(world)
    assert world.servicenow.writes == before
    assert "held" in world.results()


def test_deleted_set_writes_its_columns_once_after_the_note(world):
    mapped(world, '{deleted: {set: {state: "7", close_code: Cancelled}}}')
    synced(world, 1)
    delete(world, 1)
    census(world)
    record = world.servicenow.of(1)
    assert (record["state"], record["close_code"]) == ("7", "Cancelled")
    assert len(told(world)) == 1
    calls = list(world.servicenow.calls)
    assert calls.index("add_note") < calls.index("update")


def test_leaves_query_keep_leaves_the_record_as_it_is_by_default(world):
    synced(world, 1)
    world.jira.elsewhere.add("10001")
    before = world.servicenow.writes
    census(world)
    assert world.servicenow.writes == before


def test_leaves_query_note_says_so(world):
    mapped(world, "{leaves_query: note}")
    synced(world, 1)
    world.jira.elsewhere.add("10001")
    census(world)
    (note,) = told(world)
    assert "OPS-1 is no longer among the Jira issues that are kept in step" in note


def test_leaving_by_a_move_into_another_project_names_both_keys(world):
    mapped(world, "{leaves_query: note}")
    synced(world, 1)
    world.jira.issues["10001"] = replace(world.jira.issues["10001"], key="DEV-9")
    world.jira.elsewhere.add("10001")
    census(world)
    (note,) = told(world)
    assert note.startswith("OPS-1 (now DEV-9) is no longer")
    assert world.store.reports.find("DEV-9")[0].record_number == world.servicenow.of(1)["number"]


def test_moved_follow_keeps_the_record_true_under_the_new_key_and_says_nothing(world):
    synced(world, 1)
    world.jira.put(1, summary="Changed")
    world.jira.issues["10001"] = replace(world.jira.issues["10001"], key="DEV-9")
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Changed"
    assert told(world) == []
    assert world.store.reports.find("DEV-9")


def test_moved_note_says_so_once_for_each_move(world):
    mapped(world, "{moved: note}")
    synced(world, 1)
    for key in ("DEV-9", "OPS-1"):
        world.jira.put(1)
        world.jira.issues["10001"] = replace(world.jira.issues["10001"], key=key)
        world.cycle()
        world.jira.put(1, summary=f"Changed as {key}")
        world.jira.issues["10001"] = replace(world.jira.issues["10001"], key=key)
        world.cycle()
    assert told(world) == ["OPS-1 was moved in Jira and is DEV-9 now", "DEV-9 was moved in Jira and is OPS-1 now"]


def test_archived_keep_is_the_default_and_note_says_so(world):
    synced(world, 1, 2)
    world.jira.archived.add("10001")
    census(world)
    assert told(world) == []
    mapped(world, "{archived: note}")
    world.jira.archived.add("10002")
    census(world)
    assert "OPS-2 was archived in Jira" in told(world, 2)[0]


def test_hidden_keep_is_the_default_and_note_says_so(world):
    synced(world, 1, 2)
    world.jira.denied.add("10001")
    census(world)
    assert told(world) == []
    mapped(world, "{hidden: note}")
    world.jira.denied.add("10002")
    census(world)
    assert "OPS-2 is no longer shown to this integration" in told(world, 2)[0]


@pytest.mark.parametrize("policy", ["observe", "create_only"])
def test_a_policy_that_writes_nothing_tells_nothing(world, policy):
    synced(world, 1)
    world.mapping_file.write_text(world.mapping_file.read_text().replace("name: ops", f"name: ops\npolicy: {policy}"))
    world.restart()
    delete(world, 1)
    census(world)
    assert told(world) == []


def test_comments_off_does_not_silence_what_became_of_the_issue(world):
    world.mapping_file.write_text(world.mapping_file.read_text().replace("comments: {to: work_notes}", "comments: off"))
    world.restart()
    synced(world, 1)
    delete(world, 1)
    census(world)
    assert len(told(world)) == 1


# -- once, whatever happens --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["killed before", "killed after", "lost before", "lost after"])
def test_the_note_is_written_once_whatever_becomes_of_the_call(world, mood):
    synced(world, 1)
    delete(world, 1)
    world.servicenow.moods["add_note"] = [mood]
    try:
        census(world)
    except Killed:
        world.restart()
    for _ in range(3):
        world.hurry()
        world.work()
    assert len(told(world)) == 1
    assert world.store.reports.counts()[0].in_doubt == 0


def test_the_note_is_not_repeated_by_the_next_census(world):
    synced(world, 1)
    delete(world, 1)
    for _ in range(3):
        census(world)
    assert len(told(world)) == 1


def test_an_issue_that_comes_back_is_synced_and_its_next_disappearance_is_told_again(world):
    synced(world, 1)
    issue = world.jira.issues["10001"]
    delete(world, 1)
    census(world)
    world.jira.issues["10001"] = issue
    world.jira.put(1, summary="Restored")
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Restored"
    delete(world, 1)
    census(world)
    words = [note.split("[jira-issue ")[1].split("]")[0] for note in world.servicenow.notes(1)]
    assert words == ["1.deleted", "2.back", "3.deleted"]


def test_a_census_brings_back_what_polling_cannot_see_has_come_back(world):
    mapped(world, "{hidden: {note: false, set: {state: '3'}}}")
    synced(world, 1)
    world.jira.denied.add("10001")
    census(world)
    assert world.servicenow.of(1)["state"] == "3"
    world.jira.now += 10 * world.jira.overlap
    synced(world, 2)
    world.jira.now += 10 * world.jira.overlap
    world.jira.denied.clear()  # it did not change, so no poll lists it
    synced(world, 3)
    assert world.servicenow.of(1)["state"] == "3"
    counted = world.engine.census(world.route)
    world.work()
    assert counted.back == 1
    assert world.servicenow.of(1)["state"] == "1"


def test_a_lost_database_does_not_tell_again_what_the_journal_says(world):
    synced(world, 1)
    issue = world.jira.issues["10001"]
    delete(world, 1)
    census(world)
    with world.store.database.write() as connection:
        for table in ("notes", "links", "cursors", "claims"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    world.restart()
    world.jira.issues["10001"] = issue
    world.jira.put(1)
    world.cycle()
    delete(world, 1)
    census(world)
    words = [note.split("[jira-issue ")[1].split("]")[0] for note in world.servicenow.notes(1)]
    assert words == ["1.deleted", "2.back", "3.deleted"]


# -- what is never inferred --------------------------------------------------------------------------------------------


def test_one_look_establishes_nothing(world):
    synced(world, 1)
    delete(world, 1)
    world.engine.census(world.route)
    for _ in range(3):
        world.engine.look(world.route)
    world.work()
    assert told(world) == []


def test_looks_that_disagree_begin_anew(world):
    mapped(world, "{hidden: note}")
    synced(world, 1)
    world.jira.denied.add("10001")
    world.engine.census(world.route)
    world.engine.look(world.route)
    later(world)
    world.jira.denied.clear()
    delete(world, 1)
    world.engine.look(world.route)
    world.engine.look(world.route)
    world.work()
    assert told(world) == []
    later(world)
    world.engine.look(world.route)
    world.work()
    assert "was deleted" in told(world)[0]


def test_an_issue_that_the_index_dropped_is_not_missing(world):
    synced(world, 1, 2)
    world.jira.unindexed.add("10001")
    first, second = census(world)
    assert (first.suspects, first.here, second.suspects) == (1, 1, 0)
    assert told(world) == []


def test_an_issue_that_changed_a_moment_ago_has_not_left_yet(world):
    mapped(world, "{leaves_query: note}")
    synced(world, 1)
    world.jira.elsewhere.add("10001")
    world.jira.changed_just_now.add("10001")
    census(world)
    assert told(world) == []
    world.jira.changed_just_now.clear()
    census(world)
    assert len(told(world)) == 1


def test_a_listing_that_shows_it_between_two_looks_clears_it(world):
    synced(world, 1)
    issue = world.jira.issues["10001"]
    delete(world, 1)
    world.engine.census(world.route)
    world.engine.look(world.route)
    world.jira.issues["10001"] = issue
    world.jira.put(1, summary="Here")
    world.cycle()
    assert not world.store.lifecycle.any_missing("ops")


def test_a_dead_token_makes_nobody_look_deleted(world):
    synced(world, 1)
    delete(world, 1)
    world.engine.census(world.route)
    world.engine.look(world.route)
    later(world)
    world.jira.dead = True
    with pytest.raises(AuthError):
        world.engine.census(world.route)
    with pytest.raises(AuthError):
        world.engine.look(world.route)
    world.work()
    assert told(world) == []


def test_a_token_that_dies_during_a_look_makes_nobody_look_deleted(world):
    synced(world, 1)
    delete(world, 1)
    world.engine.census(world.route)
    world.engine.look(world.route)
    later(world)
    whereabouts = world.jira.whereabouts

    def dying(query, issues):
        found = whereabouts(query, issues)
        world.jira.dead = True
        return found

    world.jira.whereabouts = dying
    with pytest.raises(AuthError):
        world.engine.look(world.route)
    world.work()
    assert told(world) == []


# -- too many at once --------------------------------------------------------------------------------------------------


def test_more_than_twenty_at_once_are_not_believed_and_it_is_said(world):
    synced(world, *range(30))
    world.jira.denied.update(str(10_000 + number) for number in range(21))
    before = world.servicenow.writes
    first, second = census(world)
    assert "21 linked issues are missing" in first.alarm == second.alarm
    assert world.servicenow.writes == before
    (cursor,) = world.store.cursors.all()
    assert "--accept" in cursor.alarm


def test_twenty_at_once_are_believed(world):
    synced(world, *range(40))
    for number in range(20):
        delete(world, number)
    census(world)
    assert [len(told(world, number)) for number in range(21)] == [1] * 20 + [0]


def test_a_lost_permission_changes_nothing_and_is_over_by_itself(world):
    synced(world, *range(30))
    world.jira.hidden.update(str(10_000 + number) for number in range(30))
    census(world)
    assert world.store.cursors.all()[0].alarm
    world.jira.hidden.clear()
    world.engine.look(world.route)
    assert world.store.cursors.all()[0].alarm == ""
    assert not world.store.lifecycle.any_missing("ops")
    assert all(told(world, number) == [] for number in range(30))


def test_an_operator_who_knows_why_has_them_believed(world):
    synced(world, *range(30))
    for number in range(25):
        delete(world, number)
    census(world)
    assert world.store.lifecycle.accept("ops") == 25
    world.engine.look(world.route)
    world.work()
    assert [len(told(world, number)) for number in range(26)] == [1] * 25 + [0]
    assert world.store.cursors.all()[0].alarm == ""


def test_an_acceptance_is_good_for_what_was_missing_then_and_no_more(world):
    synced(world, *range(60))
    for number in range(25):
        delete(world, number)
    census(world)
    world.store.lifecycle.accept("ops")
    for number in range(25, 50):
        delete(world, number)
    world.engine.census(world.route)
    with world.store.database.write() as connection:  # these went missing after the operator had looked
        connection.execute(
            update(links).where(links.c.issue_id >= "10025").values(missing_since=links.c.missing_since + 3600)
        )
    looked = world.engine.look(world.route)
    assert looked.alarm
    assert all(told(world, number) == [] for number in range(25, 50))


def test_an_acceptance_that_is_given_during_a_look_is_not_lost_with_the_one_before_it(world):
    synced(world, *range(60))
    for number in range(25):
        delete(world, number)
    census(world)
    world.store.lifecycle.accept("ops")
    asked = world.jira.whereabouts

    def meanwhile(query, issues):
        world.store.lifecycle.accept("ops")
        return asked(query, issues)

    world.jira.whereabouts = meanwhile
    world.engine.look(world.route)
    assert world.store.lifecycle.accepted_at("ops") is not None


# -- other roads to the same look --------------------------------------------------------------------------------------


def test_an_issue_that_was_listed_and_never_given_goes_the_same_road(world):
    synced(world, 1)
    world.jira.put(1, summary="Changed")
    world.jira.vanished.add("10001")
    for _ in range(4):
        world.cycle()
        world.hurry()
    del world.jira.issues["10001"]
    world.jira.vanished.clear()
    world.engine.look(world.route)
    later(world)
    world.engine.look(world.route)
    world.work()
    assert "was deleted" in told(world)[0]


def test_a_hint_for_an_issue_that_the_query_did_not_give_goes_the_same_road(world):
    mapped(world, "{leaves_query: note}")
    synced(world, 1)
    world.jira.elsewhere.add("10001")
    assert suspect(world.route, world.store, ["10001", "77777"]) == 1
    world.engine.look(world.route)
    later(world)
    world.engine.look(world.route)
    world.work()
    assert len(told(world)) == 1


def test_an_issue_without_a_record_is_forgotten(world):
    synced(world, 1)
    world.jira.put(2, priority="Blocker")
    world.cycle()
    assert world.store.reports.parked()
    delete(world, 2)
    census(world)
    assert [link.issue_key for link in world.store.reports.links()] == ["OPS-1"]


# -- doubts do not stay ------------------------------------------------------------------------------------------------


def doubts(world):
    with world.store.database.read() as connection:
        open_ = connection.exec_driver_sql("SELECT count(*) FROM notes WHERE state = 'intent'").scalar_one()
        sent = connection.exec_driver_sql("SELECT count(*) FROM links WHERE sent_at IS NOT NULL").scalar_one()
    return open_ + sent


@pytest.mark.parametrize("kind", ["create", "update", "add_note"])
@pytest.mark.parametrize("mood", ["killed before", "killed after"])
@pytest.mark.parametrize("fate", ["deleted", "private"])
def test_a_doubt_about_an_issue_that_is_gone_or_private_since_is_settled(world, kind, mood, fate):
    world.jira.put(1)
    if kind != "create":
        world.cycle()
        world.jira.put(1, summary="Changed")
    if kind == "add_note":
        world.jira.comment(1, "a comment")
    world.servicenow.moods[kind] = [mood]
    with pytest.raises(Killed):
        world.cycle()
    world.restart()
    assert doubts(world) == 1
    if fate == "deleted":
        delete(world, 1)
        census(world)
    else:
        world.jira.put(1, security={"id": "1", "name": "Board only"})
        world.engine.poll(world.route)
    for _ in range(2):
        world.hurry()
        world.work()
    assert doubts(world) == 0
    assert len(world.servicenow.records) == (0 if (kind, mood) == ("create", "killed before") else 1)


# -- calls -------------------------------------------------------------------------------------------------------------


def test_a_census_without_news_costs_its_pages_and_nothing_else(world):
    synced(world, *range(120))
    world.jira.calls.clear()
    world.servicenow.calls.clear()
    counted = world.engine.census(world.route)
    world.engine.look(world.route)
    assert counted.counted == 120
    assert world.jira.calls == {"prove": 1, "all_ids": 3}
    assert world.servicenow.calls == {}


def test_a_census_finds_what_polling_missed_and_leaves_a_whole_history_to_a_backfill(world):
    synced(world, 1)
    world.jira.unindexed.add("10002")
    world.jira.put(2)
    world.jira.put(3)
    world.jira.now += 10 * world.jira.overlap
    world.cycle()
    world.jira.now += 10 * world.jira.overlap
    world.jira.put(4)
    world.cycle()
    world.jira.unindexed.clear()
    world.cycle()
    assert len(world.servicenow.records) == 3
    assert world.engine.census(world.route).found == 1
    world.work()
    assert len(world.servicenow.records) == 4


def test_a_wide_rescan_finds_what_the_index_showed_too_late_and_moves_no_cursor(world):
    synced(world, 1)
    world.jira.unindexed.add("10002")
    world.jira.put(2)
    world.jira.now += 10 * world.jira.overlap
    world.jira.put(3)
    world.cycle()
    world.jira.unindexed.clear()
    world.cycle()
    cursor = world.store.cursors.all()[0].cursor_ms
    assert len(world.servicenow.records) == 2
    world.engine.rescan(world.route)
    world.work()
    assert len(world.servicenow.records) == 3
    assert world.store.cursors.all()[0].cursor_ms == cursor


def test_rescan_and_census_take_turns_and_keep_their_pace(world):
    synced(world, 1)
    world.engine.census(world.route, every=3600)
    assert world.engine.census(world.route, every=3600) is None
    world.engine.rescan(world.route, every=3600)
    assert world.engine.rescan(world.route, every=3600).elsewhere
    assert world.engine.census(world.route) is not None


def test_a_census_that_failed_is_tried_again_at_once(world):
    synced(world, 1)
    world.jira.dead = True
    with pytest.raises(AuthError):
        world.engine.census(world.route, every=3600)
    world.jira.dead = False
    assert world.engine.census(world.route, every=3600) is not None


def test_where_links_stand_is_kept_through_a_restart(world):
    synced(world, 1)
    delete(world, 1)
    world.engine.census(world.route)
    world.engine.look(world.route)
    world.restart()
    later(world)
    world.engine.look(world.route)
    world.restart()
    world.work()
    assert len(told(world)) == 1
    assert world.store.lifecycle.known("ops", "jira.example") == {"10001": False}


def test_an_issue_that_an_operator_detached_is_left_alone_also_when_it_is_gone(world):
    synced(world, 1, 2)
    world.store.linkage.detach("OPS-1")
    delete(world, 1)
    delete(world, 2)
    census(world)
    assert told(world, 1) == []
    assert len(told(world, 2)) == 1
    assert world.engine.sync(world.route).tally.done == 0
    assert world.store.queue.next_due_in("ops", failed=True) is None


def test_what_was_missing_when_an_operator_detached_it_keeps_nobody_looking(world):
    synced(world, 1)
    delete(world, 1)
    world.engine.census(world.route)
    assert world.store.lifecycle.any_missing("ops")
    world.store.linkage.detach("OPS-1")
    assert not world.store.lifecycle.any_missing("ops")


@pytest.mark.parametrize(
    ("links", "most"), [(0, 5), (3, 5), (8, 5), (12, 6), (30, 15), (40, 20), (400, 20), (1000, 50), (100_000, 5000)]
)
def test_how_many_may_be_missing_at_once(links, most):
    assert most_at_once(links) == most


def test_a_small_mapping_that_loses_all_its_issues_at_once_is_not_believed_to(world):
    """A security scheme, a permission: to Jira's API that is the same as if each had been deleted."""
    synced(world, *range(8))
    before = world.servicenow.writes
    world.jira.hidden.update(world.jira.issues)
    _, second = census(world)
    assert "8 linked issues are missing" in second.alarm
    assert world.servicenow.writes == before


def test_who_waits_for_a_person_is_known_until_the_person_has_spoken(world):
    world.jira.put(1)
    world.cycle()
    assert not world.store.lifecycle.waits_for_a_person("ops")
    world.store.lifecycle.alarm("ops", "21 linked issues are missing")
    assert world.store.lifecycle.waits_for_a_person("ops")
    world.store.lifecycle.accept("ops")
    assert not world.store.lifecycle.waits_for_a_person("ops")
