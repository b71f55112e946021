"""The line, ready to be used: every command and every timer opens one of these doors, and all lead into it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.ports import Stub
from syncd.engine.backfill import Backfilled, Watcher, backfill, drain_patiently, limited, wait_for_delayed, within
from syncd.engine.census import Census, Look, census, look, rescan
from syncd.engine.dry_run import Preview, dry_run
from syncd.engine.hints import Hinted, follow_hints
from syncd.engine.holding import holding
from syncd.engine.linkage import adopt
from syncd.engine.poll import Polled, claim_name, poll
from syncd.engine.prepare import admit
from syncd.engine.round import Tally
from syncd.engine.route import Listener, Route
from syncd.engine.work import CeilingListener, Worker
from syncd.errors import LostClaimError, SyncdError, UserError
from syncd.store import Claim, Store, Waiting
from syncd.store.linkage import Tie

log = logging.getLogger(__name__)

SYNC_PATIENCE = 60.0
"""Seconds that `syncd sync` rides out trouble before it gives up with exit code 1."""

CycleListener = Callable[[str, str], None]
"""Told (mapping, cause) when a cycle failed as a whole."""


GuardListener = Callable[[str, str], None]
"""Told (mapping, guard) when something was refused because it could do harm."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What `syncd census` came to for one mapping; `census` is None where another process is at it."""

    mapping: str
    census: Census | None
    look: Look
    tally: Tally


@dataclass(frozen=True, slots=True)
class Synced:
    """What one cycle of one mapping came to."""

    mapping: str
    polled: Polled
    tally: Tally
    waiting: Waiting = field(default_factory=Waiting)


class Engine:
    """All routes over one store, with one worker."""

    def __init__(
        self,
        store: Store,
        routes: Sequence[Route],
        listen: Listener,
        *,
        threads: int = 8,
        cycle_failed: CycleListener = lambda mapping, cause: None,
        guarded: GuardListener = lambda mapping, guard: None,
        ceiling_hit: CeilingListener = lambda mapping, ceiling: None,
    ) -> None:
        self.store = store
        self.routes = {route.name: route for route in routes}
        self.worker = Worker(store, listen, threads=threads, ceiling_hit=ceiling_hit)
        self._cycle_failed = cycle_failed
        self._guarded = guarded
        self._well: dict[str, bool] = {}

    def chosen(self, mapping: str | None) -> list[Route]:
        """The route of this mapping, or all."""
        if mapping is None:
            return list(self.routes.values())
        if mapping not in self.routes:
            raise UserError(f"there is no mapping {mapping!r}; there are: {', '.join(sorted(self.routes)) or 'none'}")
        return [self.routes[mapping]]

    def poll(self, route: Route, *, every: float = 0.0) -> Polled:
        """List what changed, unless another process does, or began to less than `every` seconds ago.

        A failure is kept beside the cursor, counted, and raised.
        """
        with holding(self.store, claim_name(route.name), every=every) as claim:
            if claim is None:
                return Polled(elsewhere=True)
            self.store.cursors.attempted(route.name)
            try:
                return poll(route, self.store, claim, lambda: self.worker.stopping)
            except LostClaimError as error:  # whoever took over lists on from the cursor
                log.warning("%s", error, extra={"action": "lost_claim", "mapping": route.name})
                return Polled(elsewhere=True)
            except SyncdError as error:
                self.store.cursors.failed(route.name, str(error))
                self._cycle_failed(route.name, _word(error))
                raise

    def work(self, route: Route) -> Tally:
        """Work off what is due."""
        return self._noted(route, self.worker.drain(route))

    def sync(self, route: Route, issue: str | None = None, *, wide: bool = False) -> Synced:
        """One cycle: what changed, or this one issue; then all that is due. `wide` lists the last two days as well."""
        polled = self.poll(route) if issue is None else self._poll_one(route, issue)
        if wide:
            polled = polled.plus(self.rescan(route))
        tally = Tally()
        drain_patiently(route, self.worker, tally, _silent, SYNC_PATIENCE)
        wait_for_delayed(route, self.store, self.worker, tally, _silent)
        return Synced(route.name, polled, self._noted(route, tally), self.store.queue.waiting(route.name))

    def want(self, route: Route, issue: str) -> None:
        """Queue this issue, whatever is known of it; asks Jira whether it is one of the mapping's."""
        self._poll_one(route, issue)

    def backfill(
        self, route: Route, *, jql: str, since: datetime | None, limit: int | None, watch: Watcher | None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Backfilled:  # fmt: skip
        came_to = backfill(route, self.store, self.worker, jql=jql, since=since, limit=limit, watch=watch, stop=stop)
        self._noted(route, came_to.tally)
        return came_to

    def rescan(self, route: Route, *, every: float = 0.0) -> Polled:
        """List the last two days once more, unless another process does, or did less than `every` seconds ago."""
        with self._in_turn(route, "rescan", every) as claim:
            if claim is None:
                return Polled(elsewhere=True)
            return rescan(route, self.store, claim, lambda: self.worker.stopping)

    def census(self, route: Route, *, every: float = 0.0) -> Census | None:
        """Compare all ids with the links; None if another process does, or did less than `every` seconds ago."""
        with self._in_turn(route, "census", every) as claim:
            if claim is None:
                return None
            return census(route, self.store, claim, lambda: self.worker.stopping)

    def look(self, route: Route, *, every: float = 0.0) -> Look:
        """Ask where the issues are that are missing. Costs nothing while there are none."""
        if not self.store.lifecycle.any_missing(route.name):
            self.store.lifecycle.alarm(route.name, "")
            return Look()
        with self._in_turn(route, "look", every) as claim:
            if claim is None:
                return Look()
            looked = look(route, self.store)
        if looked.alarm:
            self._guarded(route.name, "missing")
        return looked

    def count(self, route: Route) -> Counted:
        """A census, a look at what is missing, and all the work that comes of it."""
        counted, looked = self.census(route), self.look(route)
        tally = Tally()
        drain_patiently(route, self.worker, tally, _silent, SYNC_PATIENCE)
        return Counted(route.name, counted, looked, self._noted(route, tally))

    @contextmanager
    def _in_turn(self, route: Route, what: str, every: float) -> Iterator[Claim | None]:
        """The claim to do this for the mapping. What fails is tried again at the next tick, not after `every`."""
        with holding(self.store, f"{what}:{route.name}", every=every) as claim:
            try:
                yield claim
            except SyncdError:
                if claim is not None:
                    self.store.claims.release(claim, finished=False)
                raise

    def adopt(self, route: Route, issue: str, record: str) -> Tie:
        """Tie an issue, by its key, to a record that is there, by its number or sys_id."""
        return adopt(route, self.store, self._named(route, issue), record)

    def follow_hints(self, route: Route) -> Hinted:
        """Look at once at issues that somebody told us of."""
        return follow_hints(route, self.store)

    def preview(
        self, route: Route, *, issue: str | None = None, jql: str = "", since: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Preview]:  # fmt: skip
        """What would be written for this issue, or for every issue of the mapping."""
        admit(route)
        route.source.prove()
        query = within(route, _only(issue) if issue else jql)
        return dry_run(route, self.store, limited(route.source.changed_since(query, since), limit))

    def _noted(self, route: Route, tally: Tally) -> Tally:
        """Trouble with a connection is counted, and kept beside the cursor until work goes on, or there is none left.

        An idle round asks the database only while it does not know, from its own last word, that all is well.
        """
        if tally.trouble is not None:
            self._cycle_failed(route.name, _word(tally.trouble))
        elif not tally.done and not tally.parked:
            waiting = self._well.get(route.name) or self.store.queue.next_due_in(route.name, failed=True) is not None
            if waiting:
                return tally
        self.store.cursors.stuck(route.name, "" if tally.trouble is None else str(tally.trouble))
        self._well[route.name] = tally.trouble is None
        return tally

    def _poll_one(self, route: Route, issue: str) -> Polled:
        stub = self._named(route, issue)
        self.store.queue.want(route.name, route.source.site, stub.id, stub.key)
        return Polled(listed=1, changed=1)

    def _named(self, route: Route, issue: str) -> Stub:
        """The issue of the mapping that has this key."""
        route.source.prove()
        self.store.cursors.begin(route.name, route.source.site)
        for page in route.source.changed_since(within(route, _only(issue)), None):
            for stub in page.stubs:
                return stub
        raise UserError(
            f"{issue} is not an issue of mapping {route.name}: it does not exist, is hidden from the integration "
            f"user, or does not match its query ({route.mapping.source.jql})"
        )


def _only(issue: str) -> str:
    escaped = issue.replace("\\", "\\\\").replace('"', '\\"')
    return f'key = "{escaped}"'


def _word(error: SyncdError) -> str:
    """The error's class as the label of a metric."""
    return type(error).__name__.removesuffix("Error").lower()


def _silent(*_: object) -> None:
    """Nobody watches."""
