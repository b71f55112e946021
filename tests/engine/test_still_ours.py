"""A write that waited long between its intent and its turn, while another process took its issue over."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from syncd.core.model import Outcome
from syncd.engine import still_ours as subject
from syncd.engine.engine import Engine
from syncd.http import last_look
from syncd.store.tables import links
from tests.engine.world import FakeServiceNow


class SlowTurn:
    """The next call of this kind waits so long for its turn that `meanwhile` happens, and is then sent as ever."""

    def __init__(self, monkeypatch, world, kind, meanwhile, seconds=20.0):
        self.now = 0.0
        monkeypatch.setattr(subject, "time", SimpleNamespace(monotonic=lambda: self.now))
        call = getattr(FakeServiceNow, kind)
        turns = [meanwhile]

        def waits(servicenow, *args):
            if turns:
                turn = turns.pop()
                self.now += seconds
                turn()
            last_look()  # as the door asks it
            return call(servicenow, *args)

        monkeypatch.setattr(FakeServiceNow, kind, waits)


@pytest.fixture
def other(world):
    outcomes: list[Outcome] = []
    return Engine(world.store, [world.route], outcomes.append, threads=1)


@pytest.mark.parametrize("kind", ["create", "update", "add_note"])
def test_what_another_process_has_taken_over_meanwhile_is_not_sent(world, monkeypatch, other, kind):
    """The other one finds nothing of it, may conclude that it arrives no more, and sends it."""
    world.jira.put(1)
    if kind == "update":
        world.cycle()
        world.jira.put(1, summary="Changed")
    world.jira.comment(1, "Looking at it")

    def taken_over():
        world.hurry()  # the claim has run out
        other.worker.drain(world.route)

    SlowTurn(monkeypatch, world, kind, taken_over)
    world.cycle()
    assert len(world.servicenow.records) == 1
    assert len(world.servicenow.notes(1)) == 1
    assert world.servicenow.calls[kind] == 1, "sent by the other one only"


def test_what_is_still_ours_is_sent_after_the_wait_and_dated_anew(world, monkeypatch, store):
    seen = []
    world.jira.put(1)

    def look():
        with store.database.write() as connection:
            connection.execute(links.update().values(sent_at=1.0, due_at=2.0))

    SlowTurn(monkeypatch, world, "create", look)
    create = FakeServiceNow.create

    def late(servicenow, *args):
        made = create(servicenow, *args)
        with store.database.read() as connection:
            seen.append(connection.execute(links.select()).one())
        return made

    monkeypatch.setattr(FakeServiceNow, "create", late)
    world.cycle()
    (row,) = seen
    assert row.sent_at > 1.0, "whoever asks what became of it counts from here"
    assert row.due_at > row.sent_at, "and the claim lasts on"
    assert len(world.servicenow.records) == 1


@pytest.mark.parametrize(
    ("asleep", "looks"), [(0.0, 0), (3600.0, 1)], ids=["no time at all", "an hour that the machine slept"]
)
def test_what_counts_is_also_the_time_in_which_the_machine_slept(world, monkeypatch, asleep, looks):
    """Linux's monotonic clock stands still meanwhile; the claim runs out all the same."""
    slept = [0.0]
    monkeypatch.setattr(
        subject,
        "time",
        SimpleNamespace(CLOCK_BOOTTIME=7, clock_gettime=lambda clock: {7: slept[0]}[clock], monotonic=lambda: 0.0),
    )
    looked = []
    monkeypatch.setattr(world.store.links, "intend_still", looked.append)
    world.jira.put(1)
    world.engine.poll(world.route)
    (work,) = world.store.queue.claim("ops", world.jira.site, 1)
    with subject.still_ours(world.store, work):
        slept[0] += asleep
        last_look()
    assert looked == [work] * looks


def test_where_there_is_no_such_clock_the_other_one_counts(world, monkeypatch):
    moments = iter([0.0, 5.0, 5.0, 5.0])

    def unknown(clock):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(
        subject, "time", SimpleNamespace(CLOCK_BOOTTIME=7, clock_gettime=unknown, monotonic=lambda: next(moments))
    )
    looked = []
    monkeypatch.setattr(world.store.links, "intend_still", looked.append)
    with subject.still_ours(world.store, None):
        last_look()
    assert looked == [None]
