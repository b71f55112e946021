"""`syncd secrets keygen|rotate`: the keys with which secrets are kept in the database."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.common import Config, say, settings_for
from syncd.errors import UserError
from syncd.store.secrets import Keyring, Secrets, new_key
from syncd.wiring import opened_store


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="The keys that encrypt secrets in the database.")

    @group.command(help="Print a new key for `secret_key` [env: SYNCD_SECRET_KEY]. Keep it apart from the database.")
    def keygen() -> None:
        say(new_key())

    @group.command(
        help="Encrypt everything anew with the first key of `secret_key`. Put the new key first and the old one after "
        "a comma, restart every syncd, run this, then take the old key away."
    )
    def rotate(
        config: Config = None,
        drop_unreadable: Annotated[
            bool, typer.Option("--drop-unreadable", help="Forget what no key opens; new tokens are fetched.")
        ] = False,
    ) -> None:
        settings = settings_for(config)
        if not settings.secret_keys:
            raise UserError(
                "there is no key to encrypt with: put what `syncd secrets keygen` prints into secret_key, "
                "secret_key_file or SYNCD_SECRET_KEY"
            )
        with opened_store(settings) as store:
            secrets = Secrets(store.database, Keyring(settings.secret_keys))
            sealed, dropped = secrets.rotate(drop_unreadable=drop_unreadable)
        forgotten = f", {dropped} unreadable forgotten" if dropped else ""
        say(f"{sealed} secret{'' if sealed == 1 else 's'} encrypted with the first key{forgotten}")

    app.add_typer(group, name="secrets")
