"""The database's clock is set back, by NTP, by a failover, by hand: nothing waits until it gets there again."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from syncd.errors import AuthError
from syncd.store.breaker import Breaker
from syncd.store.claims import CLAIM_SECONDS, Claims
from syncd.store.quotas import BELIEVED, LONGEST_PAUSE, PATIENCE, Quota, Quotas, Refusal
from syncd.store.refusals import FIRST_REST, LONGEST_REST, Refusals, row_of
from syncd.store.tables import claims, quotas

NAME = "servicenow"
HOUR = 3600.0
SET_BACKS = pytest.mark.parametrize("seconds", [2 * HOUR, 30 * 24 * HOUR], ids=["two hours", "a month"])


def set_back(database, *columns, seconds):
    """The clock is so much earlier than when these times were written, which is what they are later."""
    with database.write() as connection:
        for column in columns:
            connection.execute(update(column.table).where(column > 0).values({column: column + seconds}))


@pytest.fixture
def budget(database):
    budget = Quotas(database)
    budget.begin(NAME)
    return budget


class TestBudgets:
    @pytest.mark.parametrize("calls", [2, 100, 5000])
    @pytest.mark.parametrize("leave", [0, 1])
    @SET_BACKS
    def test_calls_go_on_at_their_pace(self, database, budget, calls, leave, seconds):
        quota = Quota(calls)
        leave = min(leave, quota.burst - 1)
        while not isinstance(budget.grant(NAME, quota), Refusal):
            pass
        set_back(database, quotas.c.arrives_at, seconds=seconds)
        begun = time.monotonic()
        turns = [budget.grant(NAME, quota, leave=leave) for _ in range(quota.burst + 30)]
        fallen_due = (time.monotonic() - begun) / quota.interval
        assert turns[0] == pytest.approx(0.0, abs=0.01)
        allowed = [turn for turn in turns if not isinstance(turn, Refusal)]
        assert len(allowed) <= 1 + leave + PATIENCE / quota.interval + 1 + fallen_due, "no burst anew"
        refused = [turn.seconds for turn in turns if isinstance(turn, Refusal)]
        assert all(seconds <= quota.burst * quota.interval + PATIENCE + 1 for seconds in refused)

    def test_a_budget_that_was_raised_counts_at_once(self, budget):
        few = Quota(10)  # one in twelve minutes
        while not isinstance(budget.grant(NAME, few), Refusal):
            pass
        assert budget.grant(NAME, Quota(5000)) == pytest.approx(0.0, abs=0.01)


class TestPauses:
    def test_nobody_is_kept_for_longer_than_the_longest_pause(self, database, budget):
        budget.pause(NAME, 60)
        set_back(database, quotas.c.opens_at, seconds=2 * HOUR)
        assert budget.closed_for(NAME) == 0.0
        assert budget.ready_calls(NAME, Quota(100)) == 10
        assert budget.grant(NAME, Quota(100)) == 0.0

    def test_one_that_may_be_true_is_kept(self, database, budget):
        budget.pause(NAME, 60)
        set_back(database, quotas.c.opens_at, seconds=HOUR / 2)
        assert budget.closed_for(NAME) == pytest.approx(HOUR / 2 + 60, abs=2)
        assert budget.grant(NAME, Quota(100)).asked

    def test_one_that_begins_after_it_counts(self, database, budget):
        budget.pause(NAME, 600)
        set_back(database, quotas.c.opens_at, seconds=2 * HOUR)
        budget.pause(NAME, 30)
        assert budget.closed_for(NAME) == pytest.approx(30, abs=2)

    def test_whatever_is_asked_for_none_lasts_longer(self, budget):
        budget.pause(NAME, 1e9)
        assert LONGEST_PAUSE - 2 < budget.closed_for(NAME) <= LONGEST_PAUSE < BELIEVED


class TestRefusedCredentials:
    @pytest.fixture
    def breaker(self, database):
        return Breaker(Refusals(database), NAME, "a1b2c3", clock=lambda: 0.0, sleep=lambda seconds: None)

    @pytest.fixture
    def refused(self, breaker):
        with pytest.raises(AuthError), breaker():
            raise AuthError("does not accept the credentials", system=NAME, status=401)
        return breaker

    @SET_BACKS
    def test_they_are_tried_again(self, database, refused, seconds):
        set_back(database, quotas.c.arrives_at, quotas.c.opens_at, seconds=seconds)
        with refused():
            pass
        assert Refusals(database).are_good(row_of(NAME, "a1b2c3"))

    def test_refused_again_they_rest_as_at_first(self, database, refused):
        set_back(database, quotas.c.arrives_at, quotas.c.opens_at, seconds=HOUR)
        resting = Refusals(database).refuse(row_of(NAME, "a1b2c3"))
        assert resting.seconds == pytest.approx(FIRST_REST, abs=2)
        for _ in range(3):
            set_back(database, quotas.c.arrives_at, seconds=-LONGEST_REST)
            resting = Refusals(database).refuse(row_of(NAME, "a1b2c3"))
        assert resting.seconds == pytest.approx(LONGEST_REST, abs=2), "the time that the refusals last counts anew"


class TestClaims:
    @SET_BACKS
    def test_what_a_dead_process_held_is_taken_over(self, database, seconds):
        dead, other = Claims(database), Claims(database)
        assert dead.take("poll:ops") is not None
        set_back(database, claims.c.until, claims.c.begun_at, seconds=seconds)
        assert not other.held("poll:ops")
        assert other.take("poll:ops", every=30.0) is not None

    def test_a_holder_that_lives_keeps_it(self, database):
        holder, other = Claims(database), Claims(database)
        claim = holder.take("poll:ops")
        set_back(database, claims.c.until, claims.c.begun_at, seconds=CLAIM_SECONDS / 2)
        assert other.take("poll:ops") is None
        holder.renew(claim)
        assert other.held("poll:ops")
