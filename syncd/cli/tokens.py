"""`syncd tokens create|list|revoke`: who may use the API and the console."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from syncd.cli.common import AsJson, Config, print_json, say, settings_for, shell, show, tell
from syncd.core.access import Role
from syncd.errors import UserError
from syncd.store.access import Token
from syncd.wiring import opened_store

DAY = 86400.0

LONGEST_DAYS = 36525
"""A century. One that is to serve longer is made without `--days`."""


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Tokens for the API and the console.")

    @group.command(help="Make a token and print it, this once. It goes to stdout, all else to stderr.")
    def create(
        config: Config = None,
        role: Annotated[Role, typer.Option("--role", help="What it may do.")] = Role.VIEWER,
        label: Annotated[str, typer.Option("--label", help="Whose it is.")] = "",
        days: Annotated[
            float | None,
            typer.Option(
                "--days",
                min=0.001,
                max=LONGEST_DAYS,
                help="Days until it expires; never if not given.",
                show_default=False,
            ),
        ] = None,
        json: AsJson = False,
    ) -> None:
        label = label.strip() or f"made by {shell().name}"
        if len(label) > 100 or not label.isprintable():
            raise UserError("--label: give at most 100 characters that can be printed")
        with opened_store(settings_for(config, log_level="warning")) as store:
            expires_in = None if days is None else days * DAY
            token, text = store.access.create_token(label, role, shell(), expires_in)
        if json:
            print_json({"token": text, **asdict(token)})
            return
        say(text)
        tell(f"token {token.id} ({label}, {role}); keep it, it is not shown again")

    @group.command("list", help="Which tokens there are; never the tokens themselves.")
    def list_(config: Config = None, json: AsJson = False) -> None:
        with opened_store(settings_for(config, log_level="warning")) as store:
            tokens = store.access.tokens()
        if json:
            print_json([asdict(token) for token in tokens])
            return
        table = Table("id", "label", "role", "made", "last used", "ends", box=None)
        for token in tokens:
            ends = "revoked" if token.revoked_at else _day(token.expires_at, "never")
            table.add_row(
                str(token.id),
                token.label,
                token.role.value,
                _day(token.created_at, ""),
                _day(token.last_used_at, "never"),
                ends if token.usable or token.revoked_at else f"{ends} (expired)",
            )
        show(table)

    @group.command(help="End a token, and every session that was begun with it, at once.")
    def revoke(id: Annotated[int, typer.Argument(help="The token's id.", min=1)], config: Config = None) -> None:
        with opened_store(settings_for(config, log_level="warning")) as store:
            token: Token | None = store.access.revoke(id, shell())
        if token is None:
            raise UserError(f"there is no token {id}; `syncd tokens list` shows them")
        say(f"token {id} ({token.label}) is revoked")

    app.add_typer(group, name="tokens")


_NEVER = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""Beyond what calendars hold: a token of an older version may say so, since nothing bounded its days."""


def _day(at: float | None, otherwise: str) -> str:
    if at is None:
        return otherwise
    return "in ages" if at > _NEVER else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
