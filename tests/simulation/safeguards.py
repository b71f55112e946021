"""Every safeguard that can be taken away by itself, and how. The table in docs/guarantees.md is made of these.

The name of a function says what syncd is like without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import update

from syncd.core import plan
from syncd.core.identity import derived_record_id
from syncd.core.model import Issue, NoteState
from syncd.core.policy import ConflictPolicy
from syncd.core.ports import Marks
from syncd.engine import carry_out, doubts, poll, prepare, still_ours, work
from syncd.engine.doubts import Doubts
from syncd.errors import DoubtfulError
from syncd.mapping import notes as mapped_notes
from syncd.store import links as store_links
from syncd.store import marking, queue
from syncd.store.links import Links
from syncd.store.queue import Queue
from syncd.store.tables import links
from tests.simulation.systems import SimulatedServiceNow
from tests.simulation.temper import ORDINARY, Temper


def no_intent_before_a_write(patch):
    patch.setattr(Links, "intend_write", lambda *_, **__: None)


def no_intent_before_a_note(patch):
    intend = Links.intend_note

    def only_the_receipt(self, work, marks, confirmed=(), edited_ms=None):
        if confirmed:
            self.confirm_note(work, confirmed)

    def confirm(self, work, marks):
        intend(self, work, marks)
        original(self, work, marks)

    original = Links.confirm_note
    patch.setattr(Links, "intend_note", only_the_receipt)
    patch.setattr(Links, "confirm_note", confirm)


def notes_are_not_read_back(patch):
    def forgets(self, work, record, **_):
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
    patch.setattr(marking, "FRESH_MS", -10_000)


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


def whatever_id_comes_back_is_taken_for_ours(patch):
    patch.setattr(carry_out, "_under_our_id", lambda *_: True)


def records_are_known_by_the_derived_id_only(patch):
    look_up = SimulatedServiceNow.look_up

    def blind(self, wanted, columns):
        found = look_up(self, wanted, columns)
        return {one: tuple(row for row in rows if row.id == one.record_id) for one, rows in found.items()}

    patch.setattr(SimulatedServiceNow, "look_up", blind)


def nobody_looks_before_sending_after_a_wait(patch):
    patch.setattr(still_ours, "LONG", float("inf"))


def a_lost_claim_may_write_and_settle(patch):
    def unfenced(connection, work, **values):
        connection.execute(update(links).where(links.c.id == work.id).values(**values))

    patch.setattr(queue, "hold", unfenced)
    patch.setattr(store_links, "hold", unfenced)


def a_change_during_the_work_is_forgotten(patch):
    patch.setattr(queue, "_unless_changed", lambda work: None)


def the_fingerprint_outlives_the_first_write(patch):
    def hold(self, connection, work, **values):
        store_links.hold(connection, work, due_at=store_links.now() + self._claim_seconds, **values)

    patch.setattr(Links, "_hold", hold)


def a_listing_begins_at_the_cursor(patch):
    patch.setattr(
        poll, "_since", lambda route, cursor_ms, clock: None if cursor_ms is None else poll.from_ms(cursor_ms)
    )


def restricted_and_internal_comments_are_sent(patch):
    patch.setattr(mapped_notes, "_why_not", lambda *_: "")


def issues_with_a_security_level_are_sent(patch):
    patch.setattr(Issue, "restricted", property(lambda issue: False))


def what_was_applied_is_forgotten(patch):
    decide = plan.decide
    patch.setattr(
        plan,
        "decide",
        lambda value, current, applied, attempted, policy: decide(value, current, None, attempted, policy),
    )


def what_was_attempted_is_forgotten(patch):
    decide = plan.decide
    patch.setattr(
        plan, "decide", lambda value, current, applied, attempted, policy: decide(value, current, applied, None, policy)
    )
    patch.setattr(doubts, "known_after", lambda link, current: dict(link.applied))


def a_persons_edit_is_taken_for_ours(patch):
    decide = plan.decide
    patch.setattr(plan, "decide", lambda *values: decide(*values[:-1], ConflictPolicy.SOURCE_WINS))


@dataclass(frozen=True)
class Safeguard:
    """`law` is its number in the design; `noticed` where to begin to look for a history,
    in a world of this `temper`, that misses it.
    """

    law: str
    removed: Callable[..., None]
    noticed: int
    temper: Temper = ORDINARY

    def __str__(self) -> str:
        return self.removed.__name__


CUT_SHORT = Temper(favoured=frozenset({"killed before", "killed after"}), lag=0.0)
JOURNAL_HIDDEN = Temper(favoured=frozenset({"hidden", "lost after"}))
LAGGING = Temper(lag=1.0)
HASTY = Temper(hasty=True, busy=0.3)
BEHIND = Temper(favoured=frozenset({"behind"}))
LISTED_AT_ONCE = Temper(busy=0.3, listed_meanwhile=1.0)
WAVERING = Temper(wavering=True, favoured=frozenset({"killed after", "lost after"}))
OFTEN_FROZEN = Temper(many=1.0, freezing=0.1)

SAFEGUARDS = [
    Safeguard("1, 11", no_intent_before_a_write, 35),
    Safeguard("1", nothing_is_looked_up_before_a_create, 0),
    Safeguard("1", records_are_known_by_the_derived_id_only, 27),
    Safeguard("1", whatever_id_comes_back_is_taken_for_ours, 100),
    Safeguard("1, 2, 3", nothing_is_waited_for, 100),
    Safeguard("2, 11", no_intent_before_a_note, 1),
    Safeguard("2", notes_are_not_read_back, 4),
    Safeguard("2", a_note_is_not_waited_for, 20),
    Safeguard("2", an_unreadable_journal_counts_as_empty, 49, JOURNAL_HIDDEN),
    Safeguard("3", a_note_is_sent_again_after_a_doubt, 17),
    Safeguard("4", what_was_applied_is_forgotten, 1),
    Safeguard("4", what_was_attempted_is_forgotten, 12),
    Safeguard("4", a_persons_edit_is_taken_for_ours, 1),
    Safeguard("5", the_cursor_moves_before_the_marks, 44, CUT_SHORT),
    Safeguard("5", a_listing_begins_at_the_cursor, 36, LAGGING),
    Safeguard("5", the_same_second_is_believed, 66, HASTY),
    Safeguard("5", a_node_that_is_behind_is_believed, 15, BEHIND),
    Safeguard("5", a_change_during_the_work_is_forgotten, 14, LISTED_AT_ONCE),
    Safeguard("8", restricted_and_internal_comments_are_sent, 4),
    Safeguard("8", issues_with_a_security_level_are_sent, 12),
    Safeguard("11", the_fingerprint_outlives_the_first_write, 91, WAVERING),
    Safeguard("11", a_lost_claim_may_write_and_settle, 5, OFTEN_FROZEN),
    Safeguard("11", nobody_looks_before_sending_after_a_wait, 43, OFTEN_FROZEN),
]
