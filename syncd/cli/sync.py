"""`syncd sync`, `syncd backfill`, `syncd plan`: doors into the same line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress, TaskID

from syncd.cli.common import (
    AsJson,
    Config,
    MappingName,
    Quiet,
    complain,
    moment,
    print_json,
    progress,
    say,
    settings_for,
    tell,
)
from syncd.cli.over_mappings import each, report
from syncd.core.model import AddNote, Adopt, Create, Update
from syncd.engine.backfill import Backfilled
from syncd.engine.backfill import Progress as Standing
from syncd.engine.dry_run import Preview
from syncd.engine.engine import Engine, Synced
from syncd.engine.route import Route
from syncd.errors import RefusedError, SyncdError, UserError
from syncd.settings import require_connections
from syncd.wiring import opened

Issue = Annotated[str | None, typer.Option("--issue", "-i", help="Only this issue, by key.", show_default=False)]
Jql = Annotated[str, typer.Option("--jql", help="Only issues that match this too.", show_default=False)]
Since = Annotated[
    str | None, typer.Option("--since", help="Only issues changed since, e.g. 2026-01-31 (UTC).", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    @app.command(help="One cycle: sync what changed since the last one, then exit. With --issue, only that issue.")
    def sync(
        config: Config = None,
        mapping: MappingName = None,
        issue: Issue = None,
        wide: Annotated[bool, typer.Option("--wide", help="Also whatever changed in the last two days.")] = False,
        json: AsJson = False,
    ) -> None:
        settings = settings_for(config, log_level="warning")
        require_connections(settings)
        with opened(settings, working=True) as running:
            results = each(running.engine, mapping, lambda route: running.engine.sync(route, issue, wide=wide))
        _report_sync(_of_those_that_have_it(results) if issue else results, json)

    @app.command(
        help="Sync history: every issue of a mapping, resumable, behind live changes. Unchanged issues cost no call."
    )
    def backfill(
        config: Config = None,
        mapping: MappingName = None,
        jql: Jql = "",
        since: Since = None,
        limit: Annotated[
            int | None, typer.Option("--limit", min=1, help="At most so many issues.", show_default=False)
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
        quiet: Quiet = False,
        json: AsJson = False,
    ) -> None:
        settings = settings_for(config, log_level="warning")
        require_connections(settings)
        start = moment(since)
        if dry_run:
            with opened(settings, working=False) as looking:
                _report_plan(looking.engine, looking.engine.chosen(mapping), json, jql=jql, since=start, limit=limit)
            return
        with opened(settings, working=True) as running, progress(quiet) as shown:
            results = each(
                running.engine,
                mapping,
                lambda route: running.engine.backfill(
                    route,
                    jql=jql,
                    since=start,
                    limit=limit,
                    watch=_watch(shown, route.name),
                    stop=lambda: running.store.cursors.paused(route.name),
                ),
            )
        _report_backfill(results, json)

    @app.command(help="Dry run: what would be written, issue by issue. Reads both systems, writes to neither.")
    def plan(
        config: Config = None,
        mapping: MappingName = None,
        issue: Issue = None,
        jql: Jql = "",
        since: Since = None,
        limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many issues; 0 for all.")] = 100,
        json: AsJson = False,
    ) -> None:
        settings = settings_for(config, log_level="warning")
        require_connections(settings)
        with opened(settings, working=False) as looking:
            routes = looking.engine.chosen(mapping)
            _report_plan(looking.engine, routes, json, issue=issue, jql=jql, since=moment(since), limit=limit or None)


# -- running over mappings ---------------------------------------------------------------------------------------------


Result = Synced | Backfilled | SyncdError


def _of_those_that_have_it(results: Mapping[str, Result]) -> Mapping[str, Result]:
    """One issue is seldom every mapping's: that some do not have it is a failure only where none has it."""
    others = {name: one for name, one in results.items() if isinstance(one, UserError)}
    if len(others) == len(results):
        return results
    for name, one in others.items():
        tell(f"{name}: {one}")
    return {name: one for name, one in results.items() if name not in others}


def _watch(shown: Progress, name: str) -> Callable[[Standing], None]:
    task: TaskID = shown.add_task(escape(name), total=None, rate="", note="")

    def watch(standing: Standing) -> None:
        completed = standing.done + standing.parked
        speed = shown.tasks[shown.task_ids.index(task)].speed
        shown.update(
            task,
            completed=completed,
            total=standing.total,
            rate=f"{speed:.1f}/s" if speed else "",
            note=escape(standing.waiting or (f"{standing.parked} parked" if standing.parked else "")),
        )

    return watch


# -- what is said ------------------------------------------------------------------------------------------------------


def _report_sync(results: Mapping[str, Result], as_json: bool) -> None:
    _report(results, as_json, lambda name, one: f"{name}: {_numbers(one)}")


def _report_backfill(results: Mapping[str, Result], as_json: bool) -> None:
    def line(name: str, one: Synced | Backfilled) -> str:
        resumed = " (resumed)" if isinstance(one, Backfilled) and one.resumed else ""
        unfinished = "" if isinstance(one, Synced) or one.finished else "; not finished, run it again to go on"
        if isinstance(one, Backfilled) and one.finished and one.limited:
            unfinished = "; the limit is reached, run it again for the next ones"
        return f"{name}: {_numbers(one)}{resumed}{unfinished}"

    _report(results, as_json, line)


def _numbers(one: Synced | Backfilled) -> str:
    polled, tally = one.polled, one.tally
    if polled.elsewhere:
        listed = "another process is listing it"
    else:
        listed = f"{polled.listed} listed, {polled.new} new, {polled.changed} changed"
    return f"{listed}; {tally.done} done, {tally.parked} parked, {tally.delayed} delayed"


def _report(results: Mapping[str, Result], as_json: bool, line: Callable[[str, Any], str]) -> None:
    def one(name: str, came_to: Synced | Backfilled) -> tuple[int, dict[str, Any]]:
        trouble, waiting, tally = came_to.tally.trouble, came_to.waiting, came_to.tally
        unfinished = isinstance(came_to, Backfilled) and not came_to.finished
        failed = trouble is not None or tally.parked or unfinished or waiting.delayed
        if trouble is not None:
            complain(f"{name}: {trouble}")
        elif waiting.delayed:
            complain(f"{name}: {waiting.delayed} issues still wait; `syncd why KEY` says for what")
        if waiting.held_back:
            complain(f"{name}: {waiting.held_back} issues are held back by a ceiling; `syncd status` says by which")
        if not as_json:
            say(line(name, came_to))
            if tally.parked:
                tell("some issues are parked: `syncd parked list` says why")
        return RefusedError.exit_code if waiting.held_back else 1 if failed else 0, {
            **asdict(came_to.polled),
            "done": tally.done,
            "parked": tally.parked,
            "delayed": tally.delayed,
            "waiting": waiting.delayed,
            "held_back": waiting.held_back,
            "trouble": None if trouble is None else str(trouble),
        }

    report(results, as_json, one)


def _report_plan(engine: Engine, routes: Sequence[Route], as_json: bool, **chosen: Any) -> None:
    failed = False
    seen = 0
    document: list[dict[str, Any]] = []
    for route in routes:
        shown = skipped = 0
        for preview in engine.preview(route, **chosen):
            seen += 1
            failed = failed or bool(preview.error)
            if as_json:
                document.append(_preview_json(preview))
            elif preview.plan is not None and preview.plan.skip is not None and not preview.plan.holds:
                skipped += 1
            else:
                shown += 1
                say("\n".join(_preview_lines(preview)))
        if not as_json:
            say(f"{route.name}: {shown} would be written or held, {skipped} are as they should be")
    if as_json:
        print_json(document)
    if chosen.get("issue") and not seen:
        complain(f"{chosen['issue']} is hidden from the integration user, or matches no query:")
        for route in routes:
            complain(f"  {route.name}: {route.mapping.source.jql}")
    if failed or (chosen.get("issue") and not seen):
        raise typer.Exit(1)


def _preview_lines(preview: Preview) -> list[str]:
    link = preview.link
    record = f" -> {link.record_number}" if link.record_number else ""
    lines = [f"{link.issue_key}{record}"]
    if preview.error:
        return [*lines, *(f"  ! {part}" for part in preview.error.splitlines())]
    assert preview.plan is not None, "a preview is a plan or an error"
    for action in preview.plan.actions:
        match action:
            case Create():
                lines.append("  create")
                lines += [f"    {name} = {_one_line(value)}" for name, value in action.fields.items()]
            case Adopt():
                lines.append(f"  adopt {action.record.number}")
            case Update():
                lines.append("  update")
                lines += [f"    {name} = {_one_line(value)}" for name, value in action.fields.items()]
            case AddNote():
                lines.append(f"  note {_one_line(action.text)}")
    lines += [f"  hold {hold.field + ': ' if hold.field else ''}{hold.reason}" for hold in preview.plan.holds]
    return lines + [f"  ({remark})" for remark in preview.remarks]


def _preview_json(preview: Preview) -> dict[str, Any]:
    plan = preview.plan
    return {
        "mapping": preview.link.mapping,
        "issue": preview.link.issue_key,
        "record": preview.link.record_number or None,
        "error": preview.error or None,
        "skip": plan.skip.reason if plan and plan.skip else None,
        "actions": [{"action": type(action).__name__.lower(), **asdict(action)} for action in plan.actions]
        if plan
        else [],
        "holds": [asdict(hold) for hold in plan.holds] if plan else [],
        "remarks": list(preview.remarks),
    }


def _one_line(value: str, limit: int = 100) -> str:
    text = " ".join(value.split())
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
