"""Which issues changed: one algorithm for Cloud and Data Center, pure of HTTP.

Pages drift. An issue that changes while we page moves to the end of the order, everything behind it moves up, and one
issue slips through between two pages (jira facts 1.27); ties may be shuffled from one request to the next. A *first*
page cannot drift: it is one look at the index. So the listing goes by first pages as far as it can:

1. Ask for everything since the minute `start`. All hits of the minutes before the last hit's are now known.
2. If that was all, stop. If the last hit's minute is later than `start`, ask afresh from that minute.
3. Else this stretch is denser than a page: go on by Jira's own continuation until a later minute, or the end; then list
   the stretch again until two passes agree, or many bring nothing new.

Minutes, because JQL is only sure to the minute, and so may be the index (jira facts 2.4): what is said here holds for
an index that keeps milliseconds, seconds or minutes.

A hit may show a later `updated` than the one the index has sorted it by, as the index lags behind the issues. Its
minute then says nothing about what lies before it. Such a hit changed within the last moments; so hits younger than
the lag are yielded but never gone on from: they form the last stretch, the tail.

Nothing in here waits, logs or reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from syncd.core.ports import Page, Stub

SETTLED = timedelta(minutes=5)
"""How far Jira's index is believed to lag at most (jira facts 1.13: seconds to minutes)."""

QUIET_PASSES = 12
"""Passes in a row without news after which a stretch counts as known although no two passes agree. Shuffled ties hide a
given issue from one pass with a chance of at most 1/e, from twelve with 1 in 160,000."""

MOST_PASSES = 60
"""A stretch that still brings news after so many passes is no stretch of a real index."""

TAIL_PASSES = 4
"""How often the tail is listed at most: it may change faster than it can be listed. Unknown, it is not counted as
reached, and the next listing begins with it."""

FRUITLESS_PAGES = 200
"""Pages in a row that may bring nothing that their pass had not listed before."""

Continuation = str | int


@dataclass(frozen=True, slots=True)
class Hits:
    """One answer of a search. `more` asks for the next one; None says that there is none."""

    stubs: Sequence[Stub]
    more: Continuation | None = None
    total: int | None = None


Search = Callable[[str, Continuation | None], Hits]
Ask = Callable[[datetime | None], str]
Versions = dict[str, datetime]
"""Ids of issues, and the `updated` that they were listed with."""


class Astray(Exception):
    """The answers do not come to an end, or do not settle: nothing may be concluded from them."""


def listing(
    search: Search, ask: Ask, since: datetime | None, clock: datetime, lag: timedelta = SETTLED
) -> Iterator[Page]:
    """Every issue changed at or after the minute of `since`, page by page, at least once each.

    `ask` spells the query for the issues changed at or after a minute (None: all), oldest change first. `clock` is
    Jira's time before the first search, `lag` how far its index is behind at most. Raises Astray rather than going
    round in circles.
    """
    start = reached = minute(since) if since else None
    seen: Versions = {}
    latest: datetime | None = None
    while True:
        stretch = _Stretch(search, ask(start), start, clock, clock - lag, seen)
        held: Page | None = None  # a page is held back until it is sure how far it completes the listing
        for page in stretch.pages():
            if held is not None and held.stubs:
                yield replace(held, reached=reached)
                held = None
            held = page if page.stubs or held is None else held
        latest = max((updated for updated in [latest, stretch.latest] if updated), default=None)
        if stretch.known:
            reached = stretch.end or _later(reached, latest, clock)
        if held is not None and (held.stubs or reached != start):
            yield replace(held, reached=reached)
        if stretch.end is None:
            return
        start = stretch.end
        seen = {issue: updated for issue, updated in seen.items() if updated >= start}


def minute(when: datetime) -> datetime:
    """The minute in which it happened."""
    return when.astimezone(UTC).replace(second=0, microsecond=0)


def _later(reached: datetime | None, latest: datetime | None, clock: datetime) -> datetime | None:
    """How far a listing that came to its end is complete: to the last change's minute, never beyond Jira's clock."""
    if latest is None:
        return reached
    end = minute(min(latest, clock))
    return end if reached is None else max(reached, end)


@dataclass(slots=True)
class _Pass:
    """One walk over a stretch: what it listed, what of that was new, whether any issue came twice."""

    listed: Versions = field(default_factory=dict)
    fresh: Versions = field(default_factory=dict)
    pages: int = 0
    repeated: bool = False
    end: datetime | None = None


class _Stretch:
    """The hits from minute `start` up to the first later minute `end` that can be gone on from (None: to the last)."""

    def __init__(
        self, search: Search, jql: str, start: datetime | None, clock: datetime, settled: datetime, seen: Versions
    ) -> None:
        self.end: datetime | None = None
        self.known = False
        self.latest: datetime | None = None
        self._search = search
        self._jql = jql
        self._start = start
        self._clock = minute(clock)
        self._settled = settled
        self._seen = seen

    def pages(self) -> Iterator[Page]:
        """List the stretch until it is known; what was yielded before is left out."""
        before: Versions | None = None
        quiet = 0
        for passes in range(1, MOST_PASSES + 1):
            walk = _Pass()
            yield from self._walk(walk)
            self.end = walk.end if passes == 1 or self.end is None else min(self.end, walk.end or self.end)
            within = self._within(walk.listed)
            quiet = 0 if self._within(walk.fresh) else quiet + 1
            agree = within == before and not walk.repeated  # what comes twice stands in the place of something else
            self.known = walk.pages == 1 or agree or quiet >= QUIET_PASSES
            if self.known or (self.end is None and passes >= TAIL_PASSES):
                return
            before = within
        raise Astray(f"the issues changed at {self._start or 'any time'} do not settle")

    def _walk(self, walk: _Pass) -> Iterator[Page]:
        """Go along Jira's continuations up to a place to go on from, or to the end."""
        met: set[Continuation] = set()
        fruitless = 0
        more: Continuation | None = None
        while walk.end is None:
            hits = self._search(self._jql, more)
            found = {stub.id: stub.updated for stub in hits.stubs}
            news = tuple(stub for stub in hits.stubs if self._seen.get(stub.id) != stub.updated)
            fruitless = 0 if found.items() - walk.listed.items() else fruitless + 1
            walk.pages += 1
            walk.repeated = walk.repeated or not found.keys().isdisjoint(walk.listed)
            walk.listed |= found
            walk.fresh |= {stub.id: stub.updated for stub in news}
            all_at_once = walk.pages == 1 and hits.more is None
            walk.end = None if all_at_once else self._place_to_go_on(hits.stubs)
            self._seen |= found
            self.latest = max([updated for updated in [self.latest, *found.values()] if updated], default=None)
            yield Page(news, None, hits.total)
            more = hits.more
            if more is None:
                return
            if more in met:
                raise Astray("the same continuation came twice")
            if fruitless >= FRUITLESS_PAGES:
                raise Astray(f"{fruitless} pages in a row brought nothing new")
            met.add(more)

    def _place_to_go_on(self, stubs: Sequence[Stub]) -> datetime | None:
        """The latest minute on a page that is later than `start` and too old to be a lagging index's mistake."""
        minutes = [minute(stub.updated) for stub in stubs if stub.updated < self._settled]
        last = max(minutes, default=None)
        return last if last is not None and (self._start is None or last > self._start) else None

    def _within(self, versions: Versions) -> Versions:
        """What of it belongs to this stretch. Of the tail, that which had happened when the listing began."""
        end = self.end or self._clock
        return {issue: updated for issue, updated in versions.items() if updated < end}
