"""One listing of what may have changed: prove the credentials, list, mark, move the cursor. Fetches and writes nothing.

The cursor is Jira's clock. It moves with the marks, in one transaction a page, and never past an issue that is not
marked (law 5). A listing begins an overlap before it, since indexes lag; what was seen already costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.core.ports import Page
from syncd.engine.route import Route
from syncd.store import Claim, Priority, Store


@dataclass(frozen=True, slots=True)
class Polled:
    """What a listing came to: hits, and how many of them were new or had changed.

    `elsewhere` says that another process lists the mapping, or has done so a moment ago, and this one did not.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    elsewhere: bool = False

    def plus(self, other: Polled) -> Polled:
        return Polled(self.listed + other.listed, self.new + other.new, self.changed + other.changed)


def claim_name(mapping: str) -> str:
    """The claim under which a mapping is polled."""
    return f"poll:{mapping}"


def poll(route: Route, store: Store, claim: Claim, stopping: Callable[[], bool] = lambda: False) -> Polled:
    """List once. Raises what went wrong; what was marked before stays marked, and the cursor with it.

    A long listing ends early when the process is `stopping`, and the next one goes on from there, be it that of another
    process. One whose claim is lost marks nothing more.
    """
    clock = route.source.prove()  # an answer is believed only after this, in the same cycle (law 7)
    cursor = store.cursors.begin(route.name, route.source.site, clock)
    store.ceilings.begin_cycle(route.name)
    # A first listing that was broken off is the first one still, and has its ceiling.
    priority = Priority.FIRST if cursor.last_success is None else Priority.LIVE
    polled = Polled()
    if cursor.cursor_ms is None and route.mapping.source.since == "now":
        # "Now" is the first cycle's: without a hit to move the cursor, the next one would have a later now.
        mark(route, store, Page((), clock), clock, priority, claim)
        reach(route, store, clock)
    for page in route.source.changed_since(route.mapping.source.jql, _since(route, cursor.cursor_ms, clock)):
        polled = polled.plus(mark(route, store, page, clock, priority, claim))
        if stopping():
            store.claims.release(claim, finished=False)
            return polled
    store.cursors.succeeded(route.name)
    return polled


def mark(
    route: Route,
    store: Store,
    page: Page,
    clock: datetime,
    priority: Priority,
    claim: Claim,
    backfill: int | None = None,
) -> Polled:
    """Queue what changed in a page and move the cursor (of the mapping, or of a backfill) behind it, at once.

    The cursor never goes beyond Jira's clock as it was when the listing began.
    """
    marked = store.queue.mark(
        route.name,
        route.source.site,
        route.mapping.digest,
        page.stubs,
        listed_at_ms=in_ms(clock),
        priority=priority,
        cursor_ms=None if page.reached is None else min(in_ms(page.reached), in_ms(clock)),
        backfill=backfill,
        claim=claim,
    )
    return Polled(len(page.stubs), marked.new, marked.changed)


def _since(route: Route, cursor_ms: int | None, clock: datetime) -> datetime | None:
    """Where the listing begins: an overlap before the cursor, or where the mapping says history begins."""
    if cursor_ms is not None:
        return from_ms(cursor_ms) - route.source.overlap
    since = route.mapping.source.since
    if since == "now":
        return clock - route.source.overlap
    return since


def reach(route: Route, store: Store, clock: datetime) -> datetime | None:
    """How far back the mapping reaches: nothing older is ever taken up, whoever tells of it."""
    since = route.mapping.source.since
    return from_ms(store.lifecycle.began(route.name, in_ms(clock))) if since == "now" else since


def in_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
