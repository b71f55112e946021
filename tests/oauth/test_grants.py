"""Whose tokens a grant asks for, and whether what was kept still belongs to the settings."""

from __future__ import annotations

import pytest

from syncd.oauth import ClientCredentialsGrant, PasswordGrant, RefreshTokenGrant
from syncd.oauth.grants import Grant, identity
from syncd.oauth.tokens import Token

GRANTS = [
    ClientCredentialsGrant("client", "s3cret"),
    PasswordGrant("client", "s3cret", "svc_syncd", "s3cret"),
    RefreshTokenGrant("client", "s3cret", "s3cret"),
]


@pytest.mark.parametrize("grant", GRANTS, ids=lambda grant: type(grant).__name__)
def test_neither_its_name_nor_its_identity_shows_a_secret(grant: Grant) -> None:
    assert "s3cret" not in repr(grant) + identity(grant)


def test_a_kept_token_belongs_to_the_first_one_that_it_descends_from() -> None:
    """An operator who puts another refresh token into the settings begins a new line."""
    first, other = (RefreshTokenGrant("client", "secret", token) for token in ("first", "other"))
    kept = Token("access", 100.0, "latest").written(identity(first), 0.0)
    assert Token.read(kept, identity(first), 0.0) == Token("access", 100.0, "latest")
    assert Token.read(kept, identity(other), 0.0) is None


def test_a_new_client_secret_keeps_the_line() -> None:
    assert identity(RefreshTokenGrant("c", "old", "first")) == identity(RefreshTokenGrant("c", "new", "first"))


def test_the_latest_refresh_token_is_sent_and_the_first_where_there_is_none() -> None:
    grant = RefreshTokenGrant("client", "secret", "first")
    assert [grant.form(latest)["refresh_token"] for latest in ("latest", "")] == ["latest", "first"]
