"""Records whose correlation id a person changed, before the database was lost that knew better."""

import pytest

from syncd.engine.linkage import rebuild
from tests.engine.test_doubts import forget_everything


def lost_and_found(world):
    """The links are rebuilt."""
    forget_everything(world)
    rebuild(world.route, world.store)


@pytest.fixture(params=[forget_everything, lost_and_found])
def lose(request):
    return request.param


@pytest.fixture
def world(world):
    """Two issues with a comment each; the record of the first is the older one."""
    for number in (1, 2):
        world.jira.put(number)
        world.cycle()
        world.jira.comment(number, f"comment on {number}")
        world.cycle()
    return world


def everything_changes(world):
    for number in (1, 2):
        world.jira.put(number, summary=f"Changed {number}")
        world.jira.comment(number, f"one more on {number}")
    for _ in range(3):
        world.cycle()
        world.hurry()
    world.work()


def summaries(world):
    return sorted((row["number"], row["short_description"]) for row in world.servicenow.records.values())


@pytest.mark.parametrize("owner", ["jira:jira.example:10002:ops", "ticket:4711"])
def test_a_record_that_was_given_to_something_else_is_not_taken_back(world, lose, owner):
    given, record_id = world.servicenow.of(1), world.servicenow.of(1)["sys_id"]
    given["correlation_id"] = owner
    lose(world)
    everything_changes(world)
    assert summaries(world) == [("INC0010001", "Issue 1"), ("INC0010002", "Changed 2")]
    assert len(world.servicenow.journal[record_id]) == 1
    (insight,) = world.store.insights.of("OPS-1")
    assert "INC0010001 was created for this issue and belongs to something else now" in insight.held
    assert repr(owner) in insight.held
    given["correlation_id"] = "jira:jira.example:10001:ops"
    everything_changes(world)
    assert summaries(world) == [("INC0010001", "Changed 1"), ("INC0010002", "Changed 2")]


def test_a_record_without_a_correlation_id_is_known_by_its_id(world, lose):
    record = world.servicenow.of(1)
    record["correlation_id"] = ""
    lose(world)
    everything_changes(world)
    assert summaries(world) == [("INC0010001", "Changed 1"), ("INC0010002", "Changed 2")]
    assert len(world.servicenow.journal[record["sys_id"]]) == 2


def test_an_older_record_that_was_given_the_correlation_id_is_not_the_issues_own(world, lose):
    foreign = world.servicenow.create("0" * 32, "", {"short_description": "By hand"}, ())
    world.servicenow.records[foreign.id].update(
        correlation_id="jira:jira.example:10002:ops", sys_created_on="2020-01-01 00:00:00"
    )
    lose(world)
    everything_changes(world)
    assert summaries(world) == [("INC0010001", "Changed 1"), ("INC0010002", "Changed 2"), ("INC0010003", "By hand")]
    assert foreign.id not in world.servicenow.journal


def test_where_ids_are_not_honoured_the_oldest_of_several_is_the_issues_own(world, lose):
    world.servicenow.honours_ids = False
    world.jira.put(3)
    world.cycle()
    record = world.servicenow.of(3)
    world.servicenow.create("0" * 32, record["correlation_id"], {"short_description": "A copy"}, ())
    lose(world)
    world.jira.put(3, summary="Changed 3")
    world.cycle()
    assert record["short_description"] == "Changed 3"
