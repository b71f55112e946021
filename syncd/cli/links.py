"""`syncd links ...`: which issue is which record, and the few things that a person may set right about it."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from syncd.cli import links_file
from syncd.cli.common import (
    AsJson,
    Config,
    MappingName,
    Quiet,
    complain,
    print_json,
    progress,
    require_known,
    say,
    settings_for,
    shell,
)
from syncd.core.spoken import ago
from syncd.engine.engine import Engine
from syncd.engine.import_check import against
from syncd.engine.linkage import AGAINST, Rebuilt, rebuild
from syncd.engine.route import Route
from syncd.errors import UserError
from syncd.settings import require_connections
from syncd.store.linkage import Came
from syncd.wiring import opened, opened_store

Name = Annotated[str, typer.Argument(help="Issue key or id, record number or sys_id.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Which issue is which record.")

    @group.command("list", help="The links, the last applied first.")
    def list_(
        config: Config = None,
        mapping: MappingName = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
        offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many first.")] = 0,
        in_doubt: Annotated[
            bool, typer.Option("--in-doubt", help="Only those with a write whose fate is not known.")
        ] = False,
        json: AsJson = False,
    ) -> None:
        settings = settings_for(config, log_level="warning")
        with opened_store(settings) as store:
            require_known(settings, store, mapping)
            linked, now = store.reports.links(mapping, limit, offset, in_doubt=in_doubt), store.links.time()
        if json:
            print_json([asdict(one) for one in linked])
            return
        for one in linked:
            when = f"applied {ago(now - one.applied_at)} ago" if one.applied_at else "not applied yet"
            parked = f", parked: {one.cause}" if one.cause else ""
            say(f"{one.issue_key} -> {one.record_number or '(no record)'}  [{one.mapping}]  {when}{parked}")

    @group.command(help="What is remembered of an issue: its record, and the notes that were written for its comments.")
    def show(name: Name, config: Config = None, json: AsJson = False) -> None:
        with opened_store(settings_for(config, log_level="warning")) as store:
            found = store.linkage.of(name)
        if not found:
            raise UserError(f"{name}: there is no such link")
        if json:
            print_json([asdict(tie) for tie in found])
        for tie in found if not json else ():
            left_alone = "  (detached)" if tie.detached else ""
            say(f"{tie.issue_key} -> {tie.record_number or '(no record)'}  [{tie.mapping}]{left_alone}")
            say(f"    issue {tie.issue_id} of {tie.site}, record {tie.record_id or '(none)'}")
            for note in tie.notes:
                say(f"    comment {note.comment_id}, version {note.version}: {note.state}")

    @group.command(help="Tie an issue of a mapping to a record that is there already.")
    def adopt(
        issue: Annotated[str, typer.Argument(help="The issue's key.")],
        record: Annotated[str, typer.Argument(help="The record's number or sys_id.")],
        config: Config = None,
        mapping: MappingName = None,
        json: AsJson = False,
    ) -> None:
        with _engine(config) as engine:
            route = _one(engine, mapping)
            tie = engine.adopt(route, issue, record)
            engine.store.audit.record(shell(), "links.adopt", tie.issue_key, {"mapping": route.name, "record": record})
        if json:
            print_json(asdict(tie))
        else:
            say(
                f"{tie.issue_key} -> {tie.record_number}: tied, with {len(tie.notes)} notes; the next cycle looks at it"
            )

    @group.command(help="Leave an issue and its record alone from now on. Nothing is changed in ServiceNow.")
    def detach(name: Name, config: Config = None, mapping: MappingName = None, json: AsJson = False) -> None:
        settings = settings_for(config, log_level="warning")
        with opened_store(settings) as store:
            require_known(settings, store, mapping)
            ties = store.linkage.detach(name, mapping)
            for tie in ties:
                store.audit.record(shell(), "links.detach", tie.issue_key, {"mapping": tie.mapping})
        if not ties:
            raise UserError(f"{name}: there is no such link")
        if json:
            print_json([asdict(tie) for tie in ties])
        for tie in ties if not json else ():
            say(f"{tie.issue_key} -> {tie.record_number or '(no record)'}  [{tie.mapping}]: detached")

    @group.command("rebuild", help="Restore the links of a lost database from the records and journals in ServiceNow.")
    def rebuild_(
        config: Config = None, mapping: MappingName = None, quiet: Quiet = False, json: AsJson = False
    ) -> None:
        with _engine(config) as engine, progress(quiet) as shown:
            done = {}
            for route in engine.chosen(mapping):
                task = shown.add_task(route.name, total=None, rate="", note="")

                def watch(now: Rebuilt, task: Any = task) -> None:
                    shown.update(task, completed=now.records)

                done[route.name] = rebuild(route, engine.store, watch)
                engine.store.audit.record(shell(), "links.rebuild", route.name, {"records": done[route.name].records})
        if json:
            print_json({name: _counted(one) for name, one in done.items()})
        for name, one in done.items() if not json else ():
            say(
                f"{name}: {one.records} records; {one.came[Came.NEW]} links restored with {one.notes} notes, "
                f"{one.came[Came.KNOWN]} known already"
            )
        problems = [problem for one in done.values() for problem in one.problems]
        for problem in problems:
            complain(problem)
        if problems:
            raise typer.Exit(1)

    @group.command(help="Write the links and their notes to stdout, a line of JSON each.")
    def export(config: Config = None, mapping: MappingName = None) -> None:
        settings = settings_for(config, log_level="warning")
        with opened_store(settings) as store:
            require_known(settings, store, mapping)
            print(jsonlib.dumps({"format": links_file.FORMAT}))
            for tie in store.linkage.all(mapping):
                print(jsonlib.dumps(asdict(tie), ensure_ascii=False))

    @group.command("import", help="Take in what `export` wrote; links that are known already stay as they are.")
    def import_(
        file: Annotated[Path, typer.Argument(help="The file; - for stdin.", allow_dash=True)],
        config: Config = None,
        json: AsJson = False,
    ) -> None:
        ties = links_file.read(sys.stdin.read() if str(file) == "-" else links_file.text_of(file), str(file))
        with _engine(config) as engine:
            problems = [f"{file}:{links_file.FIRST_LINE + at}: {said}" for at, said in against(engine, ties)]
            if problems:
                raise UserError(f"{file} cannot be taken in, and nothing of it was:", problems)
            restored = engine.store.linkage.restore(ties)
            engine.store.audit.record(shell(), "links.import", file.name, {"links": len(ties)})
        counts = {came: sum(1 for _, one in restored if one is came) for came in Came}
        refused = {tie: came for tie, came in restored if came in AGAINST}
        if json:
            print_json({**counts, "refused": [asdict(tie) for tie in refused]})
        else:
            say(f"{counts[Came.NEW]} links taken in, {counts[Came.KNOWN]} known already")
        for tie, came in refused.items():
            complain(f"{tie.issue_key}  [{tie.mapping}]: {AGAINST[came]}; left as it is")
        if refused:
            raise typer.Exit(1)

    app.add_typer(group, name="links")


@contextmanager
def _engine(config: Path | None) -> Iterator[Engine]:
    """An engine that works on nothing: these commands may run beside the daemon."""
    settings = settings_for(config, log_level="warning")
    require_connections(settings)
    with opened(settings, working=False) as app:
        yield app.engine


def _counted(one: Rebuilt) -> dict[str, Any]:
    came = {str(came): number for came, number in one.came.items()}
    return {"records": one.records, "notes": one.notes, **came, "problems": one.problems}


def _one(engine: Engine, mapping: str | None) -> Route:
    """The route that is meant; where there is one mapping only, it need not be named."""
    routes = engine.chosen(mapping)
    if len(routes) > 1:
        raise UserError(f"say --mapping: there are {', '.join(route.name for route in routes)}")
    return routes[0]
