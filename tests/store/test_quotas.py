"""One budget for all processes: kept, used up, and closed for everybody when the other side asks (law 10)."""

from __future__ import annotations

import threading
import time

import pytest

from syncd.errors import ThrottledError
from syncd.store import Database
from syncd.store.quotas import Quota, Quotas, Refusal, SharedGate

NAME = "servicenow"


@pytest.fixture
def quotas(database):
    quotas = Quotas(database)
    quotas.begin(NAME)
    return quotas


def most_within(moments, seconds):
    """The most calls in any stretch of so many seconds."""
    moments = sorted(moments)
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_three_stores_draw_their_turns_from_one_row(database_url, quotas):
    """As three replicas do at once: no turn is given twice, and none is left out."""
    quota = Quota(100)  # ten at once, then one in 40 seconds
    stores = [Database(database_url) for _ in range(3)]
    turns, lock = [], threading.Lock()

    def draw(store):
        for _ in range(10):
            turn = Quotas(store).grant(NAME, quota, patience=3600)
            with lock:
                turns.append(turn)

    threads = [threading.Thread(target=draw, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert sorted(turns) == pytest.approx([0.0] * 10 + [40.0 * turn for turn in range(1, 21)], abs=15)


@pytest.mark.bench
def test_three_stores_together_keep_one_budget(database_url, quotas):
    """As three replicas do: whatever second one looks at, and nothing of the budget is left unused."""
    quota = Quota(calls=100, seconds=1.0)
    stores = [Database(database_url) for _ in range(3)]
    over = time.monotonic() + 3.0
    granted, lock = [], threading.Lock()

    def work(store):
        gate = SharedGate(Quotas(store), NAME, quota)
        while time.monotonic() < over:
            with gate():
                moment = time.monotonic()
            with lock:
                granted.append(moment)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert most_within(granted, quota.seconds) <= quota.calls * 1.02
    assert len(granted) >= 0.98 * (over - granted[0]) / quota.interval


@pytest.mark.parametrize(("calls", "burst"), [(1, 1), (2, 1), (10, 5), (100, 10), (1000, 10), (5000, 50)])
def test_burst_and_rate_together_are_the_budget(calls, burst):
    """In no hour, wherever it begins, are there more calls than allowed."""
    quota = Quota(calls)
    assert quota.burst == burst
    assert quota.burst + int(quota.seconds / quota.interval) <= max(calls, 2)


def test_a_burst_comes_at_once_and_then_each_waits_its_turn(quotas):
    quota = Quota(100)  # ten at once, then one in 40 seconds
    turns = [quotas.grant(NAME, quota, patience=100) for _ in range(13)]
    assert turns[:10] == [0.0] * 10
    assert turns[10:12] == pytest.approx([40, 80], abs=1)
    assert isinstance(turns[12], Refusal)


def test_a_refusal_lasts_until_there_is_room_for_a_burst_again(quotas):
    """Else a budget of few calls would go into looking records up, and none be left for writing them."""
    quota = Quota(100)
    for _ in range(10):
        quotas.grant(NAME, quota)
    refusal = quotas.grant(NAME, quota)
    assert isinstance(refusal, Refusal)
    assert refusal.seconds == pytest.approx(400, abs=1)
    assert not refusal.asked


def test_a_refused_call_costs_nothing(quotas):
    quota = Quota(100)
    for _ in range(10):
        quotas.grant(NAME, quota)
    first = quotas.grant(NAME, quota)
    for _ in range(50):
        last = quotas.grant(NAME, quota)
    assert last.seconds <= first.seconds


def test_connections_have_budgets_of_their_own(quotas):
    quotas.begin("other")
    quotas.grant(NAME, Quota(1))
    assert isinstance(quotas.grant(NAME, Quota(1)), Refusal)
    assert quotas.grant("other", Quota(1)) == 0.0


class TestPauses:
    @pytest.mark.parametrize("quota", [None, Quota(5000)], ids=["without a budget", "with one"])
    def test_what_one_is_asked_all_do(self, database_url, quotas, quota):
        clock = [0.0]
        mine = SharedGate(quotas, NAME, quota, clock=lambda: clock[0])
        other_store = Database(database_url)
        theirs = SharedGate(Quotas(other_store), NAME, quota, clock=lambda: clock[0])
        with theirs():
            pass
        asked = ThrottledError("asks for fewer calls", system=NAME, retry_after=120.0)
        with pytest.raises(ThrottledError), mine():
            raise asked
        clock[0] = 1.1  # a process without a budget looks once a second
        for gate in (mine, theirs):
            with pytest.raises(ThrottledError, match="the instance asked to wait") as caught, gate():
                pytest.fail("the gate is open")
            assert caught.value.retry_after == pytest.approx(120, abs=2)
        other_store.close()

    def test_a_shorter_one_does_not_end_a_longer_one(self, quotas):
        quotas.pause(NAME, 100)
        quotas.pause(NAME, 1)
        assert quotas.closed_for(NAME) == pytest.approx(100, abs=1)

    def test_a_full_semaphore_closes_nothing(self, quotas):
        """It names no time: that process makes fewer calls at once, and the others find out for themselves."""
        gate = SharedGate(quotas, NAME, None)
        with pytest.raises(ThrottledError), gate():
            raise ThrottledError("asks for fewer calls", system=NAME)
        with gate():
            assert quotas.closed_for(NAME) == 0

    def test_a_call_that_waited_for_its_turn_looks_again(self, quotas):
        quota = Quota(1000)
        gate = SharedGate(quotas, NAME, quota, sleep=lambda seconds: quotas.pause(NAME, 60))
        for _ in range(quota.burst):
            with gate():
                pass
        with pytest.raises(ThrottledError, match="asked to wait"), gate():
            pytest.fail("the gate is open")


def test_what_may_be_called_at_once_shrinks_with_each_call_and_is_nothing_in_a_pause(quotas):
    quota = Quota(100)
    assert quotas.ready_calls(NAME, quota) == 10
    for _ in range(4):
        quotas.grant(NAME, quota)
    assert quotas.ready_calls(NAME, quota) == 6
    quotas.pause(NAME, 60)
    assert quotas.ready_calls(NAME, quota) == 0
    assert quotas.ready_calls("another connection", quota) == 10
