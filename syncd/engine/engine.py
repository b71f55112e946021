"""The line, ready to be used: every command and every timer opens one of these doors, and all lead into it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.engine.backfill import Backfilled, Watcher, backfill, drain_patiently, limited, wait_for_delayed, within
from syncd.engine.dry_run import Preview, dry_run
from syncd.engine.poll import Polled, poll
from syncd.engine.prepare import admit
from syncd.engine.round import Tally
from syncd.engine.route import Listener, Route
from syncd.engine.work import Worker
from syncd.errors import SyncdError, UserError
from syncd.store import Store

log = logging.getLogger(__name__)

SYNC_PATIENCE = 60.0
"""Seconds that `syncd sync` rides out trouble before it gives up with exit code 1."""

CycleListener = Callable[[str, str], None]
"""Told (mapping, cause) when a cycle failed as a whole."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one cycle of one mapping came to."""

    mapping: str
    polled: Polled
    tally: Tally


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
    ) -> None:
        self.store = store
        self.routes = {route.name: route for route in routes}
        self.worker = Worker(store, listen, threads=threads)
        self._cycle_failed = cycle_failed
        self._well: dict[str, bool] = {}

    def chosen(self, mapping: str | None) -> list[Route]:
        """The route of this mapping, or all."""
        if mapping is None:
            return list(self.routes.values())
        if mapping not in self.routes:
            raise UserError(f"there is no mapping {mapping!r}; there are: {', '.join(sorted(self.routes)) or 'none'}")
        return [self.routes[mapping]]

    def poll(self, route: Route) -> Polled:
        """List what changed. A failure is kept beside the cursor, counted, and raised."""
        self.store.cursors.attempted(route.name)
        try:
            return poll(route, self.store, lambda: self.worker.stopping)
        except SyncdError as error:
            self.store.cursors.failed(route.name, str(error))
            self._cycle_failed(route.name, _word(error))
            raise

    def work(self, route: Route) -> Tally:
        """Work off what is due."""
        return self._noted(route, self.worker.drain(route))

    def sync(self, route: Route, issue: str | None = None) -> Synced:
        """One cycle: what changed, or this one issue; then all that is due."""
        polled = self.poll(route) if issue is None else self._poll_one(route, issue)
        tally = Tally()
        drain_patiently(route, self.worker, tally, _silent, SYNC_PATIENCE)
        wait_for_delayed(route, self.store, self.worker, tally, _silent)
        return Synced(route.name, polled, self._noted(route, tally))

    def backfill(
        self, route: Route, *, jql: str, since: datetime | None, limit: int | None, watch: Watcher | None
    ) -> Backfilled:
        came_to = backfill(route, self.store, self.worker, jql=jql, since=since, limit=limit, watch=watch)
        self._noted(route, came_to.tally)
        return came_to

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
        route.source.prove()
        self.store.cursors.begin(route.name, route.source.site)
        stubs = [stub for page in route.source.changed_since(within(route, _only(issue)), None) for stub in page.stubs]
        if not stubs:
            raise UserError(
                f"{issue} is not an issue of mapping {route.name}: it does not exist, is hidden from the integration "
                f"user, or does not match its query ({route.mapping.source.jql})"
            )
        for stub in stubs:
            self.store.queue.want(route.name, route.source.site, stub.id, stub.key)
        return Polled(listed=len(stubs), changed=len(stubs))


def _only(issue: str) -> str:
    escaped = issue.replace("\\", "\\\\").replace('"', '\\"')
    return f'key = "{escaped}"'


def _word(error: SyncdError) -> str:
    """The error's class as the label of a metric."""
    return type(error).__name__.removesuffix("Error").lower()


def _silent(*_: object) -> None:
    """Nobody watches."""
