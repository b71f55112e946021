"""How long an answer asks us to wait, from every form met in the wild (jira facts 7.3 to 7.9, servicenow facts 6.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from syncd.errors import ThrottledError
from syncd.http.session import Response
from syncd.http.words import shortened

LONGEST_WISH = 3600.0
"""The longest honest wish: quotas of both systems are counted per hour. Anything longer is asked again after it."""

_EPOCH_STARTS = 1e9
"""Numbers below are seconds from now, above unix time: 1e9 was in 2001."""
_MILLISECONDS_START = 1e11


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the answer asks us to wait, or None if it has no readable wish.

    `Retry-After` as seconds or as an HTTP date; `X-RateLimit-Reset` as a unix time or as ISO 8601, with or without
    seconds. At least 1, since "now" is what just failed; at most `LONGEST_WISH`.
    """
    moment = now or datetime.now(UTC)
    for name in ("Retry-After", "X-RateLimit-Reset"):
        raw = (headers.get(name) or "").strip()
        seconds = _seconds_until(raw, moment) if raw else None
        if seconds is not None:
            return min(max(seconds, 1.0), LONGEST_WISH)
    return None


def throttled(response: Response, *, system: str, step: str, detail: str = "") -> ThrottledError:
    """The error of a 429."""
    return ThrottledError(
        "asks for fewer calls",
        system=system,
        step=step,
        status=response.status_code,
        detail=shortened(detail),
        retry_after=retry_after(response.headers),
    )


def _seconds_until(raw: str, now: datetime) -> float | None:
    try:
        number = float(raw)
    except ValueError:
        when = _moment(raw)
        return None if when is None else (when - now).total_seconds()
    if not math.isfinite(number):
        return None
    if number >= _MILLISECONDS_START:
        number /= 1000
    return number - now.timestamp() if number >= _EPOCH_STARTS else number


def _moment(raw: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = parse(raw)
            return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None
