"""`syncd schema settings|mapping`: JSON Schemas of the files that people write, for editors that check as you type."""

from __future__ import annotations

import typer

from syncd.cli.common import print_json
from syncd.mapping import mapping_json_schema
from syncd.settings import settings_schema


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="JSON Schemas of the settings file and of a mapping.")

    @group.command(help="The JSON Schema of syncd.yaml.")
    def settings() -> None:
        print_json(settings_schema())

    @group.command(help="The JSON Schema of a mapping file.")
    def mapping() -> None:
        print_json(mapping_json_schema())

    app.add_typer(group, name="schema")
