"""Verifying the trail may be asked by anybody who may look, and reads all of it: its cost is bounded."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from syncd.api.problems import ProblemError
from syncd.api.sparing import Sparing
from syncd.core.access import Role


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def work(sparing: Sparing, clock: Clock, seconds: float) -> None:
    with sparing.turn():
        clock.now += seconds


def test_after_work_of_a_second_there_are_nine_of_rest() -> None:
    clock = Clock()
    sparing = Sparing("it is done", clock)
    work(sparing, clock, 1.0)
    clock.now += 8.5
    with pytest.raises(ProblemError) as refused, sparing.turn():
        raise AssertionError("it is too soon")
    assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "1"})
    clock.now += 0.5
    work(sparing, clock, 1.0)


def test_work_that_is_done_at_once_may_be_asked_again_at_once() -> None:
    clock = Clock()
    sparing = Sparing("it is done", clock)
    for _ in range(3):
        work(sparing, clock, 0.01)


def test_work_that_fails_has_cost_the_same() -> None:
    clock = Clock()
    sparing = Sparing("it is done", clock)
    with contextlib.suppress(ZeroDivisionError), sparing.turn():
        clock.now += 1.0
        raise ZeroDivisionError
    with pytest.raises(ProblemError), sparing.turn():
        raise AssertionError("it is too soon")


def test_one_at_a_time(api) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def verify(**_: object) -> SimpleNamespace:
        reading.set()
        go_on.wait(10)
        return SimpleNamespace(problems=(), number=1, hash="h")

    trail = SimpleNamespace(verify=verify)
    api.services = replace(api.services, store=SimpleNamespace(**{**vars(api.store), "audit": trail}))
    client = api.client(Role.VIEWER)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(client.get("/api/audit/verify").status_code))
    thread.start()
    assert reading.wait(10)
    second = client.get("/api/audit/verify")
    assert (second.status_code, second.headers["Retry-After"]) == (429, "5")
    assert "the whole trail is read" in second.json()["detail"]
    go_on.set()
    thread.join(10)
    assert first == [200]
