"""Clients made from settings, as the daemon makes them: each `Process` has a database of its own over the same file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from syncd.http import Call
from syncd.jira import JiraSource
from syncd.sandbox.jira import JiraSandbox
from syncd.sandbox.serve import Server
from syncd.settings import JiraConnection
from syncd.store import Database
from syncd.store.secrets import new_key
from syncd.wiring.clients import Clients

KEY = new_key()
CLIENT = {"client_id": "jira-client", "client_secret": "jira-client-secret"}


class Process:
    """What one process has: clients over the common database, and the calls that they made."""

    def __init__(self, database_url: str, keys: tuple[str, ...] = (KEY,)) -> None:
        self.calls: list[Call] = []
        self.database = Database(database_url)
        self.clients = Clients(self.database, keys, self.calls.append, lambda connection: None)

    def source(self, **settings: Any) -> JiraSource:
        return self.clients.jira("jira", JiraConnection(type="jira", **settings))

    def made(self) -> list[str]:
        return [call.endpoint for call in self.calls]

    def close(self) -> None:
        self.clients.close()
        self.database.close()


class Tokens:
    """A token endpoint before a Data Center, of an identity provider that rotates refresh tokens at once."""

    def __init__(self, sandbox: JiraSandbox) -> None:
        self._bearers = sandbox.site.logins.bearers
        self._bot = sandbox.site.people.bot.key
        self.asked: list[dict[str, str]] = []
        self.good = "refresh-0"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        form = dict(parse_qsl(message["body"].decode()))
        self.asked.append(form)
        status, said = self._answer(form)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    def _answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        if form.get("client_secret") != CLIENT["client_secret"]:
            return 401, {"error": "invalid_client"}
        number = len(self.asked)
        said: dict[str, object] = {"access_token": f"access-{number}", "expires_in": 3600}
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.good:
                return 400, {"error": "invalid_grant"}
            self.good = f"refresh-{number}"
            said["refresh_token"] = self.good
        self._bearers[f"access-{number}"] = self._bot
        return 200, said

    def expire(self) -> None:
        """Every access token is over."""
        for token in [token for token in self._bearers if token.startswith("access-")]:
            del self._bearers[token]


@contextmanager
def tokens_before(sandbox: JiraSandbox) -> Iterator[tuple[Tokens, str]]:
    tokens = Tokens(sandbox)
    with Server(tokens) as server:
        yield tokens, f"{server.url}/token"
