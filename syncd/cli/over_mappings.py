"""The same thing for every chosen mapping: one that fails stops no other, and the worst of them is the exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import typer

from syncd.cli.common import complain, print_json
from syncd.engine.circumstances import paused
from syncd.engine.engine import Engine
from syncd.engine.housekeeping import tidy
from syncd.engine.route import Route
from syncd.errors import RefusedError, SyncdError

T = TypeVar("T")


def each(engine: Engine, mapping: str | None, run: Callable[[Route], T]) -> dict[str, T | SyncdError]:
    """Run it for every chosen mapping that is not paused, and the housekeeping if it is due: there may be no daemon."""
    results: dict[str, T | SyncdError] = {}
    for route in engine.chosen(mapping):
        try:
            if engine.store.cursors.paused(route.name):
                raise RefusedError(paused(route.name))
            results[route.name] = run(route)
        except SyncdError as error:
            results[route.name] = error
    tidy(engine.store)
    return results


def report(results: Mapping[str, object], as_json: bool, one: Callable[[str, Any], tuple[int, dict[str, Any]]]) -> None:
    """Print what came of each mapping and end with the worst exit code; `one` gives a mapping's code and document."""
    worst = 0
    document: dict[str, Any] = {}
    for name, result in results.items():
        if isinstance(result, SyncdError):
            code, document[name] = result.exit_code, {"error": str(result)}
            complain(f"{name}: {result}")
        else:
            code, document[name] = one(name, result)
        worst = max(worst, code)
    if as_json:
        print_json(document)
    if worst:
        raise typer.Exit(worst)
