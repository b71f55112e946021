"""`syncd census`: which linked issues are still among those of their query, and a person's word about many gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from syncd.cli.common import AsJson, Config, MappingName, complain, print_json, say, settings_for, shell, tell
from syncd.cli.over_mappings import each, report
from syncd.engine.engine import Counted
from syncd.errors import SyncdError, UserError
from syncd.mapping import load_mappings
from syncd.settings import require_connections
from syncd.wiring import opened, opened_store

REFUSED = 3

Accept = Annotated[
    bool,
    typer.Option("--accept", help="Believe that the issues missing now are gone, however many. Needs --mapping."),
]


def add_to(app: typer.Typer) -> None:
    @app.command(
        help="Compare the ids of each query with the links, and look for what is missing. Exit code 3 when too many "
        "are missing at once: then nothing is believed until `--accept`."
    )
    def census(
        config: Config = None, mapping: MappingName = None, accept: Accept = False, json: AsJson = False
    ) -> None:
        settings = settings_for(config, log_level="warning")
        if accept:
            names = [one.name for one in load_mappings(settings.mappings)]
            if mapping not in names:
                raise UserError(f"--accept is for one mapping: name it with --mapping; there are: {', '.join(names)}")
            with opened_store(settings) as store:
                accepted = store.lifecycle.accept(mapping)
                store.audit.record(shell(), "census.accept", mapping, {"issues": accepted})
            if json:
                print_json({"mapping": mapping, "accepted": accepted})
            else:
                say(f"{mapping}: {accepted} missing issues are accepted as gone")
                tell("a running daemon acts on it within a minute; without one, run `syncd census`")
            return
        require_connections(settings)
        with opened(settings, working=True) as running:
            results = each(running.engine, mapping, running.engine.count)
        _report(results, json)


def _report(results: Mapping[str, Counted | SyncdError], as_json: bool) -> None:
    def one(name: str, counted: Counted) -> tuple[int, dict[str, Any]]:
        failed = counted.tally.parked or counted.tally.trouble is not None
        if counted.look.alarm:
            complain(f"{name}: {counted.look.alarm}")
        if not as_json:
            _say(name, counted)
        return REFUSED if counted.look.alarm else 1 if failed else 0, _document(counted)

    report(results, as_json, one)


def _document(one: Counted) -> dict[str, Any]:
    return {
        "census": None if one.census is None else asdict(one.census),
        "look": {**asdict(one.look), "waiting": one.look.waiting},
        "done": one.tally.done,
        "parked": one.tally.parked,
        "trouble": None if one.tally.trouble is None else str(one.tally.trouble),
    }


def _say(name: str, one: Counted) -> None:
    look = one.look
    if one.census is None:
        say(f"{name}: another process takes the census")
        return
    count = one.census
    say(
        f"{name}: {count.counted} counted, {count.missing} newly missing, {count.back} back, {count.found} found; "
        f"of {look.suspects} missing {look.here} are there after all, {look.told} are gone, {look.waiting} wait for "
        "another look"
    )
    if count.unlinked:
        tell(f"{count.unlinked} issues of the query were never synced: `syncd backfill --mapping {name}` does it")
