"""A backup is restored that is older than what was done: notes that it does not remember are not sent again (law 2)."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from syncd.errors import UnreadableError
from syncd.store.memory import GAP_SECONDS
from syncd.store.tables import cursors, links, notes


@pytest.fixture
def running(world):
    """One issue with two comments, both of them noted and settled."""
    world.jira.put(1)
    world.jira.comment(1, "first")
    world.cycle()
    world.jira.comment(1, "second")
    world.cycle()
    assert len(world.servicenow.notes(1)) == 2
    return world


def restore_a_backup(world, *, seconds_old):
    """The database as it was before the second comment was noted."""
    with world.store.database.write() as connection:
        connection.execute(delete(notes).where(notes.c.comment_id == "2"))
        for table, column in ((links, links.c.applied_at), (cursors, cursors.c.alive_at)):
            connection.execute(update(table).values({column: column - seconds_old}))
        connection.execute(update(cursors).values(resumed_at=cursors.c.resumed_at - seconds_old))
        connection.execute(update(links).values(fingerprint="older", issue_updated_ms=None))
    world.restart()


def test_the_journal_is_read_before_a_note_is_sent_from_an_old_memory(running):
    restore_a_backup(running, seconds_old=2 * GAP_SECONDS)
    running.cycle()
    assert len(running.servicenow.notes(1)) == 2
    assert running.servicenow.calls["marks"] == 1
    running.jira.comment(1, "third")
    running.cycle()
    assert len(running.servicenow.notes(1)) == 3
    assert running.servicenow.calls["marks"] == 1, "the link was settled since, and is believed again"


def test_an_edit_that_was_noted_already_is_not_noted_again(running):
    running.jira.edit_comment(1, "1", "first, but better")
    running.cycle()
    with running.store.database.write() as connection:
        connection.execute(delete(notes).where(notes.c.version == 2))
    restore_a_backup(running, seconds_old=2 * GAP_SECONDS)
    running.cycle()
    assert len(running.servicenow.notes(1)) == 3


def test_an_issue_without_news_costs_no_look(running):
    restore_a_backup(running, seconds_old=2 * GAP_SECONDS)
    running.cycle()
    running.jira.put(1, summary="Changed")
    with running.store.database.write() as connection:
        connection.execute(update(cursors).values(alive_at=0.0))
    running.cycle()
    assert running.servicenow.calls["marks"] == 1


def test_while_the_journal_cannot_be_read_nothing_is_sent(running):
    restore_a_backup(running, seconds_old=2 * GAP_SECONDS)
    running.servicenow.journal_readable = False
    running.cycle()
    assert len(running.servicenow.notes(1)) == 2
    (parked,) = running.store.reports.parked()
    assert parked.cause == "unreadable"
    assert UnreadableError.__name__ not in parked.error


def test_who_never_stopped_reads_no_journal(running):
    running.jira.comment(1, "third")
    running.cycle()
    assert running.servicenow.calls["marks"] == 0


def pass_time(world, seconds):
    """So many seconds pass on the database's clock; less than none if it is set back."""
    with world.store.database.write() as connection:
        for column in (links.c.applied_at, cursors.c.alive_at, cursors.c.resumed_at):
            connection.execute(update(column.table).values({column: column - seconds}))


def test_an_issue_that_is_again_as_it_is_remembered_is_not_taken_for_unchanged(running):
    """It was changed, which was written, and changed back, which was not; and the database forgot both."""
    running.servicenow.of(1)["short_description"] = "As it was meanwhile"
    pass_time(running, 2 * GAP_SECONDS)
    running.engine.want(running.route, "OPS-1")
    running.work()
    assert running.servicenow.of(1)["short_description"] == "Issue 1"


def test_an_unchanged_issue_costs_one_look_after_a_gap_and_none_later(running):
    pass_time(running, 2 * GAP_SECONDS)
    looks = []
    for _ in range(2):
        before = running.servicenow.calls["look_up"]
        running.engine.want(running.route, "OPS-1")
        running.work()
        looks.append(running.servicenow.calls["look_up"] - before)
    assert looks == [1, 0]
    assert running.servicenow.calls["marks"] == 0


def test_a_backup_that_is_restored_where_the_clock_is_behind_is_noticed_too(running):
    restore_a_backup(running, seconds_old=-600)
    running.cycle()
    assert len(running.servicenow.notes(1)) == 2
    assert running.servicenow.calls["marks"] == 1


def test_a_memory_of_which_nobody_knows_the_age_is_not_believed(running):
    """Links were carried into an empty database, and a hint came before the first listing."""
    ties = list(running.store.linkage.all())
    with running.store.database.write() as connection:
        for table in (notes, links, cursors):
            connection.execute(delete(table))
    running.restart()
    running.store.linkage.restore([replace(tie, notes=tie.notes[:1]) for tie in ties])
    running.store.queue.want("ops", running.jira.site, "10001", "OPS-1")
    running.work()
    assert len(running.servicenow.notes(1)) == 2


def test_a_mapping_that_was_paused_for_hours_goes_on_as_before(running):
    running.jira.comment(1, "third")
    pass_time(running, 6 * 3600)
    running.cycle()
    assert len(running.servicenow.notes(1)) == 3
    assert running.servicenow.calls["marks"] == 1
