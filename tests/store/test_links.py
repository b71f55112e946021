"""Intents before calls, receipts after them; what a crash leaves behind can be asked about."""

from dataclasses import replace

import pytest

from syncd.core.marker import Mark
from syncd.core.model import Applied, Note, NoteState
from syncd.errors import RefusedError
from tests.store.test_queue import claim, mark, stub

ONE, TWO = Mark("10", 1, "aaaaaaaa"), Mark("11", 1, "bbbbbbbb")


@pytest.fixture
def work(store):
    mark(store, stub())
    return claim(store)[0]


def known(store):
    return store.links.known("ops", "jira.example", ["10001"])["10001"]


def test_an_intent_survives_a_crash_and_says_when_it_was_sent(store, work):
    store.links.intend_write(work, {"state": "6"})
    link = known(store)
    assert link.attempted == {"state": "6"}
    assert abs(link.sent_at - store.links.time()) < 5
    assert link.record_id == ""


def test_a_receipt_leaves_no_doubt(store, work):
    store.links.intend_write(work, {"state": "6"})
    applied = {"state": Applied("6", "6"), "priority": Applied("1", None)}
    store.links.confirm_write(work, applied, record_id="a" * 32, number="INC1")
    link = known(store)
    assert (link.record_id, link.record_number, link.sent_at, dict(link.attempted)) == ("a" * 32, "INC1", None, {})
    assert link.applied == applied


def test_a_refused_write_leaves_no_doubt_either(store, work):
    store.links.intend_write(work, {"state": "6"})
    store.links.withdraw_write(work)
    assert known(store).sent_at is None


def test_doubts_add_up_until_they_are_settled(store, work):
    store.links.intend_write(work, {"state": "6"})
    store.links.intend_write(replace(work, link=known(store)), {"urgency": "1"})
    assert known(store).attempted == {"state": "6", "urgency": "1"}


def test_the_receipt_of_one_note_and_the_intent_of_the_next_are_one_step(store, work):
    store.links.intend_note(work, [ONE])
    store.links.intend_note(work, [TWO], confirmed=[ONE])
    states = {note.comment_id: note.state for note in known(store).notes}
    assert states == {"10": NoteState.POSTED, "11": NoteState.INTENT}
    store.links.confirm_note(work, [TWO])
    assert {note.state for note in known(store).notes} == {NoteState.POSTED}


def test_a_note_remembers_when_its_comment_was_last_edited(store, work):
    store.links.intend_note(work, [ONE, TWO], edited_ms={"10": 1000})
    assert {note.comment_id: note.edited_ms for note in known(store).notes} == {"10": 1000, "11": None}
    store.links.confirm_note(work, [ONE, TWO])
    assert {note.comment_id: note.edited_ms for note in known(store).notes} == {"10": 1000, "11": None}


def test_a_note_can_be_withdrawn_or_found_after_all(store, work):
    store.links.intend_note(work, [ONE, TWO])
    intents = {note.comment_id: note for note in known(store).notes}
    found = Note("10", 1, "cccccccc", NoteState.POSTED)
    store.links.resolve_notes(work, posted=[found], withdrawn=[intents["11"]])
    assert known(store).notes == (found,)


def test_any_record_of_a_mapping_serves_as_an_example(store, work):
    assert store.links.example("ops") is None
    store.links.confirm_write(work, {}, record_id="a" * 32, number="INC1")
    assert store.links.example("ops").record_id == "a" * 32


def test_a_mapping_does_not_move_to_another_jira_unnoticed(store):
    store.cursors.begin("ops", "jira.example")
    with pytest.raises(RefusedError, match=r"site: jira\.example"):
        store.cursors.begin("ops", "other.example")


def test_a_backfill_goes_on_where_it_was_until_it_is_finished(store):
    store.cursors.begin("ops", "jira.example")
    first = store.cursors.begin_backfill("ops", "project = OPS", None, "d1")
    mark(store, stub(), cursor_ms=5000, backfill=first.id)
    resumed = store.cursors.begin_backfill("ops", "project = OPS", None, "d1")
    assert (resumed.id, resumed.cursor_ms, resumed.listed) == (first.id, 5000, 1)
    assert store.cursors.begin_backfill("ops", "project = DEV", None, "d1").id != first.id
    store.cursors.finish_backfill(resumed)
    assert store.cursors.begin_backfill("ops", "project = OPS", None, "d1").cursor_ms is None
    assert store.cursors.begin("ops", "jira.example").cursor_ms is None
