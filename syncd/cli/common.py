"""What the commands share: options, consoles, progress, JSON."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from syncd.core.access import Actor
from syncd.errors import SyncdError, UserError
from syncd.mapping import load_mappings
from syncd.observe import logs
from syncd.observe.secrets import secrets_in
from syncd.settings import Settings, load_settings
from syncd.store import Store

out = Console(emoji=False)
"""What was asked for goes to stdout. No emoji: what looks like the name of one, as in `5:abc:`, is somebody's text."""

_wide = Console(emoji=False, width=1000)

err = Console(stderr=True, emoji=False)
"""Progress and complaints go to stderr."""

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The settings file [env: SYNCD_CONFIG; default: ./syncd.yaml if present].",
        show_default=False,
    ),
]
MappingName = Annotated[str | None, typer.Option("--mapping", "-m", help="Only this mapping.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


def shell() -> Actor:
    """Who gives this command, for the audit trail."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return Actor(f"{user} (command line)", "shell")


def say(text: str) -> None:
    """Say what was asked for."""
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def show(table: Table) -> None:
    """Show a table as wide as it is: a terminal wraps lines by itself, and a name that is cut short names nothing."""
    _wide.print(table, markup=False, highlight=False)


def tell(text: str) -> None:
    """Say something beside it."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Say what is wrong."""
    err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)


def settings_for(config: Path | None, *, log_level: str | None = None) -> Settings:
    """The settings, with the log set up as they say. One-shot commands log only what needs attention."""
    settings = load_settings(config)
    logs.configure(settings.log.format, log_level or settings.log.level, secrets_in(settings))
    return settings


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_failure(error: SyncdError) -> None:
    """What a program that asked for JSON reads of a command that could not answer."""
    summary, problems = (error.summary, error.problems) if isinstance(error, UserError) else (str(error), ())
    print_json({"error": summary, "problems": list(problems), "exit_code": error.exit_code})


def require_known(settings: Settings, store: Store, mapping: str | None) -> None:
    """A name that is mistyped must not be answered with "nothing": there is such a mapping, or there was one."""
    if mapping is None:
        return
    known = {cursor.mapping for cursor in store.cursors.all()} | {count.mapping for count in store.reports.counts()}
    if mapping not in known:
        known |= {one.name for one in load_mappings(settings.mappings)}
    if mapping not in known:
        raise UserError(f"there is no mapping {mapping!r}; there are: {', '.join(sorted(known)) or 'none'}")


def moment(text: str | None) -> datetime | None:
    """`--since 2026-01-31`, or with a time, in UTC."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"--since {text}: give a date like 2026-01-31 or a time like 2026-01-31T09:30") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """A progress display on stderr: bar, count, rate by time, and what is being waited for."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=err,
        disable=quiet or not err.is_terminal,
        transient=False,
    ) as shown:
        yield shown
