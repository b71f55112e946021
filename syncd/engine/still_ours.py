"""Between an intent and the write it announces lies a wait for a turn, and the process may be frozen there (law 11).

If that took long, the claim may have passed to another process, which may have found nothing of the write, concluded
that it can arrive no more, and sent it itself. So after a long wait the claim is renewed, and the intent dated anew,
before anything is sent; if the claim is lost, nothing is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from syncd.http.last_look import looking
from syncd.store import Store, Work

LONG = 1.0
"""Seconds from the beginning of an intent's transaction to the send that count as one moment."""


@contextmanager
def still_ours(store: Store, work: Work) -> Iterator[None]:
    """Around the intent and its write. Raises LostClaimError instead of sending what is no longer ours to send."""
    begun = _seconds()

    def look() -> None:
        nonlocal begun
        while _seconds() - begun > LONG:  # the database may take its time, too
            again = _seconds()
            store.links.intend_still(work)
            begun = again

    with looking(look):
        yield


def _seconds() -> float:
    """Of a clock that goes on while the machine sleeps, for the claim runs out meanwhile; Linux has one for it."""
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):
        return time.monotonic()
