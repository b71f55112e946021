"""`/oauth_token.do`: tokens by password, refresh token, client credentials and JWT bearer (facts 7.3 to 7.5).

Every refusal has the same words, whatever the cause, as on the real one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from syncd.sandbox.servicenow.authentication import Authentication
from syncd.sandbox.servicenow.exchange import Answer, Call, answer_json
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.options import OAuthClient
from syncd.sandbox.servicenow.problems import Problem
from syncd.sandbox.servicenow.tokens import Tokens

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class _Denied(Exception):
    """The one refusal there is."""


class OAuthApi:
    """The token endpoint. It takes forms only."""

    def __init__(self, instance: Instance, tokens: Tokens, authentication: Authentication) -> None:
        self._instance = instance
        self._tokens = tokens
        self._authentication = authentication

    def token(self, call: Call) -> Answer:
        """Hand out a token, or the refusal."""
        if call.header("content-type").partition(";")[0].strip().lower() != _FORM:
            return _denied()
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            client = self._client(call, form)
            return answer_json(self._granted(form, client))
        except (_Denied, Problem):
            return _denied()

    def _client(self, call: Call, form: dict[str, str]) -> OAuthClient:
        """The client's id and secret come in the form or as Basic credentials."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, credentials = call.header("authorization").partition(" ")
        if kind.lower() == "basic" and not client_id:
            try:
                client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise _Denied from None
        for client in self._instance.options.oauth_clients:
            same = hmac.compare_digest(client.client_secret.encode(), secret.encode())
            if client.client_id == client_id and same:
                return client
        raise _Denied

    def _granted(self, form: dict[str, str], client: OAuthClient) -> dict[str, Any]:
        match form.get("grant_type"):
            case "password":
                user = self._authentication.with_password(form.get("username", ""), form.get("password", ""))
                return self._issued(client, user.user_name, refresh=True)
            case "refresh_token":
                grant = self._tokens.refresh_grant(form.get("refresh_token", ""))
                if grant is None or grant.client_id != client.client_id:
                    raise _Denied
                return self._issued(client, grant.user_name, refresh=True)
            case "client_credentials" if self._instance.options.client_credentials_enabled:
                return self._issued(client, client.acts_as, refresh=False)
            case grant_type if grant_type == JWT_BEARER:
                return self._issued(client, self._subject(form.get("assertion", ""), client), refresh=False)
            case _:
                raise _Denied

    def _issued(self, client: OAuthClient, user_name: str, *, refresh: bool) -> dict[str, Any]:
        grant = self._tokens.access(client.client_id, user_name, scoped=client.scoped)
        document: dict[str, Any] = {"access_token": grant.token}
        if refresh:
            document["refresh_token"] = self._tokens.refresh(client.client_id, user_name, scoped=client.scoped).token
        return {
            **document,
            "scope": "" if client.scoped else "useraccount",
            "token_type": "Bearer",
            "expires_in": self._tokens.remaining(grant),
        }

    def _subject(self, assertion: str, client: OAuthClient) -> str:
        """The user that a valid JWT speaks for: RS256, our audience, not expired, a user that exists."""
        header, payload, signature = (*assertion.split("."), "", "", "")[:3]
        if not client.public_key:
            raise _Denied
        key = load_pem_public_key(client.public_key.encode())
        if not isinstance(key, RSAPublicKey) or _decoded(header).get("alg") != "RS256":
            raise _Denied
        try:
            key.verify(_bytes(signature), f"{header}.{payload}".encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise _Denied from None
        claims = _decoded(payload)
        now = self._instance.clock.now().timestamp()
        expires = claims.get("exp")
        if claims.get("aud") != client.client_id or claims.get("iss") != client.client_id:
            raise _Denied
        if not isinstance(expires, int | float) or expires <= now:
            raise _Denied
        return self._user_of(str(claims.get("sub", "")))

    def _user_of(self, subject: str) -> str:
        """The subject is a user name or an e-mail address."""
        users = self._instance.database.tables["sys_user"]
        for name in ("user_name", "email"):
            rows = users.having(name, [subject])
            if rows:
                return rows[0]["user_name"]
        raise _Denied


def _denied() -> Answer:
    return answer_json({"error_description": "access_denied", "error": "server_error"}, 401)


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise _Denied from None


def _decoded(part: str) -> dict[str, Any]:
    try:
        document = json.loads(_bytes(part))
    except ValueError:
        raise _Denied from None
    return document if isinstance(document, dict) else {}
