"""`syncd run`: the daemon."""

from __future__ import annotations

import logging
import os

import typer

from syncd.cli.common import Config, settings_for, tell
from syncd.settings import require_connections


def add_to(app: typer.Typer) -> None:
    @app.command(help="Run the daemon: poll, sync, serve the status page, the API, /metrics and the health routes.")
    def run(config: Config = None) -> None:
        # Here and not above: the web takes long to load, and most other commands do without.
        from syncd.serving import serve

        settings = settings_for(config)
        require_connections(settings)
        if not serve(settings, started=lambda url: tell(f"syncd runs; status page and API: {url}/")):
            # Threads that wait for an answer would keep the process for minutes more, and nobody waits for it then.
            logging.shutdown()
            os._exit(1)
