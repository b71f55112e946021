"""How many calls this process makes: at once, and per hour. It only ever waits for its own calls to end.

ServiceNow has two kinds of 429, and each asks for something else (servicenow facts 6.1 to 6.6):

| the 429 has              | it means                                   | what is done                                |
|--------------------------|--------------------------------------------|---------------------------------------------|
| Retry-After, X-RateLimit | a rule of N calls per hour is used up      | nothing is sent until then                  |
| neither                  | too many calls at once for the instance    | half as many at once, growing back slowly   |

A closed gate raises ThrottledError at once, so that the work is delayed and the thread is free. Replicas share a budget
through a gate of their own; this one knows only itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from syncd.errors import ThrottledError
from syncd.http import retry_after

HOUR = 3600.0

CONCURRENCY = 4
"""Calls at once: as many as an instance's node usually works on for integrations (servicenow facts 6.5)."""

GROWS_AFTER = 50
"""Good answers in a row after which one more call at once is tried."""


class Throttle:
    """The gate of one connection in this process. Threads share it."""

    def __init__(
        self,
        connection: str,
        *,
        concurrency: int = CONCURRENCY,
        requests_per_hour: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if concurrency < 1 or (requests_per_hour is not None and requests_per_hour < 1):
            raise ValueError("at least one call must be allowed")
        self._connection = connection
        self._most = concurrency
        self._clock = clock
        self._changed = threading.Condition()
        self._allowed = concurrency
        self._under_way = 0
        self._good = 0
        self._budget = requests_per_hour
        self._window_ends = clock() + HOUR
        self._spent = 0
        self._closed_until = 0.0

    @property
    def allowed(self) -> int:
        """Calls that may be under way at once now."""
        return self._allowed

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self._allowed)
            self._spend()
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def heard(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer."""
        ruled = "X-RateLimit-Limit" in headers or "Retry-After" in headers
        with self._changed:
            if ruled and (limit := headers.get("X-RateLimit-Limit", "")).isdecimal() and int(limit) > 0:
                self._budget = min(self._budget or int(limit), int(limit))
                # The instance's hour is not ours; waiting past its end would waste half of what it allows.
                ends_in = retry_after({"X-RateLimit-Reset": headers.get("X-RateLimit-Reset", "")})
                self._window_ends = min(self._window_ends, self._clock() + (ends_in or HOUR))
            if status != 429:
                self._good += 1
                self._grow()
            elif ruled:
                self._closed_until = self._clock() + (retry_after(headers) or 1.0)
            else:
                self._allowed = max(1, self._allowed // 2)
                self._good = 0

    def _grow(self) -> None:
        if self._good >= GROWS_AFTER and self._allowed < self._most:
            self._allowed += 1
            self._good = 0
            self._changed.notify_all()

    def _spend(self) -> None:
        now = self._clock()
        if now >= self._window_ends:
            self._window_ends, self._spent = now + HOUR, 0
        if now < self._closed_until:
            raise self._closed(self._closed_until - now, "the instance asked to wait")
        if self._budget is not None and self._spent >= self._budget:
            raise self._closed(self._window_ends - now, f"{self._budget} calls per hour are used up")
        self._spent += 1

    def _closed(self, seconds: float, why: str) -> ThrottledError:
        return ThrottledError("is not asked now", system=self._connection, detail=why, retry_after=max(seconds, 1.0))
