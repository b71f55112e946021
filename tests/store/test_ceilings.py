"""Ceilings: counted in the transaction of the intent, for all processes together; a new cycle counts anew."""

import threading

import pytest

from syncd.core.marker import OF_ISSUE, Mark
from syncd.core.model import Note, NoteState
from syncd.core.policy import Ceiling, Ceilings
from syncd.errors import CeilingError, LoopError
from syncd.store import Priority, loops, tolls
from tests.store.test_queue import mark, stub

FIVE = Ceilings(create=5, close=2)


def issues(count, first=0):
    return [stub(str(number), key=f"OPS-{number}") for number in range(first, first + count)]


def claimed(store, limits=FIVE, limit=100):
    return store.queue.claim("ops", "jira.example", limit, limits)


def create(store, work, limits=FIVE):
    store.links.intend_write(work, {"state": "1"}, passed=tolls(limits, Ceiling.CREATE, work.priority))


def let_through(store, works, limits=FIVE):
    """How many creates pass; the others are held back."""
    passed = 0
    for work in works:
        try:
            create(store, work, limits)
            passed += 1
        except CeilingError as error:
            store.queue.hold_back(work, Ceiling(error.ceiling), str(error))
        else:
            store.queue.settle(work, "f")
    return passed


def test_beyond_the_ceiling_nothing_is_intended_and_the_issue_waits_for_the_next_cycle(store):
    mark(store, *issues(8))
    assert let_through(store, claimed(store)) == 5
    assert claimed(store) == []
    assert store.ceilings.held_back() == {("ops", Ceiling.CREATE): 3}
    store.ceilings.begin_cycle("ops")
    assert let_through(store, claimed(store)) == 3
    assert store.ceilings.held_back() == {}


def test_what_is_refused_leaves_no_intent_behind(store):
    mark(store, *issues(1))
    (work,) = claimed(store)
    with pytest.raises(CeilingError, match=r"ceilings\.create"):
        create(store, work, Ceilings(create=0))
    assert store.links.known("ops", "jira.example", ["0"])["0"].sent_at is None


def test_many_processes_stay_below_one_ceiling(store):
    mark(store, *issues(24))
    works, passed, lock = claimed(store), [], threading.Lock()

    def send(some):
        for work in some:
            try:
                create(store, work)
            except CeilingError:
                continue
            with lock:
                passed.append(work)

    threads = [threading.Thread(target=send, args=(works[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 5


def test_what_was_asked_for_by_name_is_not_counted(store):
    mark(store, *issues(8), priority=Priority.BACKFILL)
    assert let_through(store, claimed(store)) == 8


def test_what_surely_runs_into_the_ceiling_need_not_be_claimed(store):
    mark(store, *issues(8))
    let_through(store, claimed(store, limit=6))
    assert store.queue.waiting("ops").held_back == 1
    store.ceilings.bar("ops", Ceiling.CREATE)
    assert claimed(store) == []
    assert store.queue.waiting("ops").held_back == 3


def test_a_change_of_an_issue_that_has_its_record_passes_a_create_ceiling(store):
    mark(store, *issues(1))
    (work,) = claimed(store)
    create(store, work)
    store.links.confirm_write(work, {}, record_id="r1", number="INC1")
    store.queue.settle(work, "f")
    mark(store, stub("0", minutes=1), *issues(6, first=1))
    assert let_through(store, claimed(store, limit=7)[1:], Ceilings(create=0)) == 0
    store.ceilings.bar("ops", Ceiling.CREATE)
    store.queue.release_all()
    assert [work.link.issue_id for work in claimed(store, Ceilings(create=0))] == ["0"]


def test_history_of_a_first_listing_has_a_ceiling_of_its_own_that_no_cycle_lifts(store):
    mark(store, *issues(60), priority=Priority.FIRST)
    created = 0
    for _ in range(15):
        created += let_through(store, claimed(store))
        store.ceilings.begin_cycle("ops")
    assert created == 50
    assert store.ceilings.held_back() == {("ops", Ceiling.FIRST): 10}


def test_a_backfill_lets_pass_what_the_first_listing_had_to_hold_back(store):
    mark(store, *issues(60), priority=Priority.FIRST)
    let_through(store, claimed(store))
    assert len(store.queue.unseen("ops", "jira.example", "d1", issues(60))) == 55
    mark(store, *issues(60), priority=Priority.BACKFILL)
    assert let_through(store, claimed(store)) == 55


def test_without_ceilings_all_that_was_held_back_is_free(store):
    mark(store, *issues(8))
    let_through(store, claimed(store))
    assert let_through(store, claimed(store, Ceilings()), Ceilings()) == 3


def test_what_is_held_back_is_not_counted_as_due(store):
    mark(store, *issues(8))
    let_through(store, claimed(store))
    (count,) = store.reports.counts()
    assert (count.due, count.held_back, count.waiting) == (0, 3, 3)
    assert store.queue.next_due_in("ops", failed=True) is None


# -- the loop breaker --------------------------------------------------------------------------------------------------


NEW = [Mark("501", 1, "0123abcd")]


def linked(store):
    mark(store, stub())
    (work,) = claimed(store)
    store.links.intend_write(work, {"state": "1"})
    store.links.confirm_write(work, {}, record_id="r1", number="INC1")
    store.queue.settle(work, "f")
    mark(store, stub(minutes=1))
    return claimed(store)[0]


def written(store, work, times):
    for _ in range(times):
        store.links.intend_write(work, {"state": "1"})


def test_a_record_that_is_written_again_and_again_is_a_loop(store):
    work = linked(store)
    written(store, work, loops.MOST_WRITES)
    with pytest.raises(LoopError, match="INC1 was written 20 times") as caught:
        store.links.intend_write(work, {"state": "1"})
    assert 3500 < caught.value.seconds <= 3600


def test_a_new_comment_is_a_persons_doing_and_begins_the_count_anew(store):
    work = linked(store)
    written(store, work, loops.MOST_WRITES)
    store.links.intend_note(work, NEW)
    store.links.confirm_note(work, NEW)
    written(store, work, loops.MOST_WRITES)


def test_so_does_one_whose_note_was_found_in_the_journal(store):
    work = linked(store)
    written(store, work, loops.MOST_WRITES)
    store.links.intend_note(work, NEW)
    store.links.resolve_notes(work, [Note("501", 1, "0123abcd", NoteState.POSTED)], [])
    written(store, work, loops.MOST_WRITES)


@pytest.mark.parametrize("mark", [Mark("501", 2, "0123abcd"), Mark(OF_ISSUE, 1, "back")])
def test_an_edited_comment_does_not_and_neither_does_what_is_told_of_the_issue(store, mark):
    work = linked(store)
    written(store, work, loops.MOST_WRITES)
    store.links.intend_note(work, [mark])
    store.links.confirm_note(work, [mark])
    with pytest.raises(LoopError):
        store.links.intend_write(work, {"state": "1"})


def test_a_comment_whose_note_is_refused_hides_no_loop(store):
    work = linked(store)
    for _ in range(loops.MOST_WRITES):
        store.links.intend_write(work, {"state": "1"})
        store.links.intend_note(work, NEW)
        store.links.withdraw_note(work, NEW)
    with pytest.raises(LoopError):
        store.links.intend_write(work, {"state": "1"})


def test_after_an_hour_it_counts_anew(store, monkeypatch):
    work = linked(store)
    written(store, work, loops.MOST_WRITES)
    monkeypatch.setattr(loops, "SECONDS", -1.0)
    store.links.intend_write(work, {"state": "1"})
