"""`syncd status`: how things stand, from the database alone."""

from __future__ import annotations

import typer
from rich.table import Table

from syncd.cli.common import AsJson, Config, complain, out, print_json, settings_for
from syncd.core.spoken import ago
from syncd.engine.health import status as status_of
from syncd.engine.health import status_json
from syncd.mapping import load_mappings
from syncd.wiring import opened_store


def add_to(app: typer.Typer) -> None:
    @app.command(help="How things stand, per mapping. Exit code 1 when something failed or is parked.")
    def status(config: Config = None, json: AsJson = False) -> None:
        settings = settings_for(config, log_level="warning")
        names = [mapping.name for mapping in load_mappings(settings.mappings)]
        with opened_store(settings) as store:
            now = status_of(store, names, settings.poll_interval)
        if json:
            print_json(status_json(now))
        else:
            table = Table("mapping", "links", "notes", "due", "held", "parked", "in doubt", "last success", box=None)
            for count, cursor in zip(now.counts, now.cursors, strict=True):
                last = None if cursor.last_success is None else now.now - cursor.last_success
                table.add_row(
                    count.mapping,
                    str(count.linked),
                    str(count.notes),
                    str(count.due),
                    str(count.held + count.held_back),
                    str(count.parked),
                    str(count.in_doubt),
                    "never" if last is None else f"{ago(last)} ago",
                )
            out.print(table)
            for reason in now.readiness.reasons:
                complain(f"not ready: {reason}")
            for warning in now.readiness.warnings:
                complain(f"note well: {warning}")
        if not now.in_order:
            raise typer.Exit(1)
