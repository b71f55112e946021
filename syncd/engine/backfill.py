"""The same line over history: list a query from its beginning, and work it off page by page at a low priority.

Resumable: the listing's position is stored with each page's marks, so a backfill that was killed goes on where it was.
The listing waits for the work, so that what is due stays a page and a live change overtakes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.ports import Page
from syncd.engine.poll import Polled, from_ms, in_ms, mark
from syncd.engine.round import Tally
from syncd.engine.route import Route
from syncd.engine.work import Worker
from syncd.errors import UnavailableError
from syncd.store import Priority, Store

PATIENCE = 1800.0
"""Seconds of unbroken trouble after which a backfill gives up; nothing is lost, it resumes when called again."""

LONGEST_WAIT = 75.0
"""Seconds that the end of a backfill waits for work that is delayed, not failed: a write whose fate settles itself."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a backfill stands. `total` is None where Jira does not count for us."""

    listed: int
    total: int | None
    done: int
    parked: int
    waiting: str = ""


Watcher = Callable[[Progress], None]


@dataclass(slots=True)
class Backfilled:
    """What a backfill came to. Not `finished` means that it stopped early and resumes when called again."""

    resumed: bool
    polled: Polled = field(default_factory=Polled)
    tally: Tally = field(default_factory=Tally)
    total: int | None = None
    finished: bool = False


def backfill(
    route: Route,
    store: Store,
    worker: Worker,
    *,
    jql: str = "",
    since: datetime | None = None,
    limit: int | None = None,
    watch: Watcher | None = None,
) -> Backfilled:
    """Look at every issue of the mapping (or of `jql` within it), the one that changed longest ago first."""
    clock = route.source.prove()
    store.cursors.begin(route.name, route.source.site)
    query = within(route, jql)
    run = store.cursors.begin_backfill(route.name, query, None if since is None else in_ms(since), route.mapping.digest)
    came_to = Backfilled(resumed=run.cursor_ms is not None)

    def tell(now: Tally, waiting: str = "") -> None:
        if watch is not None:
            tally = came_to.tally
            watch(
                Progress(
                    came_to.polled.listed, came_to.total, tally.done + now.done, tally.parked + now.parked, waiting
                )
            )

    begin = since if run.cursor_ms is None else from_ms(run.cursor_ms)
    for page in limited(route.source.changed_since(query, begin), limit):
        came_to.total = page.total if page.total is not None else came_to.total
        came_to.polled = came_to.polled.plus(mark(route, store, page, clock, Priority.BACKFILL, run.id))
        drain_patiently(route, worker, came_to.tally, tell)
        if worker.stopping or came_to.tally.trouble is not None:
            return came_to
    wait_for_delayed(route, store, worker, came_to.tally, tell)
    came_to.finished = not worker.stopping and came_to.tally.trouble is None
    if came_to.finished:
        store.cursors.finish_backfill(run)
    return came_to


def within(route: Route, jql: str) -> str:
    """The mapping's own query, narrowed by another: a backfill never reaches beyond its mapping."""
    return f"({route.mapping.source.jql}) AND ({jql})" if jql else route.mapping.source.jql


def limited(pages: Iterator[Page], limit: int | None) -> Iterator[Page]:
    """At most `limit` issues; a page that is cut does not move the cursor."""
    left = limit
    for page in pages:
        if left is None or len(page.stubs) <= left:
            yield page
        else:
            yield replace(page, stubs=page.stubs[:left], reached=None)
        if left is not None:
            left -= len(page.stubs)
            if left <= 0:
                return


def drain_patiently(
    route: Route, worker: Worker, tally: Tally, tell: Callable[..., None], patience: float = PATIENCE
) -> None:
    """Drain; while the connection is unavailable, rest as it asks and go on. What only a person can mend ends it."""
    waited = 0.0
    while True:
        tally.add(worker.drain(route, progress=tell))
        trouble = tally.trouble
        if not isinstance(trouble, UnavailableError) or waited >= patience or worker.stopping:
            return
        rest = min(max(tally.rest, 1.0), patience - waited)
        tell(Tally(), f"{trouble}; going on in {rest:.0f} s")
        waited += rest
        worker.pause(rest)


def wait_for_delayed(
    route: Route, store: Store, worker: Worker, tally: Tally, tell: Callable[..., None], longest: float = LONGEST_WAIT
) -> None:
    """Stay for work that is delayed, not failed: after a crash, a note may have to be waited for."""
    waited = 0.0
    while not worker.stopping and tally.trouble is None:
        seconds = store.queue.next_due_in(route.name, failed=False)
        if seconds is None or waited + seconds > longest:
            return
        if seconds > 0:
            tell(Tally(), f"waiting {seconds:.0f} s for a write whose answer was lost")
            waited += seconds + 0.05
            worker.pause(seconds + 0.05)
        drain_patiently(route, worker, tally, tell)
