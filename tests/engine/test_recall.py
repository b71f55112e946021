"""All journals that a mapping writes to are read back: what became of an issue is told wherever comments go."""

import pytest

from syncd.engine.linkage import rebuild
from syncd.errors import UnreadableError
from tests.engine.test_doubts import forget_everything, remap
from tests.engine.test_lifecycle import census, delete, told

ELSEWHERE = "comments: {to: comments}"
OFF = "comments: off"


@pytest.fixture(params=[ELSEWHERE, OFF], ids=["comments go elsewhere", "comments are off"])
def world(request, world):
    remap(world, ("comments: {to: work_notes}", request.param))
    return world


@pytest.fixture
def deleted(world):
    """The record was told that its issue was deleted; then the issue came back, unseen, and the database was lost."""
    world.jira.put(1)
    world.cycle()
    issue = world.jira.issues["10001"]
    delete(world, 1)
    census(world)
    assert len(told(world)) == 1
    world.jira.issues["10001"] = issue
    forget_everything(world)
    return world


def words(world):
    return [note.split("[jira-issue ")[1].split("]")[0] for note in world.servicenow.notes(1) if "[jira-issue" in note]


def as_it_goes(world):
    """Nothing is restored: the line finds the record."""


def restored(world):
    assert rebuild(world.route, world.store).notes == 1


def tied_by_hand(world):
    world.engine.adopt(world.route, "OPS-1", world.servicenow.of(1)["number"])


@pytest.mark.parametrize("way", [as_it_goes, restored, tied_by_hand])
def test_what_a_record_was_told_of_its_issue_is_known_again_after_the_database_was_lost(deleted, way):
    way(deleted)
    deleted.cycle()
    assert words(deleted) == ["1.deleted", "2.back"]
    delete(deleted, 1)
    census(deleted)
    assert words(deleted) == ["1.deleted", "2.back", "3.deleted"]


def test_an_issue_that_stays_deleted_is_not_told_again_after_the_database_was_lost(deleted):
    rebuild(deleted.route, deleted.store)
    delete(deleted, 1)
    census(deleted)
    assert words(deleted) == ["1.deleted"]


@pytest.mark.parametrize("way", [lambda world: rebuild(world.route, world.store), tied_by_hand])
def test_while_the_journal_cannot_be_read_nothing_is_tied(deleted, way):
    deleted.servicenow.journal_readable = False
    with pytest.raises(UnreadableError, match="the journal of INC0010001 cannot be read"):
        way(deleted)
    assert list(deleted.store.linkage.all()) == []
    deleted.cycle()
    delete(deleted, 1)
    census(deleted)
    assert words(deleted) == ["1.deleted"]


@pytest.mark.parametrize("world", [OFF], indirect=True)
def test_where_nothing_is_ever_told_an_unreadable_journal_stops_nothing(world):
    world.mapping_file.write_text(world.mapping_file.read_text() + "lifecycle: {deleted: keep}\n")
    world.restart()
    world.jira.put(1)
    world.cycle()
    forget_everything(world)
    world.servicenow.journal_readable = False
    assert rebuild(world.route, world.store).records == 1
    world.jira.put(1, summary="Changed")
    world.cycle()
    assert world.servicenow.of(1)["short_description"] == "Changed"
