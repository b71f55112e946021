"""How far another system's clock is ahead of ours, by the `Date` of its answers. Nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

HALF = 0.5
"""A date has whole seconds, so on average it is told half a second late."""


def clock_skew(headers: Mapping[str, str], began: float, ended: float) -> float | None:
    """Seconds, positive when they are ahead; None without a readable date, or where an intermediary kept the answer.

    `began` and `ended` are epoch seconds around the call: the answer was dated somewhere between. What lies between, or
    within the second that the date leaves open, is no skew.
    """
    if "Age" in headers:
        return None
    try:
        theirs = parsedate_to_datetime(headers["Date"]).timestamp() + HALF
    except (KeyError, ValueError, OverflowError):
        return None
    early, late = began - HALF, ended + HALF
    if theirs < early:
        return theirs - early
    return max(theirs - late, 0.0)
