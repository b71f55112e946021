"""Hold a claim for as long as a block runs: a thread renews it, the end gives it back.

The thread decides nothing. Who has lost a claim learns it from the fence, when it writes or renews.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from syncd.errors import DatabaseError, LostClaimError
from syncd.store import Claim, Store

log = logging.getLogger(__name__)


@contextmanager
def holding(store: Store, name: str, *, every: float = 0.0) -> Iterator[Claim | None]:
    """The claim of this name, or None if it is not to be had now (`Claims.take`): then there is nothing to do here.

    A block that leaves its work unfinished calls `release(finished=False)` itself, for somebody to go on at once.
    """
    claim = store.claims.take(name, every=every)
    if claim is None:
        yield None
        return
    try:
        with beating(store.claims.claim_seconds / 3, lambda: store.claims.renew(claim)):
            yield claim
    finally:
        with suppress(DatabaseError):  # it runs out by itself
            store.claims.release(claim)


@contextmanager
def beating(seconds: float, beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` every so many seconds, in a thread, until the block ends or the claim is lost."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(seconds):
            try:
                beat()
            except LostClaimError:
                return
            except DatabaseError as error:
                # The claims run out and another process takes over; the fence keeps us from writing meanwhile.
                log.warning("claims could not be renewed: %s", error, extra={"action": "renew"})

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
