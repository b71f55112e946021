"""The ways to ask for an access token: each makes the form to send. Sends nothing, remembers nothing.

| grant               | first token by                  | renewed by                                     |
|---------------------|---------------------------------|------------------------------------------------|
| password            | user name and password          | the refresh token, else the password again     |
| client credentials  | client id and secret            | the same                                       |
| refresh token       | the refresh token               | the latest refresh token                       |
| JWT bearer          | a signed assertion              | a new assertion                                |

Their `repr` says who asks, never a secret (law 12).
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import jwt

ASSERTION_SECONDS = 300


class Grant(Protocol):
    """One way to get a token: the form to send, given the latest refresh token."""

    def form(self, refresh_token: str) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    client_id: str
    client_secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        client = {"client_id": self.client_id, "client_secret": self.client_secret}
        if refresh_token:
            return {"grant_type": "refresh_token", "refresh_token": refresh_token, **client}
        return {"grant_type": "password", "username": self.username, "password": self.password, **client}


@dataclass(frozen=True, slots=True)
class ClientCredentialsGrant:
    client_id: str
    client_secret: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    """`refresh_token` is the first one; where each use gives a new one, the latest is what counts."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token or self.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class JwtGrant:
    """`subject` is the user to act as, `key_id` the id of the key where tokens are made."""

    client_id: str
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)
    key_id: str
    subject: str
    algorithm: str = "RS256"

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self.assertion(int(time.time())),
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    def assertion(self, now: int) -> str:
        claims = {
            "iss": self.client_id,
            "sub": self.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, self.private_key, algorithm=self.algorithm, headers={"kid": self.key_id})


def identity(grant: Grant) -> str:
    """Whose tokens a grant asks for, to tell whether one that was kept still belongs to the settings.

    The first refresh token is part of it: an operator who replaces a dead one starts a new line, and what was kept of
    the old line is not used.
    """
    first = grant.refresh_token if isinstance(grant, RefreshTokenGrant) else ""
    return f"{grant!r} {hashlib.sha256(first.encode()).hexdigest()}" if first else repr(grant)
