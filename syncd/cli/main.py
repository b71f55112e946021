"""The command line's entry: collects the commands; every error ends in one clear message and the right exit code."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, NoReturn

import typer

from syncd.cli import (
    census,
    check,
    daemon,
    db,
    demo,
    links,
    parked,
    pause,
    sandbox,
    schema,
    secrets,
    status,
    sync,
    tokens,
    trail,
    why,
)
from syncd.cli.common import complain, print_failure
from syncd.errors import SyncdError
from syncd.wiring import VERSION

app = typer.Typer(
    name="syncd",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Mirrors Jira issues into ServiceNow records: nothing duplicated, nothing lost, nothing leaked.",
    epilog="Exit codes: 0 done, 1 something failed or was parked, 2 wrong usage or settings, 3 refused for safety.",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"syncd {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Nothing happens before a command is named."""


demo.add_to(app)
daemon.add_to(app)
sync.add_to(app)
census.add_to(app)
status.add_to(app)
why.add_to(app)
check.add_to(app)
parked.add_to(app)
links.add_to(app)
pause.add_to(app)
tokens.add_to(app)
trail.add_to(app)
schema.add_to(app)
db.add_to(app)
secrets.add_to(app)
sandbox.add_to(app)


def main() -> None:
    """Run a command; the process ends with its exit code."""
    try:
        app()
    except SyncdError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise  # nothing that a person could find and mend
        _fail(SyncdError(f"{error.filename}: {error.strerror}; look at who owns it, its rights, and the space left"))


def _fail(error: SyncdError) -> NoReturn:
    complain(str(error))
    if "--json" in sys.argv[1:]:
        print_failure(error)
    logging.getLogger(__name__).debug("where it happened", exc_info=error)
    sys.exit(error.exit_code)
