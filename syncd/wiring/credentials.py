"""From the `auth` of a connection to what its client proves itself with. Sends nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from pydantic import SecretStr

from syncd.jira.client import Auth as JiraClientAuth
from syncd.jira.client import Basic, Bearer
from syncd.oauth import ClientCredentialsGrant, JwtGrant, OAuth, PasswordGrant, RefreshTokenGrant, Slot
from syncd.servicenow import ApiKeyAuth, Auth, BasicAuth
from syncd.settings import (
    ApiKeyAuthSettings,
    BasicAuthSettings,
    BearerAuthSettings,
    ClientCredentialsAuthSettings,
    Connection,
    JiraAuth,
    JiraClientCredentialsAuthSettings,
    JiraRefreshTokenAuthSettings,
    JwtAuthSettings,
    PasswordGrantAuthSettings,
    RefreshTokenAuthSettings,
    ServiceNowAuth,
)

TokenSlot = Callable[[], AbstractContextManager[Slot]]
AsksForSlot = Callable[[], TokenSlot | None]
"""Where the processes share the tokens of a connection. Asked only where tokens are fetched."""

DIGEST = 6
"""Hexadecimal digits: enough to tell a changed password from the old one, too few to find either by guessing."""


def jira_credentials(auth: JiraAuth, token_slot: AsksForSlot) -> JiraClientAuth:
    match auth:
        case BasicAuthSettings():
            return Basic(auth.username, auth.password.get_secret_value())
        case BearerAuthSettings():
            return Bearer(auth.token.get_secret_value())
        case JiraClientCredentialsAuthSettings():
            secret = auth.client_secret.get_secret_value()
            return OAuth(ClientCredentialsGrant(auth.client_id, secret), shared=token_slot())
        case JiraRefreshTokenAuthSettings():
            return _by_refresh_token(auth, token_slot)


def servicenow_credentials(auth: ServiceNowAuth, token_slot: AsksForSlot) -> Auth:
    match auth:
        case BasicAuthSettings():
            return BasicAuth(auth.username, auth.password.get_secret_value())
        case ApiKeyAuthSettings():
            return ApiKeyAuth(auth.key.get_secret_value())
        case PasswordGrantAuthSettings():
            secret, password = auth.client_secret.get_secret_value(), auth.password.get_secret_value()
            return OAuth(PasswordGrant(auth.client_id, secret, auth.username, password), shared=token_slot())
        case ClientCredentialsAuthSettings():
            secret = auth.client_secret.get_secret_value()
            return OAuth(ClientCredentialsGrant(auth.client_id, secret), shared=token_slot())
        case RefreshTokenAuthSettings():
            return _by_refresh_token(auth, token_slot)
        case JwtAuthSettings():
            secret, key = auth.client_secret.get_secret_value(), auth.private_key.get_secret_value()
            return OAuth(JwtGrant(auth.client_id, secret, key, auth.key_id, auth.subject), shared=token_slot())


def _by_refresh_token(auth: RefreshTokenAuthSettings, token_slot: AsksForSlot) -> OAuth:
    secret, first = auth.client_secret.get_secret_value(), auth.refresh_token.get_secret_value()
    return OAuth(RefreshTokenGrant(auth.client_id, secret, first), shared=token_slot())


def digest_of(name: str, connection: Connection) -> str:
    """Tells whether a connection's credentials have changed, and nothing else of them (law 12)."""
    told = json.dumps([connection.base_url, connection.auth.model_dump()], default=_revealed, sort_keys=True)
    slow = hashlib.scrypt(told.encode(), salt=name.encode(), n=2**13, r=8, p=1)
    return slow.hex()[:DIGEST]


def _revealed(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
