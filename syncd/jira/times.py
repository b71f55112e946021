"""Jira's ways to write a moment, read as UTC. Reads no clock.

REST answers show the caller's zone offset, which changes with daylight saving and with the profile (jira facts 2.6), so
a moment must never be compared, hashed or shown as Jira wrote it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:?\d\d|Z)")
_SECONDS_END = 100_000_000_000  # as seconds this is the year 5138, as milliseconds 1973: smaller numbers are seconds


def moment(value: Any) -> datetime:
    """The moment that Jira wrote as text with an offset or as a number since 1970. Raises ValueError for the rest."""
    try:
        match value:
            case bool():
                pass
            case int() | float():
                return datetime.fromtimestamp(value if abs(value) < _SECONDS_END else value / 1000, UTC)
            case str():
                when = datetime.fromisoformat(value.strip())
                if when.tzinfo is not None:
                    return when.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"no moment: {str(value)[:40]!r}") from error
    raise ValueError(f"no moment: {str(value)[:40]!r}")


def is_written_moment(text: str) -> bool:
    """Whether a text is nothing but a moment with an offset."""
    return _WRITTEN.fullmatch(text) is not None


def in_utc(text: str) -> str:
    """A written moment in Jira's own form with the offset +0000; any other text as it is."""
    if not is_written_moment(text):
        return text
    try:
        when = moment(text)
    except ValueError:  # the thirtieth of February
        return text
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"


def milliseconds(when: datetime) -> int:
    """Since 1970, as JQL reads an unquoted number: free of zones (jira facts 2.4)."""
    return int(when.timestamp()) * 1000 + when.microsecond // 1000
