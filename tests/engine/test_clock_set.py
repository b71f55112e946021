"""The database's clock is set while work waits: by NTP, by a failover to another machine, after a machine slept."""

import pytest
from sqlalchemy import update

from syncd.store.claims import CLAIM_SECONDS
from syncd.store.memory import BEAT_SECONDS, GAP_SECONDS
from syncd.store.tables import claims, cursors, links, notes

HOUR = 3600.0
INEXACT = 2 * BEAT_SECONDS + 5.0
"""So exactly it is known by how much a clock was set back."""

DATED = (
    *(links.c[name] for name in ("due_at", "sent_at", "applied_at", "created_at", "failing_since", "writes_since")),
    links.c.missing_since, notes.c.sent_at, claims.c.until, claims.c.begun_at,
    *(cursors.c[name] for name in ("alive_at", "resumed_at", "last_attempt", "last_success")),
)  # fmt: skip


def set_clock(world, seconds):
    """It is set on by so much, or back: what is dated by it is that much earlier."""
    with world.store.database.write() as connection:
        for column in DATED:
            connection.execute(update(column.table).values({column: column - seconds}))


def only_link(world):
    with world.store.database.read() as connection:
        return connection.execute(links.select()).one()


@pytest.fixture
def running(world):
    world.jira.put(1)
    world.cycle()
    assert world.servicenow.calls["create"] == 1
    return world


class TestSetBack:
    def test_what_was_due_is_worked_off(self, running):
        running.jira.put(1, summary="Changed")
        running.engine.poll(running.route)
        set_clock(running, -HOUR)
        running.work()  # notices
        assert running.store.queue.next_due_in("ops", failed=True) < INEXACT
        set_clock(running, INEXACT)
        running.work()
        assert running.servicenow.of(1)["short_description"] == "Changed"

    def test_a_parked_issue_is_tried_again_when_it_would_have_been(self, running):
        running.jira.put(1, summary="Changed")
        running.servicenow.moods["update"] = ["refused"]
        running.cycle()
        (parked,) = running.store.reports.parked()
        set_clock(running, -HOUR)
        running.work()
        (again,) = running.store.reports.parked()
        assert again.retry_in == pytest.approx(parked.retry_in, abs=INEXACT)
        assert again.failing_for == pytest.approx(parked.failing_for, abs=INEXACT)

    def test_what_a_killed_process_had_in_hand_is_taken_over(self, running):
        running.jira.put(1, summary="Changed")
        running.engine.poll(running.route)
        assert running.store.queue.claim("ops", running.jira.site, 1)
        set_clock(running, -HOUR)
        running.work()
        set_clock(running, CLAIM_SECONDS + INEXACT)
        running.work()
        assert running.servicenow.of(1)["short_description"] == "Changed"

    def test_a_write_in_doubt_is_waited_for_as_long_as_ever(self, running):
        running.servicenow.transaction_limit = 60.0
        running.jira.comment(1, "Looking at it")
        running.servicenow.moods["add_note"] = ["lost before"]
        running.cycle()
        set_clock(running, -HOUR)
        running.work()
        running.hurry()
        running.work()
        assert running.servicenow.calls["add_note"] == 1, "it may still arrive"
        for _ in range(2):  # always at work, so that no gap is seen
            set_clock(running, GAP_SECONDS - 1)
            running.work()
        assert len(running.servicenow.notes(1)) == 1

    def test_it_is_moved_back_once_and_not_by_each_process_that_notices(self, running):
        running.jira.put(1, summary="Changed")
        running.servicenow.moods["update"] = ["refused"]
        running.cycle()
        set_clock(running, -HOUR)
        running.work()
        once = only_link(running)
        for _ in range(3):
            running.work()
        assert only_link(running) == once

    def test_by_a_moment_it_changes_nothing(self, running):
        running.jira.put(1, summary="Changed")
        running.servicenow.moods["update"] = ["refused"]
        running.cycle()
        set_clock(running, -BEAT_SECONDS / 2)
        before = only_link(running)
        running.work()
        assert only_link(running) == before


class TestSetOn:
    @pytest.mark.parametrize("what", ["add_note", "update"])
    def test_a_write_that_was_under_way_is_waited_for_once_more(self, running, what):
        """Its minutes on the clock were none: it may arrive yet, and would be there twice."""
        running.servicenow.transaction_limit = 60.0
        if what == "update":
            running.jira.put(1, summary="Changed")
        else:
            running.jira.comment(1, "Looking at it")
        running.servicenow.moods[what] = ["lost before"]
        running.cycle()
        assert running.servicenow.calls[what] == 1
        set_clock(running, 2 * HOUR)
        running.work()
        assert running.servicenow.calls[what] == 1
        set_clock(running, GAP_SECONDS - 1)
        running.work()
        set_clock(running, 3)
        running.work()
        assert running.servicenow.calls[what] == 2
