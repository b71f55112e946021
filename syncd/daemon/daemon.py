"""One process from start to stop. Started in an order, stopped in the reverse order, within a deadline."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from syncd.daemon.systemd import notify
from syncd.daemon.ticker import Ticker
from syncd.daemon.web import WebServer
from syncd.engine.engine import Engine

log = logging.getLogger(__name__)

STOP_SECONDS = 30.0
"""How long the issues in hand may take to finish after a SIGTERM; then the process ends, and a restart goes on."""


class Daemon:
    """The timers and the web server around one engine. While it is not `alive`, systemd's watchdog is not fed."""

    def __init__(
        self, engine: Engine, ticker: Ticker, web: WebServer, alive: Callable[[], bool] = lambda: True
    ) -> None:
        self._engine = engine
        self._ticker = ticker
        self._web = web
        self._alive = alive
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self, started: Callable[[str], None] = lambda url: None) -> bool:
        """Serve until told to stop. Returns False if the issues in hand did not finish in time."""
        with self._signals():
            self._web.start()
            self._ticker.start()
            notify(f"READY=1\nSTATUS=Serving {self._web.url}, {len(self._engine.routes)} mapping(s)")
            started(self._web.url)
            while not self._stop.wait(1.0):
                self._ticker.follow_clock()
                if self._alive():
                    notify("WATCHDOG=1")
            return self._end()

    def _end(self) -> bool:
        log.info("stopping: finishing what is in hand", extra={"action": "stop"})
        notify("STOPPING=1\nSTATUS=Finishing what is in hand")
        self._engine.worker.stop()
        ending = threading.Thread(target=self._ticker.stop, name="stop", daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)
        self._web.stop()
        finished = not ending.is_alive()
        log.info("stopped" if finished else "stopped before everything in hand was done; it goes on at the next start")
        return finished

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C ask for a stop; a second one is not listened to, the deadline is short enough."""

        def asked(number: int, frame: FrameType | None) -> None:
            self._stop.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
