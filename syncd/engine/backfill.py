"""The same line over history: list a query from its beginning, and work it off at a low priority.

Resumable: the listing's position is stored with each page's marks, so a backfill that was killed goes on where it was.
The listing goes ahead of the work, so that all replicas find some, but not far: what is marked stays in the queue, and
is done even when the backfill is stopped. A live change overtakes it all the same, since it is claimed first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.ports import Page
from syncd.engine.holding import holding
from syncd.engine.poll import Polled, from_ms, in_ms, mark
from syncd.engine.round import Tally
from syncd.engine.route import Route
from syncd.engine.work import Worker
from syncd.errors import RunningError, UnavailableError
from syncd.store import Backfill, Claim, Priority, Store, Waiting

PATIENCE = 1800.0
"""Seconds of unbroken trouble after which a backfill gives up; nothing is lost, it resumes when called again."""

AHEAD = 500
"""So many issues marked and not begun are enough for all replicas until the next page is listed."""

LONGEST_WAIT = 75.0
"""Seconds that the end of a backfill waits for work that is delayed, not failed: a write whose fate settles itself."""

LOOK_SECONDS = 1.0
"""How often it looks meanwhile: another process may be done sooner than its claim would end."""


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
    """What a backfill came to. Not `finished` means that it stopped early and resumes when called again.

    `limited` means that it did what it was asked to, and that more was there than the limit.
    """

    resumed: bool
    polled: Polled = field(default_factory=Polled)
    tally: Tally = field(default_factory=Tally)
    total: int | None = None
    finished: bool = False
    limited: bool = False
    waiting: Waiting = field(default_factory=Waiting)


def backfill(
    route: Route,
    store: Store,
    worker: Worker,
    *,
    jql: str = "",
    since: datetime | None = None,
    limit: int | None = None,
    watch: Watcher | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Backfilled:
    """Look at every issue of the mapping (or of `jql` within it), the one that changed longest ago first.

    At most `limit` that were not looked at before, so that the same command takes the next ones when called again.
    """
    clock = route.source.prove()
    store.cursors.begin(route.name, route.source.site, clock)
    query = within(route, jql)
    run = store.cursors.begin_backfill(route.name, query, None if since is None else in_ms(since), route.mapping.digest)
    with holding(store, f"backfill:{run.id}") as claim:
        if claim is None:
            raise RunningError(
                f"mapping {route.name}: another process runs this very backfill; wait for its end. If it was killed, "
                "try again in a quarter of a minute, and it goes on here"
            )
        return Run(route, store, worker, run, claim, clock, watch).go(query, since, limit, stop)


class Run:
    """One process's turn at a backfill, under its claim."""

    def __init__(
        self,
        route: Route,
        store: Store,
        worker: Worker,
        run: Backfill,
        claim: Claim,
        clock: datetime,
        watch: Watcher | None,
    ) -> None:
        self._route, self._store, self._worker = route, store, worker
        self._run, self._claim, self._clock = run, claim, clock
        self._watch = watch
        self._listed_all = False
        self.came_to = Backfilled(resumed=run.cursor_ms is not None)

    def go(
        self, query: str, since: datetime | None, limit: int | None, stop: Callable[[], bool] = lambda: False
    ) -> Backfilled:
        route, store, worker, came_to = self._route, self._store, self._worker, self.came_to
        begin = since if self._run.cursor_ms is None else from_ms(self._run.cursor_ms)
        pages = self._within_limit(route.source.changed_since(query, begin), limit)
        drain_patiently(route, worker, came_to.tally, self._tell, more=lambda: self._more(pages), enough=stop)
        if not self._listed_all or stop():
            return came_to
        wait_for_delayed(route, store, worker, came_to.tally, self._tell)
        came_to.finished = not worker.stopping and came_to.tally.trouble is None
        came_to.waiting = store.queue.waiting(route.name)
        if came_to.finished and not came_to.limited:
            store.cursors.finish_backfill(self._run)
        return came_to

    def _more(self, pages: Iterator[Page]) -> bool:
        """List one page more, unless enough is listed and not begun. Whether there may be yet more."""
        route, store, came_to = self._route, self._store, self.came_to
        if self._listed_all:
            return False
        if store.queue.due(route.name, route.source.site, AHEAD, priority=Priority.BACKFILL) >= AHEAD:
            return True
        page = next(pages, None)
        if page is None:
            self._listed_all = True
            return False
        came_to.total = page.total if page.total is not None else came_to.total
        marked = mark(route, store, page, self._clock, Priority.BACKFILL, self._claim, self._run.id)
        came_to.polled = came_to.polled.plus(marked)
        return True

    def _within_limit(self, pages: Iterator[Page], limit: int | None) -> Iterator[Page]:
        """The pages up to the issue with which the limit is reached; a page that is cut does not move the cursor."""
        left = limit
        for page in pages:
            if left is None:
                yield page
                continue
            unseen = self._store.queue.unseen(
                self._route.name, self._route.source.site, self._route.mapping.digest, page.stubs
            )
            taken = [index for index, stub in enumerate(page.stubs) if stub.id in unseen]
            if len(taken) <= left:
                left -= len(taken)
                yield page
                continue
            self.came_to.limited = True
            if left > 0:
                yield replace(page, stubs=page.stubs[: taken[left]], reached=None)
            return

    def _tell(self, now: Tally, waiting: str = "") -> None:
        if self._watch is None:
            return
        tally, listed = self.came_to.tally, self.came_to.polled.listed
        self._watch(Progress(listed, self.came_to.total, tally.done + now.done, tally.parked + now.parked, waiting))


def within(route: Route, jql: str) -> str:
    """The mapping's own query, narrowed by another: a backfill never reaches beyond its mapping."""
    return route.source.narrowed(route.mapping.source.jql, jql) if jql else route.mapping.source.jql


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
    route: Route,
    worker: Worker,
    tally: Tally,
    tell: Callable[..., None],
    patience: float = PATIENCE,
    *,
    more: Callable[[], bool] = lambda: False,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Drain; while the connection is unavailable, rest as it asks and go on. What only a person can mend ends it."""
    waited = 0.0
    while True:
        tally.add(worker.drain(route, progress=tell, more=more, enough=enough))
        trouble = tally.trouble
        if not isinstance(trouble, UnavailableError) or waited >= patience or worker.stopping or enough():
            return
        rest = min(max(tally.rest, 1.0), patience - waited)
        tell(Tally(), f"{trouble}; going on in {rest:.0f} s")
        waited += rest
        worker.pause(rest)


def wait_for_delayed(
    route: Route, store: Store, worker: Worker, tally: Tally, tell: Callable[..., None], longest: float = LONGEST_WAIT
) -> None:
    """Stay for work that is delayed, not failed: after a crash, a note may have to be waited for. And for what other
    processes have in hand, which falls due when their claims end.
    """
    waited = 0.0
    in_vain = False
    while not worker.stopping and tally.trouble is None:
        seconds = store.queue.next_due_in(route.name, failed=False)
        if seconds is None or waited + seconds > longest:
            return
        if seconds <= 0 and in_vain:
            return  # due, and nobody can take it: of another Jira than the connection leads to now
        if seconds > 0:
            tell(Tally(), f"waiting up to {seconds:.0f} s for what is in doubt, or in another process's hands")
            rest = min(seconds, LOOK_SECONDS) + 0.05
            waited += rest
            worker.pause(rest)
        before = tally.handled
        drain_patiently(route, worker, tally, tell)
        in_vain = seconds <= 0 and tally.handled == before
