"""A hint makes an issue due at once if it belongs to the mapping; it proves nothing and moves no cursor."""

import pytest

from syncd.engine.hints import Hinted, follow_hints
from syncd.errors import AuthError, RefusedError


def hint(world, *numbers):
    world.store.hints.add("ops", [str(10_000 + number) for number in numbers])


def cursor(world):
    (cursor,) = world.store.cursors.all()
    return cursor.cursor_ms


def test_a_hint_brings_a_change_before_the_next_poll_and_leaves_the_cursor_alone(world):
    world.jira.put(1)
    world.cycle()
    before = cursor(world)
    world.jira.put(1, summary="Changed")
    world.jira.put(2)
    hint(world, 1, 2)
    assert follow_hints(world.route, world.store).wanted == ("10001", "10002")
    assert world.work().done == 2
    assert sorted(record["short_description"] for record in world.servicenow.records.values()) == ["Changed", "Issue 2"]
    assert cursor(world) == before


def test_an_issue_outside_the_query_is_a_stranger_however_well_it_is_known(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Secret now")
    world.jira.elsewhere.add("10001")
    hint(world, 1, 7)
    assert follow_hints(world.route, world.store) == Hinted((), ("10001", "10007"))
    assert world.work().done == 0


def test_no_hint_costs_no_call(world):
    world.jira.put(1)
    world.cycle()
    calls = world.jira.calls.total()
    assert follow_hints(world.route, world.store) == Hinted()
    assert world.jira.calls.total() == calls


def test_fifty_hints_are_one_question(world):
    for number in range(60):
        world.jira.put(number)
    world.cycle()
    hint(world, *range(60))
    world.jira.calls.clear()
    assert len(follow_hints(world.route, world.store).wanted) == 50
    assert world.jira.calls == {"matching": 1}


def test_hints_outlive_a_jira_that_does_not_answer(world):
    world.jira.put(1)
    world.cycle()
    hint(world, 1)
    world.jira.dead = True
    with pytest.raises(AuthError):
        follow_hints(world.route, world.store)
    world.jira.dead = False
    assert follow_hints(world.route, world.store).wanted == ("10001",)


def test_a_hint_brings_no_issue_of_another_jira_under_the_mappings_name(world):
    world.jira.put(1)
    world.cycle()
    world.jira.site = "another.example"
    hint(world, 1)
    with pytest.raises(RefusedError, match=r"was linked to the Jira at jira\.example"):
        follow_hints(world.route, world.store)
    assert world.store.hints.waiting("ops") == 1
    world.work()
    assert len(world.servicenow.records) == 1


def test_what_is_older_than_the_mapping_reaches_is_not_taken_up_by_a_hint(world):
    """A vote, a link: events of old issues whose `updated` does not move, so that no poll would show them."""
    text = world.mapping_file.read_text()
    world.mapping_file.write_text(text.replace('jql: "project = OPS"', 'jql: "project = OPS", since: now'))
    world.jira.put(1)
    world.jira.now += 10 * world.jira.overlap
    world.restart()
    world.cycle()
    world.jira.now += world.jira.overlap
    world.jira.put(2)
    hint(world, 1, 2)
    assert follow_hints(world.route, world.store) == Hinted(("10002",), ())
    world.work()
    assert [record["short_description"] for record in world.servicenow.records.values()] == ["Issue 2"]
