"""`syncd status`: how things stand, from the database alone."""

from __future__ import annotations

import typer
from rich.table import Table

from syncd.cli.common import AsJson, Config, complain, print_json, settings_for, show
from syncd.core.spoken import ago
from syncd.engine.circumstances import paused
from syncd.engine.health import status as status_of
from syncd.engine.health import status_json
from syncd.mapping import load_mappings
from syncd.wiring import opened_store

COLUMNS = ("mapping", "links", "notes", "waiting", "due", "held", "parked", "in doubt", "last attempt", "last success")


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
            table = Table(*COLUMNS, box=None)
            for count, cursor in zip(now.counts, now.cursors, strict=True):
                table.add_row(
                    count.mapping,
                    str(count.linked),
                    str(count.notes),
                    str(count.waiting),
                    str(count.due),
                    str(count.held + count.held_back),
                    str(count.parked),
                    str(count.in_doubt),
                    _since(cursor.last_attempt, now.now),
                    _since(cursor.last_success, now.now),
                )
            show(table)
            for reason in now.readiness.reasons:
                complain(f"not ready: {reason}")
            for warning in now.readiness.warnings:
                complain(f"note well: {warning}")
            for cursor in now.cursors:
                if cursor.paused:
                    complain(f"note well: mapping {cursor.mapping}: {paused(cursor.mapping)}")
        if not now.in_order:
            raise typer.Exit(1)


def _since(moment: float | None, now: float) -> str:
    return "never" if moment is None else f"{ago(now - moment)} ago"
