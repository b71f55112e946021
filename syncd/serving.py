"""Puts a daemon together: the engine on timers, with the API and the pages over it. A part of the wiring."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from syncd.api.app import create_app
from syncd.api.requestid import on_every_line
from syncd.api.shell import LOOPBACK
from syncd.api.webhooks import webhooks
from syncd.console.page import wrong
from syncd.console.pages import pages
from syncd.daemon.daemon import Daemon
from syncd.daemon.ticker import WORK_SECONDS, Ticker
from syncd.daemon.web import WebServer
from syncd.engine.sampling import sample
from syncd.settings import Settings
from syncd.store import Store
from syncd.wiring import App, opened
from syncd.wiring.inbox import inbox_of
from syncd.wiring.pacing import pacing_remarks
from syncd.wiring.services import services_of, web_of

log = logging.getLogger(__name__)

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
        ticker = Ticker(
            app.engine,
            settings.poll_interval,
            rescan_interval=settings.rescan_interval,
            census_interval=settings.census_interval,
            sample=lambda: sample(app.store, app.sums.handed_over),
        )

        def alive() -> bool:
            return time.monotonic() - ticker.beat < max(STANDSTILL_SECONDS, 3 * WORK_SECONDS)

        http = settings.http
        web = WebServer(
            application(app, alive),
            http.host,
            http.port,
            tls=None if http.tls_cert is None or http.tls_key is None else (http.tls_cert, http.tls_key),
            behind_proxy=http.public_url is not None,
        )
        on_every_line()
        _advise(settings, app.store)
        for remark in pacing_remarks(settings, app.mappings):
            log.warning("%s", remark, extra={"action": "start"})
        daemon = Daemon(app.engine, ticker, web, alive)
        hand_over(daemon)
        return daemon.run(started)


def application(app: App, alive: Callable[[], bool]) -> Any:
    """All that this process serves: the API, the console, the webhooks, behind one guard."""
    services = services_of(app, alive)
    return create_app(services, web_of(app.settings), [pages(services), webhooks(inbox_of(app))], wrong)


def _advise(settings: Settings, store: Store) -> None:
    """Say once what an operator should know about who can reach this process, and who can come in."""
    http = settings.http
    public = http.public_url is not None and http.public_url.scheme == "https"
    if http.host not in LOOPBACK and http.tls_cert is None and not public:
        log.warning(
            "tokens and sessions travel unencrypted: set http.tls_cert and http.tls_key, or put a proxy with TLS in "
            "front and set http.public_url",
            extra={"action": "start"},
        )
    if not store.access.any_token():
        log.warning(
            "nobody can sign in yet: `syncd tokens create --role admin` makes the first token",
            extra={"action": "start"},
        )
