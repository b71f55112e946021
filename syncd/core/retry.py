"""When a piece of work that failed is tried again. Pure: attempts in, seconds out."""

from __future__ import annotations

import hashlib

FIRST = 5.0
"""Seconds after the first failure: long enough for a hiccup to pass, short enough that nobody notices."""

LONGEST = 3600.0
"""Seconds between later tries. A parked issue costs one look an hour, for as long as it stays broken."""


def delay(attempts: int, salt: str = "") -> float:
    """Seconds to wait after `attempts` failures (1 is the first): 5, 10, 20, ... up to an hour, spread by a fifth.

    The spread comes from `salt` (the issue's id), so that a thousand issues parked together do not return together,
    and a test can say when one does.
    """
    base = min(FIRST * 2.0 ** min(attempts - 1, 20), LONGEST)
    spread = hashlib.md5(f"{salt}:{attempts}".encode(), usedforsecurity=False).digest()[0] / 255
    return base * (0.8 + 0.4 * spread)
