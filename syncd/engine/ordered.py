"""Backfills that people asked for, run by a daemon: the same line as the command, one at a time for each mapping.

Of several processes one runs it (its claim); when that one dies another goes on from where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from syncd.engine.engine import Engine
from syncd.engine.poll import from_ms
from syncd.engine.route import Route
from syncd.errors import RejectedError, RemoteError, RunningError, SyncdError, UserError
from syncd.store import Store
from syncd.store.runs import Run

ASK_SECONDS = 1.0
"""How often a running backfill looks whether it was stopped, or its mapping paused."""


def run_ordered(engine: Engine, route: Route) -> None:
    """Work off what was asked for, the oldest first. Raises what keeps it from getting on, after noting it."""
    runs = engine.store.runs
    for run in runs.wanted(route.name):
        since = None if run.since_ms is None else from_ms(run.since_ms)
        over = _over(engine.store, route, run)
        try:
            came_to = engine.backfill(route, jql=run.jql or "", since=since, limit=None, watch=None, stop=over)
        except RunningError:
            continue  # another process is at it
        except SyncdError as error:
            # What a system refuses or a person wrote wrongly does not get better by itself.
            runs.trouble(run.id, str(error), stop=isinstance(error, RejectedError | UserError))
            raise
        if came_to.finished:
            runs.end(run.id)
        elif isinstance(came_to.tally.trouble, RemoteError):
            runs.trouble(run.id, str(came_to.tally.trouble))
            raise came_to.tally.trouble


def _over(store: Store, route: Route, run: Run) -> Callable[[], bool]:
    asked = time.monotonic()

    def over() -> bool:
        nonlocal asked
        if time.monotonic() - asked < ASK_SECONDS:
            return False
        asked = time.monotonic()
        now = store.runs.get(run.id)
        return now is None or now.stopped_at is not None or store.cursors.paused(route.name)

    return over
