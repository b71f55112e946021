"""How to ask Jira for what changed since a moment, and which way this Jira understands.

| way        | clause                              | read by Jira as                                             |
|------------|-------------------------------------|-------------------------------------------------------------|
| `epoch`    | `updated >= 1714557600000`          | that moment, whatever the zones (jira facts 2.4)             |
| `local`    | `updated >= "2024-05-01 12:00"`     | a minute in the time zone of the user's profile (2.2)        |
| `relative` | `updated >= "-75m"`                 | that long before Jira's own clock (2.5)                      |

The first is best and is documented nowhere, so it is put to the test: Cloud answers a date that it does not understand
with success and nothing at all (jira facts 1.11), and a daemon that believed this would sleep for ever.

Every way may ask for a little too much, none for too little. A minute is as exact as any of them needs to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncd.errors import RejectedError
from syncd.jira.jql import ordered
from syncd.jira.listing import Astray, Search
from syncd.jira.times import milliseconds

Since = Callable[[datetime, datetime], str]
"""The clause for changes at or after a moment; the second argument is Jira's clock now."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_FAR_AHEAD = timedelta(days=3)  # farther than any zone can move a literal
_HOUR = timedelta(hours=1)
_PATIENCE = 10
"""Minutes that a stretch may take to list: Jira counts a period anew from its own clock at every page."""


def epoch(start: datetime, now: datetime) -> str:
    return f"updated >= {milliseconds(start)}"


def local(zone: str) -> Since:
    """In the zone of the profile. Raises Astray where nobody knows that zone."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Astray(f"the time zone {zone!r} of the user's profile is unknown here") from error

    def clause(start: datetime, now: datetime) -> str:
        there = start.astimezone(place)
        if there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset():
            there -= _HOUR  # the hour that comes twice in autumn: Jira might mean the later one (jira facts 2.7)
        return f'updated >= "{there:%Y-%m-%d %H:%M}"'

    return clause


def relative(start: datetime, now: datetime) -> str:
    minutes = -((start - now) // timedelta(minutes=1)) + _PATIENCE
    return f'updated >= "{-minutes}m"'


def understood(search: Search, query: str, ways: Sequence[Since], now: datetime) -> tuple[Since, bool]:
    """The first of the ways that this Jira understands, and whether that is certain.

    A way is understood if it finds something since long ago and nothing in days to come. Where the query finds nothing
    at all, nothing can be said yet. Raises Astray if the query finds something and no way does, and RejectedError if
    the query itself is refused.
    """
    for way in ways:
        try:
            past = search(ordered(query, way(_LONG_AGO, now)), None)
            future = search(ordered(query, way(now + _FAR_AHEAD, now)), None)
        except RejectedError:
            pass  # a server says what it does not understand; the query alone tells whether it was the time
        else:
            if (past.stubs or past.more) and not future.stubs:
                return way, True
        alone = search(ordered(query), None)
        if not (alone.stubs or alone.more):
            return ways[0], False
    raise Astray("it understands no way to ask for what changed since a moment")
