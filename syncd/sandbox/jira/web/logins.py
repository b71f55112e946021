"""Who is calling. Cloud takes a wrong token for nobody and goes on; Data Center refuses and counts (7.12 to 7.17).

OAuth access tokens are made by `oauth`, which brings them here with `grant`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from syncd.sandbox.jira.model import Flavour, User
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.people import People
from syncd.sandbox.jira.refusals import RefusalError

CLOUD_TOKEN = "jira-token"
SCOPED_TOKEN = "jira-scoped-token"
ACCESS_TOKEN = "jira-pat"
PASSWORD = "jira-password"

_FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
_WRONG_PASSWORD = """<html><head><title>Unauthorized (401)</title></head><body>
<h1>Unauthorized (401)</h1><p>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</p></body></html>"""
_CAPTCHA = """<html><head><title>Forbidden (403)</title></head><body>
<p>Basic Authentication Failure - Reason : AUTHENTICATION_DENIED</p></body></html>"""
_NO_CLIENT = "<html><body>Client must be authenticated to access this resource.</body></html>"


@dataclass(frozen=True, slots=True)
class Login:
    """The caller, or nobody; and what the answer says of it."""

    user: User | None
    headers: dict[str, str] = field(default_factory=dict)


class Logins:
    """Secrets by e-mail or login. `revoked` secrets are wrong ones until they are restored."""

    def __init__(self, people: People, options: Options, now: Callable[[], datetime]) -> None:
        self._now = now
        self._people = people
        self._options = options
        bot = people.bot
        self.api_tokens = {(bot.email, CLOUD_TOKEN): bot.key}
        self.scoped_tokens = {(bot.email, SCOPED_TOKEN): bot.key}
        self.bearers = {ACCESS_TOKEN: bot.key}
        self.passwords = {(bot.name, PASSWORD): bot.key}
        self._granted: dict[str, tuple[str, datetime]] = {}
        self.revoked: set[str] = set()
        self._failures: dict[str, int] = {}

    def revoke(self, secret: str | None = None) -> None:
        """One secret, or all of the integration user's."""
        self.revoked |= {secret} if secret else self._secrets()

    def restore(self, secret: str | None = None) -> None:
        self.revoked -= {secret} if secret else self._secrets()

    def solve_captcha(self) -> None:
        """A person has logged in."""
        self._failures.clear()

    def grant(self, access_token: str, user: User, until: datetime) -> None:
        self._granted[access_token] = (user.key, until)

    def is_access_token(self, token: str, now: datetime) -> bool:
        """One that was granted, has not run out and was not revoked."""
        return token in self._granted and now < self._granted[token][1] and token not in self.revoked

    def identify(self, authorization: str, *, gateway: bool, base: str) -> Login:
        """The caller behind an Authorization header; raises where Jira refuses at the door."""
        scheme, _, credentials = authorization.partition(" ")
        if self._options.flavour is Flavour.CLOUD:
            return self._cloud(scheme.lower(), credentials.strip(), gateway)
        return self._datacenter(scheme.lower(), credentials.strip(), base)

    def _cloud(self, scheme: str, credentials: str, gateway: bool) -> Login:
        if scheme == "bearer":
            return self._cloud_bearer(credentials, gateway)
        if scheme != "basic":
            if gateway:
                raise RefusalError(401, body={"code": 401, "message": "Unauthorized"})
            return Login(None)
        pair = decoded(credentials)
        known = {**self.api_tokens, **self.scoped_tokens} if gateway else self.api_tokens
        user = self._people.get(known.get(pair)) if pair[1] not in self.revoked else None
        if user is not None and user.active:
            return Login(user, {"X-Seraph-LoginReason": "OK"} if self._options.ok_login_header else {})
        if gateway:
            raise RefusalError(401, body={"code": 401, "message": "Unauthorized"})
        return Login(None, dict(_FAILED))

    def _cloud_bearer(self, token: str, gateway: bool) -> Login:
        if gateway:
            if not self.is_access_token(token, self._now()):
                raise RefusalError(401, body={"code": 401, "message": "Unauthorized"})
            return Login(self._people.get(self._granted[token][0]))
        if token.count(".") == 2:
            raise RefusalError(401, html=_NO_CLIENT)
        raise RefusalError(403, body={"error": "Failed to parse Connect Session Auth Token"})

    def _datacenter(self, scheme: str, credentials: str, base: str) -> Login:
        if scheme == "bearer":
            user = self._people.get(self.bearers.get(credentials)) if credentials not in self.revoked else None
            if user is not None:
                return self._welcome(user)
            if self._options.dead_token_is_stranger:
                return Login(None)
            raise RefusalError(401, html=_NO_CLIENT, headers=_FAILED)
        if scheme != "basic":
            return Login(None)
        name, password = decoded(credentials)
        if self._failures.get(name, 0) >= self._options.captcha_after:
            denied = f"CAPTCHA_CHALLENGE; login-url={base}/login.jsp"
            headers = {
                "X-Authentication-Denied-Reason": denied,
                "X-Seraph-LoginReason": "AUTHENTICATION_DENIED",
            }
            raise RefusalError(403, html=_CAPTCHA, headers=headers)
        user = self._people.get(self.passwords.get((name, password))) if password not in self.revoked else None
        if user is None or not user.active:
            self._failures[name] = self._failures.get(name, 0) + 1
            challenge = {"WWW-Authenticate": 'Basic realm="protected-area"'}
            raise RefusalError(401, html=_WRONG_PASSWORD, headers=_FAILED | challenge)
        self._failures.pop(name, None)
        return self._welcome(user)

    def _welcome(self, user: User) -> Login:
        return Login(user, {"X-Seraph-LoginReason": "OK", "X-AUSERNAME": user.name})

    def _secrets(self) -> set[str]:
        pairs = (*self.api_tokens, *self.scoped_tokens, *self.passwords)
        return {secret for _, secret in pairs} | set(self.bearers) | set(self._granted)


def decoded(credentials: str) -> tuple[str, str]:
    """Name and secret of a Basic header; two empty texts if it is none."""
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
