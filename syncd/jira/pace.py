"""How fast to go on when Jira says that a limit is near (jira facts 7.3, 7.4). Reads headers; waits for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.http import retry_after

UNTOLD_INTERVAL = 0.25
UNTOLD_SECONDS = 10.0
"""The pace, and for how long, if the answer only says that the limit is near: a burst is over in seconds."""

SHORTEST_INTERVAL = 0.02
LONGEST_INTERVAL = 5.0
"""Seconds between two calls: what is near is no reason to stand still."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One call each `interval`, for `seconds`."""

    interval: float
    seconds: float


def pace_of(headers: Mapping[str, str], now: datetime | None = None) -> Pace | None:
    """What is left is spread until the limit begins anew; None if no limit is near."""
    if headers.get("X-RateLimit-NearLimit", "").strip().lower() != "true":
        return None
    resets_in = retry_after({"X-RateLimit-Reset": headers.get("X-RateLimit-Reset", "")}, now)
    left = headers.get("X-RateLimit-Remaining", "").strip()
    if resets_in is None or not left.isdecimal():
        return Pace(UNTOLD_INTERVAL, resets_in or UNTOLD_SECONDS)
    interval = resets_in / max(int(left), 1)
    return Pace(min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL), resets_in)
