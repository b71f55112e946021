"""The link row as a work item, on SQLite and on Postgres: nothing is lost, nothing is worked on twice at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from syncd.core.ports import Stub
from syncd.errors import LostClaimError
from syncd.store import Priority, Store, marking
from syncd.store.clock import now
from syncd.store.marking import milliseconds

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LATER = milliseconds(Stub("0", "", NOON)) + 60_000


def stub(id="10001", minutes=0, key="OPS-1"):
    return Stub(id, key, NOON + timedelta(minutes=minutes))


def mark(store, *stubs, digest="d1", priority=Priority.LIVE, listed_at_ms=LATER, **more):
    return store.queue.mark("ops", "jira.example", digest, stubs, listed_at_ms=listed_at_ms, priority=priority, **more)


def claim(store, limit=10):
    return store.queue.claim("ops", "jira.example", limit)


def settled(store, *stubs):
    mark(store, *stubs)
    for work in claim(store):
        store.queue.settle(work, "f1")


def test_a_new_issue_is_due_at_once(store):
    assert mark(store, stub()).new == 1
    (work,) = claim(store)
    assert (work.link.issue_id, work.link.issue_key, work.wanted) == ("10001", "OPS-1", 1)


def test_a_claimed_issue_is_nobody_elses(store):
    mark(store, stub())
    assert len(claim(store)) == 1
    assert claim(store) == []


def test_a_settled_issue_is_clean(store):
    settled(store, stub())
    assert claim(store) == []
    assert store.queue.next_due_in("ops", failed=True) is None


def test_an_issue_that_did_not_change_is_not_looked_at_again(store):
    settled(store, stub())
    assert mark(store, stub()).unchanged == 1
    assert claim(store) == []


@pytest.mark.parametrize(
    "change",
    [{"stub": stub(minutes=1)}, {"digest": "d2"}],
    ids=["it changed in Jira", "the mapping changed"],
)
def test_what_makes_an_issue_due_again(store, change):
    settled(store, stub())
    assert mark(store, change.get("stub", stub()), digest=change.get("digest", "d1")).changed == 1
    assert len(claim(store)) == 1


def test_an_issue_seen_in_the_second_of_its_change_is_looked_at_once_more(store):
    just_now = milliseconds(stub()) + 500
    mark(store, stub(), listed_at_ms=just_now)
    for work in claim(store):
        store.queue.settle(work, "f1")
    assert mark(store, stub(), listed_at_ms=LATER).changed == 1


def test_a_change_during_the_work_makes_it_due_again_when_settled(store):
    mark(store, stub())
    (work,) = claim(store)
    mark(store, stub(minutes=1))
    assert claim(store) == []
    store.queue.settle(work, "f1")
    (again,) = claim(store)
    assert again.wanted == 2


def test_many_changes_coalesce_into_one_dirty_row(store):
    for minute in range(20):
        mark(store, stub(minutes=minute))
    assert len(claim(store)) == 1


def test_live_changes_go_before_history(store):
    mark(store, *[stub(str(n)) for n in range(5)], priority=Priority.BACKFILL)
    mark(store, stub("99"), priority=Priority.LIVE)
    assert claim(store, 1)[0].link.issue_id == "99"


def test_a_live_change_of_an_issue_waiting_in_a_backfill_overtakes(store):
    mark(store, *[stub(str(n)) for n in range(5)], priority=Priority.BACKFILL)
    mark(store, stub("4", minutes=1), priority=Priority.LIVE)
    assert claim(store, 1)[0].link.issue_id == "4"


def test_a_parked_issue_waits_and_a_new_change_retries_it_at_once(store):
    mark(store, stub())
    (work,) = claim(store)
    store.queue.park(work, "rejected", "no", 3600)
    assert claim(store) == []
    mark(store, stub(minutes=1))
    (again,) = claim(store)
    assert again.attempts == 1


@pytest.mark.parametrize("found", [p for p in Priority if p > Priority.RETRY], ids=lambda found: found.name)
def test_history_that_failed_is_history_still(store, found):
    """It has no lag, a backfill's passes no ceiling, and no alert tells of its waiting."""
    mark(store, stub(), priority=found)
    store.queue.park(claim(store)[0], "rejected", "no", -1)
    assert claim(store)[0].priority == found


def test_a_live_change_that_failed_waits_behind_those_that_did_not(store):
    mark(store, stub("1"), priority=Priority.LIVE)
    store.queue.park(claim(store)[0], "rejected", "no", -1)
    mark(store, stub("2"), priority=Priority.LIVE)
    assert [work.link.issue_id for work in claim(store)] == ["2", "1"]


def test_a_delayed_issue_comes_back_after_its_time(store):
    mark(store, stub())
    store.queue.delay(claim(store)[0], 3600)
    assert claim(store) == []
    assert 3500 < store.queue.next_due_in("ops", failed=False) < 3700


def test_a_dead_process_loses_its_claim_after_the_claim_time(database):
    short = Store(database, claim_seconds=-1.0)
    mark(short, stub())
    (dead,) = claim(short)
    (alive,) = claim(short)
    assert alive.token != dead.token
    for too_late in (
        lambda: short.queue.settle(dead, "f1"),
        lambda: short.queue.park(dead, "x", "x", 1),
        lambda: short.links.intend_write(dead, {"state": "1"}),
        lambda: short.links.intend_note(dead, []),
    ):
        with pytest.raises(LostClaimError):
            too_late()
    short.queue.settle(alive, "f1")


def test_renewing_keeps_a_claim_and_does_not_bring_back_a_lost_one(store):
    mark(store, stub("1"), stub("2"))
    mine, lost = claim(store)
    store.queue.release_all()
    again = {work.link.issue_id: work for work in claim(store)}
    store.queue.renew([mine, lost, *again.values()])
    with pytest.raises(LostClaimError):
        store.queue.settle(mine, "f1")
    store.queue.settle(again["1"], "f1")


def test_the_cursor_moves_with_the_marks_and_never_back(store):
    store.cursors.begin("ops", "jira.example")
    mark(store, stub(), cursor_ms=2000)
    mark(store, stub(), cursor_ms=1000)
    assert store.cursors.begin("ops", "jira.example").cursor_ms == 2000


def test_a_forgotten_issue_leaves_nothing_behind(store):
    mark(store, stub())
    store.queue.forget(claim(store)[0])
    assert store.reports.counts() == []


def test_an_issue_out_of_sight_is_looked_at_as_soon_as_it_is_listed_again(store):
    mark(store, stub())
    store.queue.lose_sight(claim(store)[0])
    assert claim(store) == []
    assert mark(store, stub()).changed == 1


def test_many_claimers_share_the_work_and_never_an_issue(store):
    mark(store, *[stub(str(n), key=f"OPS-{n}") for n in range(200)])
    taken, lock = [], threading.Lock()

    def work_off():
        while works := claim(store, 7):
            with lock:
                taken.extend(work.link.issue_id for work in works)
            for work in works:
                store.queue.settle(work, "f1")

    threads = [threading.Thread(target=work_off) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(str(n) for n in range(200))


@pytest.mark.parametrize("end", ["forget", "lose_sight"])
def test_an_issue_listed_again_while_it_was_given_up_is_not_forgotten(store, end):
    mark(store, stub())
    (work,) = claim(store)
    mark(store, stub(minutes=1))
    getattr(store.queue, end)(work)
    (again,) = claim(store)
    assert again.wanted == 2


def test_two_processes_may_list_the_same_new_issue_at_once(store, monkeypatch):
    mark(store, stub())
    known, asked = marking._known, []

    def too_early(*args):
        asked.append(args)
        return {} if len(asked) == 1 else known(*args)

    monkeypatch.setattr(marking, "_known", too_early)
    marked = mark(store, stub(minutes=1), stub("10002"))
    assert (marked.new, marked.changed) == (1, 1)
    assert {work.wanted for work in claim(store)} == {1, 2}


def test_work_of_another_jira_is_not_claimed(store):
    mark(store, stub())
    assert store.queue.claim("ops", "another.example", 10) == []


def test_a_claim_says_when_it_was_made(store):
    mark(store, stub())
    assert abs(claim(store)[0].claimed_at - store.links.time()) < 5


def test_statements_with_the_clock_are_compiled_once():
    assert select(now())._generate_cache_key() is not None


def test_no_more_is_claimed_than_was_asked_for(store):
    mark(store, *(stub(str(10_001 + number)) for number in range(9)))
    assert [len(claim(store, 4)) for _ in range(4)] == [4, 4, 1, 0]
