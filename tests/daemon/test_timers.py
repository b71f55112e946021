"""Timers whose clock is set while they run: they go on, at once and without making up for anything."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import apscheduler.schedulers.base
import pytest

from syncd.daemon import timers as subject
from syncd.daemon.timers import Every, Timers

PATIENCE = 10.0


@pytest.fixture
def clock(monkeypatch):
    """The clock of this machine; `set` it on or back."""

    class Clock(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + cls.ahead

        @classmethod
        def set(cls, by):
            cls.ahead += by

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Clock)
    monkeypatch.setattr(subject, "datetime", Clock)
    return Clock


@pytest.fixture
def timers():
    timers = Timers(2)
    yield timers
    timers.stop()


def ticking(timers, seconds):
    """Waits for the next tick of a job that comes so often."""
    ticked = threading.Semaphore(0)
    timers.every(seconds, "work", ticked.release, at_once=True)
    timers.start()
    assert ticked.acquire(timeout=PATIENCE)
    return lambda: ticked.acquire(timeout=PATIENCE)


def test_set_back_it_does_not_wait_until_the_clock_gets_there_again(timers, clock, caplog):
    caplog.set_level(logging.WARNING, logger="syncd")
    next_tick = ticking(timers, 3600.0)
    clock.set(timedelta(hours=-1))
    timers.follow_clock()
    assert next_tick()
    assert [record.action for record in caplog.records] == ["clock"]


def test_set_on_by_twenty_years_it_does_not_count_the_ticks_that_were_missed(timers, clock):
    next_tick = ticking(timers, 0.05)
    clock.set(timedelta(days=20 * 365))
    assert next_tick()
    assert next_tick()


def test_a_clock_that_goes_its_way_hastens_nothing(timers, clock, caplog):
    caplog.set_level(logging.WARNING, logger="syncd")
    ran = threading.Event()
    timers.every(3600.0, "prune", ran.set)
    timers.start()
    clock.set(timedelta(milliseconds=-500))  # as NTP does it
    timers.follow_clock()
    assert not caplog.records
    assert not ran.is_set()


def test_a_tick_that_was_late_does_not_bring_the_next_one_forward():
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert Every(1.0).get_next_fire_time(now - timedelta(hours=1), now) == now + timedelta(seconds=1)
