"""Each safeguard is taken away, and the random histories notice: what they cannot notice, they do not prove.

Three safeguards are missed too seldom for a short form, and have tests of their own by name: the fence
(`engine/test_crashes.py`), the fingerprint that ends with the first write (`engine/test_doubts.py`), and the change
that is listed during the work (`store/test_queue.py`).
"""

from dataclasses import replace

import pytest

from syncd.core.identity import derived_record_id
from syncd.core.model import NoteState
from syncd.core.ports import Marks
from syncd.engine import doubts, prepare, work
from syncd.engine.doubts import Doubts
from syncd.errors import DoubtfulError
from syncd.store import queue
from syncd.store.links import Links
from syncd.store.queue import Queue
from tests.simulation.history import Broken, History
from tests.simulation.systems import SimulatedServiceNow

MOST = 1000


def no_intent_before_a_write(patch):
    patch.setattr(Links, "intend_write", lambda self, work, fields, omitted=(): None)


def no_intent_before_a_note(patch):
    intend = Links.intend_note

    def only_the_receipt(self, work, marks, confirmed=()):
        if confirmed:
            self.confirm_note(work, confirmed)

    def confirm(self, work, marks):
        intend(self, work, marks)
        original(self, work, marks)

    original = Links.confirm_note
    patch.setattr(Links, "intend_note", only_the_receipt)
    patch.setattr(Links, "confirm_note", confirm)


def notes_are_not_read_back(patch):
    def forgets(self, work, record):
        open_ones = [note for note in work.link.notes if note.state is NoteState.INTENT]
        if open_ones:
            self._store.links.resolve_notes(work, (), open_ones)
        kept = tuple(note for note in work.link.notes if note.state is not NoteState.INTENT)
        return replace(work, link=replace(work.link, notes=kept))

    patch.setattr(Doubts, "_notes", forgets)


def an_unreadable_journal_counts_as_empty(patch):
    marks = SimulatedServiceNow.marks
    patch.setattr(SimulatedServiceNow, "marks", lambda *args: Marks(marks(*args).found, readable=True))


def nothing_is_waited_for(patch):
    patch.setattr(doubts.Doubts, "_wait", lambda *args: None)


def a_note_is_not_waited_for(patch):
    resolve = doubts.resolve_intents
    patch.setattr(doubts, "resolve_intents", lambda *args, **more: resolve(*args, **{**more, "limit": 0.0}))


def nothing_is_looked_up_before_a_create(patch):
    def blind(route, identities):
        found, hidden = look_up(route, identities)
        derived = {derived_record_id("ops", "jira.example", id) for id in route.source.issues}
        ours = {one: rows if one.record_id not in derived else () for one, rows in found.items()}
        return ours, hidden

    look_up = prepare.look_up
    patch.setattr(prepare, "look_up", blind)


def the_cursor_moves_before_the_marks(patch):
    mark = Queue.mark

    def in_two_steps(self, mapping, site, digest, stubs, *, cursor_ms=None, **more):
        mark(self, mapping, site, digest, (), cursor_ms=cursor_ms, **more)
        return mark(self, mapping, site, digest, stubs, **more)

    patch.setattr(Queue, "mark", in_two_steps)


def the_same_second_is_believed(patch):
    patch.setattr(queue, "FRESH_MS", -10_000)


def a_node_that_is_behind_is_believed(patch):
    patch.setattr(work, "_is_stale", lambda work, issue: False)


def a_note_is_sent_again_after_a_doubt(patch):
    add_note = SimulatedServiceNow.add_note

    def again(*args):
        try:
            add_note(*args)
        except DoubtfulError:
            add_note(*args)

    patch.setattr(SimulatedServiceNow, "add_note", again)


VARIANTS = [
    a_note_is_sent_again_after_a_doubt,
    no_intent_before_a_write,
    no_intent_before_a_note,
    notes_are_not_read_back,
    pytest.param(an_unreadable_journal_counts_as_empty, marks=pytest.mark.long),
    nothing_is_waited_for,
    a_note_is_not_waited_for,
    nothing_is_looked_up_before_a_create,
    the_cursor_moves_before_the_marks,
    the_same_second_is_believed,
    a_node_that_is_behind_is_believed,
]


@pytest.mark.parametrize("without", VARIANTS, ids=lambda variant: variant.__name__)
def test_it_is_noticed(quick, monkeypatch, without):
    without(monkeypatch)
    for seed in range(MOST):
        try:
            History(seed, quick).run()
        except Broken as broken:
            print(f"noticed by {str(broken).splitlines()[0]}")
            return
    pytest.fail(f"{MOST} histories notice nothing")
