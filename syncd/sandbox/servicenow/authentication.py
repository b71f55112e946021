"""Who is calling: Basic, bearer token, API key, or a session that has signed in already (facts 7)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.exchange import Call
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.problems import not_authenticated
from syncd.sandbox.servicenow.sessions import Session
from syncd.sandbox.servicenow.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller. A scoped token is valid, and no table call is allowed with it (facts 7.5)."""

    user: User
    scoped: bool = False


class Authentication:
    def __init__(self, instance: Instance, tokens: Tokens) -> None:
        self._instance = instance
        self._tokens = tokens

    def identify(self, call: Call, session: Session | None) -> Identity:
        """The caller's identity, or the 401. Credentials count before the session."""
        kind, _, credentials = call.header("authorization").partition(" ")
        if kind.lower() == "basic":
            return Identity(self._basic(credentials.strip()))
        if kind.lower() == "bearer":
            return self._bearer(credentials.strip())
        key = call.header("x-sn-apikey") or call.param("x-sn-apikey")
        if key:
            return Identity(self._by_key(key))
        if session is not None and session.user is not None:
            return Identity(session.user)
        raise not_authenticated()

    def _basic(self, credentials: str) -> User:
        try:
            user_name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise not_authenticated() from None
        user = self.with_password(user_name, password)
        barred = self._instance.options.restrict_basic_auth and user_name.lower() in self._instance.interactive
        if barred and "snc_basic_auth_api_access" not in user.roles:
            raise not_authenticated()  # a plain 401, though the password is right (facts 7.1)
        return user

    def with_password(self, user_name: str, password: str) -> User:
        known = self._instance.passwords.get(user_name.lower())
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            raise not_authenticated()
        return self._active(user_name)

    def _bearer(self, token: str) -> Identity:
        grant = self._tokens.grant_of(token)
        if grant is None:
            raise not_authenticated()
        return Identity(self._active(grant.user_name), grant.scoped)

    def _by_key(self, key: str) -> User:
        for known, user_name in self._instance.options.api_keys:
            if hmac.compare_digest(known.encode(), key.encode()):
                return self._active(user_name)
        raise not_authenticated()

    def _active(self, user_name: str) -> User:
        user = self._instance.users.get(user_name.lower())
        row = self._instance.user_row(user_name)
        if user is None or row is None or row.get("active") != "true" or row.get("locked_out") == "true":
            raise not_authenticated()
        return user
