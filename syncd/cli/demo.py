"""`syncd demo`: everything on this machine, to look at: both sandboxes with issues that live, SQLite, daemon, pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.common import shell, tell
from syncd.core.access import Role
from syncd.observe import logs
from syncd.settings import load_settings
from syncd.wiring import opened_store

DEMO_SECONDS = 7 * 86400.0
"""How long the demo's token serves; the demo ends with its folder anyway."""

Flavour = Annotated[str, typer.Option("--flavour", help="cloud or datacenter.")]


def add_to(app: typer.Typer) -> None:
    @app.command(
        help="Try syncd on this machine: simulated Jira and ServiceNow, the daemon, the status page. Ctrl-C ends it."
    )
    def demo(
        seed: Annotated[
            Path | None,
            typer.Option("--seed", help="Jira issues to begin with: JSON lines, .gz allowed.", show_default=False),
        ] = None,
        flavour: Flavour = "cloud",
        port: Annotated[
            int, typer.Option("--port", min=0, max=65535, help="Port of the status page; 0 takes a free one.")
        ] = 8080,
        pace: Annotated[
            float,
            typer.Option("--pace", min=0.0, help="Seconds between things that people do; 0: nobody does anything."),
        ] = 3.0,
    ) -> None:
        # Here and not above: the sandboxes and the web take long to load, and no other command needs them.
        from syncd.cli.playground import playground
        from syncd.serving import serve

        logs.configure("text", "warning")
        with playground(seed, flavour, pace) as (config, jira_url, servicenow_url):
            settings = load_settings(config)
            settings = settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})

            with opened_store(settings) as store:
                token, text = store.access.create_token("demo", Role.ADMIN, shell(), DEMO_SECONDS)
                ticket = store.access.ticket(token.id)

            def announce(url: str) -> None:
                tell(
                    f"\n  status page   {url}/sign-in?ticket={ticket}\n"
                    f"  token         {text}\n"
                    f"  Jira          {jira_url}/\n"
                    f"  ServiceNow    {servicenow_url}/\n"
                    f"  settings      {config}\n"
                    f"\n  In another terminal:  syncd --help;  syncd status --config {config}\n"
                    "  Ctrl-C ends the demo and removes its folder.\n"
                )

            if not serve(settings, started=announce):
                raise typer.Exit(1)
