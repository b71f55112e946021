"""`syncd parked list|retry|drop`: the issues that failed, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.common import (
    AsJson,
    Config,
    MappingName,
    complain,
    print_json,
    require_known,
    say,
    settings_for,
    shell,
    tell,
)
from syncd.core.spoken import ago
from syncd.errors import UserError
from syncd.store import Store
from syncd.wiring import opened_store

Issues = Annotated[list[str] | None, typer.Argument(help="Issue keys or ids.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every parked issue.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Issues that were set aside after a failure.")

    @group.command("list", help="Which issues are parked, and why. Exit code 1 when there are any.")
    def list_(config: Config = None, mapping: MappingName = None, json: AsJson = False) -> None:
        with _store(config, mapping) as store:
            parked = store.reports.parked(mapping)
        if json:
            print_json([asdict(one) for one in parked])
        else:
            for one in parked:
                record = f" -> {one.record_number}" if one.record_number else ""
                when = f"again in {ago(one.retry_in)}" if one.retry_in > 0 else "due now"
                say(
                    f"{one.issue_key}{record}  [{one.mapping}]  {one.cause}, for {ago(one.failing_for)}, "
                    f"{one.attempts} tries, {when}"
                )
                say("\n".join(f"    {line}" for line in one.error.splitlines()))
            tell(f"{len(parked)} parked" if parked else "nothing is parked")
        if parked:
            raise typer.Exit(1)

    @group.command(help="Try parked issues now instead of at their next time.")
    def retry(
        issues: Issues = None, config: Config = None, mapping: MappingName = None, everything: All = False,
        json: AsJson = False,
    ) -> None:  # fmt: skip
        named = _named(issues, everything)
        with _store(config, mapping) as store:
            store.audit.record(shell(), "parked.retry", _subject(named), {"mapping": mapping})
            _say(store.reports.retry(named, mapping), named, "will be tried at once by the next cycle", json)

    @group.command(help="Stop trying parked issues until they change again in Jira.")
    def drop(
        issues: Issues = None, config: Config = None, mapping: MappingName = None, everything: All = False,
        json: AsJson = False,
    ) -> None:  # fmt: skip
        named = _named(issues, everything)
        with _store(config, mapping) as store:
            store.audit.record(shell(), "parked.drop", _subject(named), {"mapping": mapping})
            _say(store.reports.drop(named, mapping), named, "dropped until it changes again", json)

    app.add_typer(group, name="parked")


@contextmanager
def _store(config: Path | None, mapping: str | None) -> Iterator[Store]:
    settings = settings_for(config, log_level="warning")
    with opened_store(settings) as store:
        require_known(settings, store, mapping)
        yield store


def _named(issues: list[str] | None, everything: bool) -> list[str]:
    if bool(issues) == everything:
        raise UserError("name the issues, or say --all" if not everything else "name issues or say --all, not both")
    return issues or []


def _subject(named: list[str]) -> str:
    return ", ".join(named) or "all"


def _say(keys: list[str], named: list[str], what: str, as_json: bool) -> None:
    missing = sorted(set(named) - set(keys))
    if as_json:
        print_json({"issues": keys, "not_parked": missing})
    else:
        for key in keys:
            say(f"{key}: {what}")
        for key in missing:
            complain(f"{key}: is not parked")
    if missing:
        raise typer.Exit(1)
