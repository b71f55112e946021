"""`syncd trail list|verify`: who changed what, and whether that record is whole."""

from __future__ import annotations

import json as json_module
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from syncd.cli.common import AsJson, Config, complain, print_json, say, settings_for
from syncd.errors import UserError
from syncd.wiring import opened_store


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="The audit trail: who changed what.")

    @group.command("list", help="The newest changes, the newest last.")
    def list_(
        config: Config = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50,
        search: Annotated[str, typer.Option("--search", help="Only with this in actor, action or subject.")] = "",
        json: AsJson = False,
    ) -> None:
        with opened_store(settings_for(config, log_level="warning")) as store:
            traces = store.audit.newest(limit, search=search)
        if json:
            print_json([asdict(trace) for trace in traces])
            return
        for trace in reversed(traces):
            moment = datetime.fromtimestamp(trace.at, UTC)
            detail = f"  {json_module.dumps(trace.detail, ensure_ascii=False)}" if trace.detail else ""
            say(f"{trace.number}  {moment:%Y-%m-%d %H:%M:%S}  {trace.actor}  {trace.action}  {trace.subject}{detail}")

    @group.command(
        help="Check the whole chain; exit code 1 if a row was changed, removed or moved. Prints the head: note it "
        "outside of the database and give it with --head next time, since who can write there can write a new chain."
    )
    def verify(
        config: Config = None,
        head: Annotated[
            str, typer.Option("--head", help="A head noted earlier, NUMBER:HASH.", show_default=False)
        ] = "",
        json: AsJson = False,
    ) -> None:
        number, hash = _noted(head)
        with opened_store(settings_for(config, log_level="warning")) as store:
            verdict = store.audit.verify(number=number, hash=hash)
        if json:
            print_json(asdict(verdict))
        else:
            for problem in verdict.problems:
                complain(problem)
            if not verdict.problems:
                say(f"{verdict.number} rows, whole; head {verdict.number}:{verdict.hash}")
        if verdict.problems:
            raise typer.Exit(1)

    app.add_typer(group, name="trail")


def _noted(head: str) -> tuple[int | None, str]:
    if not head:
        return None, ""
    number, _, hash = head.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}:([0-9a-f]{64})?", head) or (not hash and int(number)):
        raise UserError(f"--head {head}: give NUMBER:HASH as `syncd trail verify` prints it")
    return int(number), hash
