"""`syncd pause|resume`: stop polling and writing for a while, in every process, without stopping any."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from syncd.cli.common import Config, MappingName, say, settings_for, shell
from syncd.errors import UserError
from syncd.mapping import load_mappings
from syncd.wiring import opened_store


def add_to(app: typer.Typer) -> None:
    @app.command(help="Stop polling and writing for a mapping, or all, until `syncd resume`. A running daemon obeys.")
    def pause(config: Config = None, mapping: MappingName = None) -> None:
        for name in _set(config, mapping, True):
            say(f"{name}: paused")

    @app.command(help="Go on where a mapping, or all, was paused.")
    def resume(config: Config = None, mapping: MappingName = None) -> None:
        for name in _set(config, mapping, False):
            say(f"{name}: goes on")


def _set(config: Config, mapping: str | None, paused: bool) -> Sequence[str]:
    settings = settings_for(config, log_level="warning")
    names = [known.name for known in load_mappings(settings.mappings)]
    if mapping is not None and mapping not in names:
        raise UserError(f"there is no mapping {mapping!r}; there are: {', '.join(names) or 'none'}")
    chosen = names if mapping is None else [mapping]
    with opened_store(settings) as store:
        for name in chosen:
            store.audit.record(shell(), "mapping.pause" if paused else "mapping.resume", name)
            store.cursors.pause(name, paused)
    return chosen
