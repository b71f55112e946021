"""A last look before a write leaves, after the wait for its turn: what was true before the wait may not be any more.

A write may wait long for its turn (a budget, a full instance), or its process may be frozen meanwhile. Whoever sends
one says with `looking` what is to be asked at the last moment; the door asks it right before a write leaves, after a
token was fetched for it, too, and whatever it raises keeps the write from being sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_look: ContextVar[Callable[[], None] | None] = ContextVar("last look", default=None)


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    """Writes of this thread ask `look` before they leave, until the block ends."""
    before = _look.set(look)
    try:
        yield
    finally:
        _look.reset(before)


def last_look() -> None:
    """Called by whatever sends a write, right before. Raises what stands against it."""
    look = _look.get()
    if look is not None:
        look()
