"""What costs more the longer syncd lives, and may be asked by anybody who is signed in: one at a time, and then a rest.

It takes the time of a processor that the sync needs. The rest is a multiple of what it took, so that however often it
is asked, and however long the trail has become, it never takes more than a tenth of one processor.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from syncd.api.problems import ProblemError

REST = 9.0
"""Times as long as the work took."""

SHORTEST_WORK = 0.05
"""Work that took less needs no rest: asking is no cheaper."""


class Sparing:
    """One kind of work of this process."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._lock = threading.Lock()
        self._rested = float("-inf")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The work is done within. Raises a problem (429) that says when it may be asked again."""
        if not self._lock.acquire(blocking=False):
            raise self._later(5.0)
        try:
            began = self._clock()
            if began < self._rested:
                raise self._later(self._rested - began)
            try:
                yield
            finally:
                took = self._clock() - began
                if took > SHORTEST_WORK:
                    self._rested = began + took * (1 + REST)
        finally:
            self._lock.release()

    def _later(self, seconds: float) -> ProblemError:
        wait = max(int(seconds + 0.999), 1)
        return ProblemError(
            429, f"{self._what}, which takes a while and was asked just now; ask again in {wait} s",
            headers={"Retry-After": str(wait)},
        )  # fmt: skip
