"""How many calls are made: at once, per hour, and after each kind of 429 (law 10)."""

from __future__ import annotations

import threading
import time

import pytest
import responses

from syncd.errors import ThrottledError
from syncd.servicenow import ServiceNowClient
from syncd.servicenow.throttle import GROWS_AFTER, HOUR, Throttle
from tests.servicenow.canned import rows
from tests.servicenow.conftest import URL

RULED = {"X-RateLimit-Limit": "100", "X-RateLimit-Rule": "x", "Retry-After": "1800"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_no_more_at_once_than_allowed(clock: Clock) -> None:
    throttle = Throttle("x", concurrency=2, clock=clock)
    most = 0
    inside = 0
    lock = threading.Lock()
    both_inside = threading.Barrier(2)

    def call(number: int) -> None:
        nonlocal most, inside
        with throttle():
            with lock:
                inside += 1
                most = max(most, inside)
            if number < 2:
                both_inside.wait(5)
            with lock:
                inside -= 1

    first = [threading.Thread(target=call, args=(number,)) for number in range(2)]
    for thread in first:
        thread.start()
    for thread in first:
        thread.join()
    rest = [threading.Thread(target=call, args=(number,)) for number in range(2, 12)]
    for thread in rest:
        thread.start()
    for thread in rest:
        thread.join()
    assert most == 2


def test_a_place_is_given_back_when_the_call_fails(clock: Clock) -> None:
    throttle = Throttle("x", concurrency=1, clock=clock)
    with pytest.raises(RuntimeError), throttle():
        raise RuntimeError
    with throttle():
        pass


def test_a_full_semaphore_halves_what_is_under_way(clock: Clock) -> None:
    throttle = Throttle("x", concurrency=8, clock=clock)
    allowed = []
    for _ in range(5):
        throttle.heard(429, {})
        allowed.append(throttle.allowed)
    assert allowed == [4, 2, 1, 1, 1]


def test_good_answers_bring_it_back_slowly(clock: Clock) -> None:
    throttle = Throttle("x", concurrency=3, clock=clock)
    throttle.heard(429, {})
    for _ in range(GROWS_AFTER):
        throttle.heard(200, {})
    assert throttle.allowed == 2
    for _ in range(10 * GROWS_AFTER):
        throttle.heard(200, {})
    assert throttle.allowed == 3


def test_a_rate_rule_closes_the_gate_for_all_until_it_says(clock: Clock) -> None:
    throttle = Throttle("x", clock=clock)
    throttle.heard(429, RULED)
    with pytest.raises(ThrottledError) as caught, throttle():
        pass
    assert caught.value.retry_after == 1800
    clock.now += 1801
    with throttle():
        pass
    assert throttle.allowed == 4


def test_the_hourly_budget_is_kept(clock: Clock) -> None:
    throttle = Throttle("x", requests_per_hour=3, clock=clock)
    for _ in range(3):
        with throttle():
            pass
    clock.now += 600
    with pytest.raises(ThrottledError, match="3 calls per hour") as caught, throttle():
        pass
    assert caught.value.retry_after == HOUR - 600
    clock.now += HOUR - 600
    with throttle():
        pass


def test_a_smaller_rule_of_the_instance_replaces_the_budget(clock: Clock) -> None:
    throttle = Throttle("x", requests_per_hour=5000, clock=clock)
    throttle.heard(200, {"X-RateLimit-Limit": "1"})
    with throttle():
        pass
    with pytest.raises(ThrottledError), throttle():
        pass


def test_the_hour_is_the_instances_own(clock: Clock) -> None:
    throttle = Throttle("x", clock=clock)
    with throttle():
        throttle.heard(200, {"X-RateLimit-Limit": "1", "X-RateLimit-Reset": str(int(time.time()) + 120)})
    with pytest.raises(ThrottledError) as caught, throttle():
        pass
    assert caught.value.retry_after is not None
    assert 115 <= caught.value.retry_after <= 120
    clock.now += 121
    with throttle():
        pass


@pytest.mark.parametrize("settings", [{"concurrency": 0}, {"requests_per_hour": 0}])
def test_nothing_at_all_is_no_limit(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Throttle("x", **settings)


def test_the_client_stops_asking_once_it_was_told_to(web: responses.RequestsMock, client: ServiceNowClient) -> None:
    busy = {"error": {"message": "Rate limit exceeded", "detail": None}, "status": "failure"}
    web.get(f"{URL}/api/now/table/incident", status=429, json=busy, headers=RULED)
    rows(web, "incident")
    for _ in range(3):
        with pytest.raises(ThrottledError):
            client.page("incident")
    assert len(web.calls) == 1
