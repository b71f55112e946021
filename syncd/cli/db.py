"""`syncd db upgrade|check`: the database's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from syncd.cli.common import AsJson, Config, print_json, say, settings_for
from syncd.store.database import Database
from syncd.store.schema import REVISION
from syncd.store.schema import check as check_schema
from syncd.store.schema import upgrade as upgrade_schema


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="The database that syncd remembers in.")

    @group.command(help="Create the tables, or bring them to this version. Back the database up first.")
    def upgrade(config: Config = None) -> None:
        with _database(config) as database:
            before, after = upgrade_schema(database)
            done = "was up to date" if before == after else f"upgraded from {before or 'empty'}"
            say(f"{database.name}: {done}, schema {after}")

    @group.command(help="Is the schema the one this version needs? Exit code 3 when it is too old or too new.")
    def check(config: Config = None, json: AsJson = False) -> None:
        with _database(config) as database:
            check_schema(database)
            if json:
                print_json({"database": database.name, "schema": REVISION})
                return
            say(f"{database.name}: schema {REVISION}, as needed")

    app.add_typer(group, name="db")


@contextmanager
def _database(config: Path | None) -> Iterator[Database]:
    database = Database(settings_for(config).database.get_secret_value())
    try:
        yield database
    finally:
        database.close()
