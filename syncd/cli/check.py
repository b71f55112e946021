"""`syncd check`: settings and mappings, offline. Names every problem at once."""

from __future__ import annotations

import typer

from syncd.cli.common import AsJson, Config, print_json, say, settings_for, tell
from syncd.settings import require_connections
from syncd.wiring import checked_mappings
from syncd.wiring.pacing import pacing_remarks


def add_to(app: typer.Typer) -> None:
    @app.command(help="Check settings and mappings without connecting to anything. Exit code 2 with all problems.")
    def check(config: Config = None, json: AsJson = False) -> None:
        settings = settings_for(config)
        require_connections(settings)
        mappings = checked_mappings(settings)
        remarks = list(pacing_remarks(settings, mappings))
        if json:
            print_json(
                {
                    "connections": sorted(settings.connections),
                    "mappings": [m.name for m in mappings],
                    "remarks": remarks,
                }
            )
            return
        for mapping in mappings:
            say(
                f"{mapping.name}: {mapping.source.connection} -> {mapping.target.connection}.{mapping.target.table}, "
                f"{len(mapping.columns())} columns, policy {mapping.policy}"
            )
        for remark in remarks:
            tell(f"note well: {remark}")
        say(f"settings and {len(mappings)} mapping(s) are in order")
