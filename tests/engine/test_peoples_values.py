"""Values that people, or ServiceNow's own defaults, put into a record: what counts as whose, and what is said of it."""

import pytest

from syncd.core.model import Result


@pytest.fixture
def conflict(world, mapping_file, request):
    """The mapping, with another answer to a person's edit."""
    mapping_file.write_text(f"{mapping_file.read_text()}conflict: {request.param}\n")
    world.restart()


def said(world, result: Result) -> list[tuple[str, ...]]:
    return [outcome.fields for outcome in world.outcomes if outcome.result is result]


@pytest.mark.parametrize("conflict", ["source_wins", "target_wins", "hold"], indirect=True)
def test_a_default_of_the_instance_is_no_persons_edit(world, conflict, monkeypatch):
    """The issue has no description, and ServiceNow writes one into every new record."""
    stored = world.servicenow._stored
    monkeypatch.setattr(world.servicenow, "_stored", lambda fields: {"description": "none given", **stored(fields)})
    world.jira.put(1, description="")
    world.cycle()
    monkeypatch.undo()
    world.jira.put(1, summary="Changed")
    world.cycle()
    record = world.servicenow.of(1)
    assert (record["short_description"], record["description"]) == ("Changed", "none given")
    assert said(world, Result.HELD) == said(world, Result.KEPT) == []
    world.jira.put(1, description="now there is one")
    world.cycle()
    world.jira.put(1, description="")
    world.cycle()
    assert world.servicenow.of(1)["description"] == ""


@pytest.mark.parametrize("conflict", ["target_wins"], indirect=True)
def test_a_value_that_stays_is_named(world, conflict):
    world.jira.put(1)
    world.cycle()
    world.servicenow.of(1)["state"] = "3"
    world.jira.put(1, status="Done")
    world.cycle()
    assert said(world, Result.KEPT) == [("state",)]
    record = world.servicenow.of(1)
    assert (record["state"], record.get("close_code", "")) == ("3", "")
    assert next(entry.result for entry in world.store.journal.of("10001", limit=10)) == "kept"
