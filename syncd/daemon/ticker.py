"""What happens when: polls, work and housekeeping on timers of this process (`timers.py`).

Timers only say "look again"; what is to be done stands in the database. A tick that is missed is not made up for, and
no job runs twice at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from syncd.daemon.timers import Timers
from syncd.engine.engine import Engine
from syncd.engine.hints import Hinted
from syncd.engine.housekeeping import tidy
from syncd.engine.ordered import run_ordered
from syncd.engine.route import Route
from syncd.engine.sampling import SAMPLE_SECONDS
from syncd.errors import DatabaseError, SyncdError

log = logging.getLogger(__name__)

WORK_SECONDS = 1.0
"""How often the database is asked for due work; a retry or another replica's leftovers wait no longer than this."""

LEAST_LOOK = 1.0
"""Whether a poll is due is looked up ten times in its interval, but no more often than so many seconds apart: all
replicas together poll once in the interval, and one that dies is missed by a tenth of it at most."""

SLACK = 0.1
"""A tick may come a little early: by so much of the time between two looks."""

ORDER_SECONDS = 2.0
"""How often is looked whether somebody asked for a backfill."""

ORDER_REST = 30.0
"""How long a backfill that is in trouble rests."""

HINT_REST = 30.0
"""How long hints rest that could not be followed: a poll is the better help by then."""

TIDY_LOOK = 600.0
"""How often is looked whether the housekeeping is due: a process that never lives for an hour has its turn, too."""

TEND_SECONDS = 60.0
"""How often is looked whether a re-scan or a census is due, and whether anything is missing."""

ALARM_REST = 900.0
"""How long until the missing issues are asked for again while a person has to say whether they are gone."""

RESCAN_SECONDS = 6 * 3600.0
CENSUS_SECONDS = 24 * 3600.0


class Ticker:
    """The timers of one process."""

    def __init__(
        self,
        engine: Engine,
        poll_interval: float,
        *,
        rescan_interval: float = RESCAN_SECONDS,
        census_interval: float = CENSUS_SECONDS,
        sample: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._poll_interval = poll_interval
        self._rescan_interval = rescan_interval
        self._census_interval = census_interval
        self._sample_now = sample
        self._alarm_rest = min(ALARM_REST, census_interval)
        self._tending = min(TEND_SECONDS, rescan_interval, census_interval)
        self._look = min(poll_interval, max(LEAST_LOOK, poll_interval / 10))
        self._resting: dict[str, float] = {}
        self._last_error: dict[str, str] = {}
        self.beat = time.monotonic()
        """When a timer last fired, for liveness."""
        self._timers = Timers(5 * len(engine.routes) + 3)

    def start(self) -> None:
        every = self._timers.every
        for route in self._engine.routes.values():
            every(self._look, f"poll:{route.name}", self._poll, route, at_once=True)
            every(WORK_SECONDS, f"work:{route.name}", self._work, route)
            every(WORK_SECONDS, f"hints:{route.name}", self._hints, route)
            every(ORDER_SECONDS, f"backfill:{route.name}", self._backfill, route)
            every(self._tending, f"tend:{route.name}", self._tend, route)
        every(WORK_SECONDS, "beat", self._beat)
        every(TIDY_LOOK, "prune", self._tidy, at_once=True)
        every(SAMPLE_SECONDS, "sample", self._sample, at_once=True)
        self._timers.start()

    def stop(self) -> None:
        """No new ticks; waits for the running ones."""
        self._timers.stop()

    def follow_clock(self) -> None:
        """To be called every second or so, by nothing that waits for a time of day."""
        self._timers.follow_clock()

    def _beat(self) -> None:
        self.beat = time.monotonic()

    def _poll(self, route: Route) -> None:
        with self._noted(route, "poll") as noted:
            noted.proved = False
            if self._paused(route):
                return
            polled = self._engine.poll(route, every=self._poll_interval - SLACK * self._look)
            noted.proved = not polled.elsewhere

    def _work(self, route: Route) -> None:
        if time.monotonic() < self._resting.get(route.name, 0.0):
            return
        with self._noted(route, "work"):
            if self._paused(route):
                return
            tally = self._engine.work(route)
            if tally.trouble is not None:
                self._resting[route.name] = time.monotonic() + tally.rest
                raise tally.trouble

    def _hints(self, route: Route) -> None:
        """What webhooks told of; while Jira is in trouble it waits as the work does, or rests by itself."""
        rests = f"hints:{route.name}"
        if time.monotonic() < max(self._resting.get(route.name, 0.0), self._resting.get(rests, 0.0)):
            return
        with self._noted(route, "hints") as noted:
            try:
                noted.proved = not self._paused(route) and self._engine.follow_hints(route) != Hinted()
            except SyncdError:
                self._resting[rests] = time.monotonic() + HINT_REST
                raise

    def _tend(self, route: Route) -> None:
        """What polling cannot see. Each part is said and tried again by itself when it fails."""
        with self._noted(route, "rescan") as noted:
            noted.proved = (
                not self._paused(route) and not self._engine.rescan(route, every=self._rescan_interval).elsewhere
            )
        with self._noted(route, "census") as noted:
            noted.proved = (
                not self._paused(route) and self._engine.census(route, every=self._census_interval) is not None
            )
        with self._noted(route, "look"):
            if not self._paused(route):
                waits = self._engine.store.lifecycle.waits_for_a_person(route.name)
                self._engine.look(route, every=self._alarm_rest if waits else 0.0)

    def _backfill(self, route: Route) -> None:
        """What people asked for; one that is in trouble rests as long as the work of its mapping would."""
        if time.monotonic() < self._resting.get(f"backfill:{route.name}", 0.0):
            return
        with self._noted(route, "backfill"):
            if self._paused(route):
                return
            try:
                run_ordered(self._engine, route)
            except SyncdError:
                self._resting[f"backfill:{route.name}"] = time.monotonic() + ORDER_REST
                raise

    def _tidy(self) -> None:
        tidy(self._engine.store)

    def _sample(self) -> None:
        try:
            self._sample_now()
        except DatabaseError as error:
            log.warning("how things stand could not be noted for the charts: %s", error, extra={"action": "sample"})

    def _paused(self, route: Route) -> bool:
        return self._engine.store.cursors.paused(route.name)

    def _noted(self, route: Route, action: str) -> _Noted:
        return _Noted(self._last_error, f"{action}:{route.name}", route.name, action)


class _Noted:
    """Says an error when it begins or changes, and once when it is over; the same one again and again says nothing.

    A tick that did nothing has not `proved` that an error is over.
    """

    def __init__(self, last: dict[str, str], key: str, mapping: str, action: str) -> None:
        self._last, self._key = last, key
        self._extra = {"mapping": mapping, "action": action}
        self.proved = True

    def __enter__(self) -> _Noted:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if error is None:
            if self.proved and self._last.pop(self._key, None) is not None:
                log.info("%s: works again", self._key, extra=self._extra)
            return False
        if not isinstance(error, SyncdError):
            log.error("%s: this is a bug of syncd", self._key, exc_info=error, extra=self._extra)
            return True
        if self._last.get(self._key) != str(error):
            log.error("%s", error, extra=self._extra)
        self._last[self._key] = str(error)
        return True
