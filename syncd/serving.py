"""Puts a daemon together: the engine on timers, with the API and the pages over it. A part of the wiring."""

from __future__ import annotations

import time
from collections.abc import Callable

from syncd.api.app import create_app
from syncd.console.pages import pages
from syncd.daemon.daemon import Daemon
from syncd.daemon.ticker import WORK_SECONDS, Ticker
from syncd.daemon.web import WebServer
from syncd.engine.health import Status, ready_now, status
from syncd.settings import Settings
from syncd.wiring import VERSION, opened

STANDSTILL_SECONDS = 30.0
"""Without a beat of the timers for so long, the process counts as dead."""


def serve(
    settings: Settings,
    *,
    started: Callable[[str], None] = lambda url: None,
    hand_over: Callable[[Daemon], None] = lambda daemon: None,
) -> bool:
    """Run the daemon until it is told to stop. Returns False if what was in hand could not be finished in time.

    `hand_over` gets the daemon before it starts, for whoever wants to stop it otherwise than by a signal.
    """
    with opened(settings, working=True) as app:
        ticker = Ticker(app.engine, settings.poll_interval)

        def status_now() -> Status:
            return status(app.store, app.names, settings.poll_interval)

        web = WebServer(
            create_app(
                version=VERSION,
                alive=lambda: time.monotonic() - ticker.beat < max(STANDSTILL_SECONDS, 3 * WORK_SECONDS),
                ready=lambda: ready_now(app.store, app.names, settings.poll_interval),
                metrics=app.metrics.text,
                status=status_now,
                pages=pages(
                    status_now,
                    outcomes=app.store.journal.newest,
                    links=lambda: app.store.reports.links(limit=20),
                    parked=lambda: app.store.reports.parked(limit=20),
                    version=VERSION,
                ),
            ),
            settings.http.host,
            settings.http.port,
        )
        daemon = Daemon(app.engine, ticker, web)
        hand_over(daemon)
        return daemon.run(started)
