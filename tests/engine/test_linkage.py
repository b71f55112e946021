"""Links found again in ServiceNow after the database was lost, and links that a person sets right."""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from syncd.core.model import NoteState
from syncd.engine.linkage import rebuild
from syncd.errors import LostClaimError, NotFoundError, RefusedError, UnreadableError, UserError
from syncd.store import Store
from syncd.store.linkage import Came, Tie
from syncd.store.tables import cursors, links, notes


def lose_the_database(world):
    with world.store.database.write() as connection:
        for table in (notes, links, cursors):
            connection.execute(delete(table))
    world.restart()


@pytest.fixture
def running(world):
    """Three issues with a comment each, all in ServiceNow."""
    for number in range(3):
        world.jira.put(number)
        world.jira.comment(number, f"comment {number}")
    world.cycle()
    return world


def link(world, number):
    return world.store.links.known("ops", world.jira.site, [str(10_000 + number)])[str(10_000 + number)]


# -- rebuild -----------------------------------------------------------------------------------------------------------


def test_a_lost_database_is_rebuilt_from_the_records_and_nothing_is_written_again(running):
    lose_the_database(running)
    done = rebuild(running.route, running.store)
    assert (done.records, done.notes, done.came[Came.NEW], done.problems) == (3, 3, 3, [])
    assert link(running, 1).record_id == running.servicenow.of(1)["sys_id"]
    assert [note.state for note in link(running, 1).notes] == [NoteState.POSTED]
    before = running.servicenow.writes
    running.cycle()
    assert running.servicenow.writes == before
    assert running.servicenow.calls["marks"] == 3, "the journals were read by the rebuild, and not again"


def test_what_was_rebuilt_goes_on_as_before(running):
    lose_the_database(running)
    rebuild(running.route, running.store)
    running.jira.put(1, summary="Changed")
    running.jira.comment(1, "one more")
    running.cycle()
    assert len(running.servicenow.records) == 3
    assert running.servicenow.of(1)["short_description"] == "Changed"
    assert len(running.servicenow.notes(1)) == 2


def test_a_rebuild_may_be_repeated_and_changes_nothing_that_is_known(running):
    before = [link(running, number) for number in range(3)]
    done = rebuild(running.route, running.store)
    assert (done.came, done.problems) == ({Came.KNOWN: 3}, [])
    assert [link(running, number) for number in range(3)] == before


def test_records_of_other_mappings_and_sites_are_not_taken(running):
    for number, correlation in enumerate(["jira:jira.example:77:other", "jira:elsewhere:10001:ops", "jira:x", ""]):
        running.servicenow.create(f"{number:032}", correlation, {}, ())
    assert rebuild(running.route, running.store).records == 3


def test_two_records_of_one_issue_are_told_and_one_is_linked(running):
    lose_the_database(running)
    record = running.servicenow.of(1)
    running.servicenow.create("f" * 32, record["correlation_id"], {}, ())
    done = rebuild(running.route, running.store)
    assert done.records == 3
    assert "has two records" in done.problems[0]


def test_of_two_records_of_one_issue_the_older_one_is_linked_as_it_was_before(running):
    """Records are listed by their ids, which says nothing of their age; the notes are in the older one."""
    lose_the_database(running)
    record = running.servicenow.of(1)
    running.servicenow.create("0" * 31 + "1", record["correlation_id"], {}, ())
    rebuild(running.route, running.store)
    assert link(running, 1).record_id == record["sys_id"]
    assert [note.state for note in link(running, 1).notes] == [NoteState.POSTED]


def test_without_the_journals_nothing_is_restored_that_could_bring_notes_twice(running):
    lose_the_database(running)
    running.servicenow.journal_readable = False
    with pytest.raises(UnreadableError, match="audit_viewer"):
        rebuild(running.route, running.store)
    assert list(running.store.linkage.all()) == []


# -- adopt and detach --------------------------------------------------------------------------------------------------


def foreign(world, correlation=""):
    return world.servicenow.create("a" * 32, correlation, {"short_description": "Made by hand"}, ())


def test_an_issue_is_tied_to_a_record_that_a_person_made(running):
    running.engine.worker.drain(running.route)
    running.jira.put(7)
    record = foreign(running)
    tie = running.engine.adopt(running.route, "OPS-7", record.number)
    assert (tie.issue_id, tie.record_id) == ("10007", record.id)
    assert running.servicenow.records[record.id]["correlation_id"] == "jira:jira.example:10007:ops"
    running.cycle()
    assert len(running.servicenow.records) == 4
    assert running.servicenow.of(7)["short_description"] == "Issue 7"


def test_a_record_of_something_else_is_not_taken(running):
    record = foreign(running, "ticket:4711")
    with pytest.raises(RefusedError, match="belongs to something else"):
        running.engine.adopt(running.route, "OPS-1", record.number)


def test_an_issue_that_has_a_record_gets_no_second_one(running):
    with pytest.raises(RefusedError, match="has a record already"):
        running.engine.adopt(running.route, "OPS-1", foreign(running).number)


def test_neither_side_is_made_up(running):
    with pytest.raises(NotFoundError):
        running.engine.adopt(running.route, "OPS-1", "INC9999999")
    running.jira.issues.clear()
    with pytest.raises(UserError, match="OPS-1 is not an issue"):
        running.engine.adopt(running.route, "OPS-1", "INC0010001")


def test_a_detached_issue_is_left_alone_until_it_is_adopted_again(running):
    (tie,) = running.store.linkage.detach("OPS-1")
    running.jira.put(1, summary="Changed")
    running.jira.comment(1, "one more")
    running.cycle()
    assert running.servicenow.of(1)["short_description"] == "Issue 1"
    assert len(running.servicenow.notes(1)) == 1
    running.engine.adopt(running.route, "OPS-1", tie.record_number)
    running.cycle()
    assert running.servicenow.of(1)["short_description"] == "Changed"
    assert len(running.servicenow.notes(1)) == 2


def test_the_comments_of_the_issue_that_had_the_record_before_are_not_taken_for_deleted_ones(running):
    (tie,) = running.store.linkage.detach("OPS-1")
    running.servicenow.of(1)["correlation_id"] = ""
    running.jira.put(7)
    running.jira.comment(7, "first of another")
    running.engine.adopt(running.route, "OPS-7", tie.record_number)
    running.cycle()
    of_the_first, of_the_second = running.servicenow.notes(7)
    assert "commented on OPS-1" in of_the_first
    assert "commented on OPS-7" in of_the_second


def test_a_detached_issue_may_get_another_record(running):
    running.store.linkage.detach("OPS-1")
    running.servicenow.of(1)["correlation_id"] = ""
    record = foreign(running)
    running.engine.adopt(running.route, "OPS-1", record.id)
    running.cycle()
    assert running.servicenow.of(1)["sys_id"] == record.id
    assert len(running.servicenow.notes(1)) == 1


def test_nothing_is_nobodys_name(running):
    running.jira.put(8)
    running.engine.poll(running.route)  # a link without a record, and so without a number
    assert running.store.linkage.detach("") == []
    assert running.store.linkage.of("") == []
    assert running.store.insights.of("") == []


def test_a_link_in_hand_is_not_detached(running):
    running.jira.put(1, summary="Changed")
    running.engine.poll(running.route)
    assert running.store.queue.claim("ops", running.jira.site, 10)
    with pytest.raises(RefusedError, match="being worked on"):
        running.store.linkage.detach("OPS-1")


def claimed_by_the_dead(world):
    """A worker was killed with OPS-1 in hand, and its claim has run out."""
    world.jira.put(1, summary="Changed")
    world.engine.poll(world.route)
    (work,) = Store(world.store.database, claim_seconds=-1.0).queue.claim("ops", world.jira.site, 10)
    return work


def test_what_a_killed_worker_left_behind_can_be_detached_at_once(running):
    work = claimed_by_the_dead(running)
    assert running.store.linkage.detach("OPS-1")
    with pytest.raises(LostClaimError):  # should it only have been frozen
        running.store.links.intend_write(work, {"state": "6"})
    running.work()
    assert running.servicenow.of(1)["short_description"] == "Issue 1"


def test_what_a_killed_worker_left_behind_can_be_adopted_at_once(running):
    running.store.linkage.detach("OPS-1")
    running.servicenow.of(1)["correlation_id"] = ""
    running.engine.adopt(running.route, "OPS-1", foreign(running).id)
    claimed_by_the_dead(running)
    assert running.engine.adopt(running.route, "OPS-1", "a" * 32).record_id == "a" * 32
    running.cycle()
    assert running.servicenow.of(1)["short_description"] == "Changed"


def test_a_record_that_another_issue_has_is_not_taken_even_if_it_does_not_say_so(running):
    record = running.servicenow.of(1)
    record["correlation_id"] = ""
    running.jira.put(7)
    with pytest.raises(RefusedError, match=f"{record['number']} is tied to another issue"):
        running.engine.adopt(running.route, "OPS-7", record["number"])
    running.store.linkage.detach("OPS-1")
    assert running.engine.adopt(running.route, "OPS-7", record["number"]).record_id == record["sys_id"]


# -- out of one database, into another ---------------------------------------------------------------------------------


def test_what_was_carried_out_of_one_database_is_the_same_in_another(running):
    running.store.linkage.detach("OPS-2")
    ties = list(running.store.linkage.all())
    lose_the_database(running)
    assert {came for _, came in running.store.linkage.restore(ties)} == {Came.NEW}
    assert [(t.issue_id, t.record_id, t.notes, t.detached) for t in running.store.linkage.all()] == [
        (t.issue_id, t.record_id, t.notes, t.detached) for t in ties
    ]
    before = running.servicenow.writes
    running.cycle()
    assert running.servicenow.writes == before


def test_a_detached_issue_stays_so_in_another_database_though_its_record_has_gone_to_another(running):
    """The record of OPS-2 was given to OPS-1, which comes first there. OPS-8 was detached before it had any."""
    running.jira.put(8)
    running.engine.poll(running.route)
    running.store.linkage.detach("OPS-8")
    running.store.linkage.detach("OPS-2")
    (tie,) = running.store.linkage.of("OPS-1")
    ties = [replace(one, record_id=tie.record_id) if one.detached and one.record_id else one
            for one in running.store.linkage.all()]  # fmt: skip
    lose_the_database(running)
    assert {came for _, came in running.store.linkage.restore(ties)} == {Came.NEW}
    assert {came for _, came in running.store.linkage.restore(ties)} == {Came.KNOWN}
    running.jira.put(2, summary="Changed")
    running.cycle()
    assert len(running.servicenow.records) == 3
    assert running.servicenow.of(2)["short_description"] == "Issue 2"


def test_what_becomes_detached_by_an_import_is_due_no_more(running):
    running.jira.put(8)
    running.engine.poll(running.route)
    tie = Tie("ops", running.jira.site, "10008", "OPS-8", "", "", detached=True)
    assert running.store.linkage.restore([tie])[0][1] is Came.NEW
    assert running.store.queue.next_due_in("ops", failed=True) is None
    running.cycle()
    assert len(running.servicenow.records) == 3


def test_a_tie_to_another_record_is_not_overwritten(running):
    (tie,) = running.store.linkage.of("OPS-1")
    assert running.store.linkage.restore([replace(tie, record_id="b" * 32)])[0][1] is Came.OTHER
    assert link(running, 1).record_id == tie.record_id


def test_two_issues_are_not_tied_to_one_record(running):
    (tie,) = running.store.linkage.of("OPS-1")
    forged = replace(tie, issue_id="10077", issue_key="OPS-77")
    assert running.store.linkage.restore([forged])[0][1] is Came.TAKEN
    assert "10077" not in {one.issue_id for one in running.store.linkage.all()}


def test_many_ties_are_remembered_some_at_a_time_and_all_of_them(running):
    ties = [Tie("ops", running.jira.site, str(n), f"OPS-{n}", f"{n:032}", "") for n in range(50_000, 50_250)]
    done = running.store.linkage.restore(iter(ties))
    assert {tie for tie, came in done if came is Came.NEW} == set(ties)
    assert len(list(running.store.linkage.all())) == 3 + len(ties)
