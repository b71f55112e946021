"""A served sandbox and a caller for it. `serve(option=...)` starts one with other switches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox

SERVICE = ("svc_syncd", "syncd")
ADMIN = ("admin", "admin")


class Caller:
    """One user's calls: `api.post("table/incident", {...})` under `/api/now/`."""

    def __init__(self, url: str, auth: tuple[str, str] | None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.auth = auth
        self.session.trust_env = False

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        url = self.url + (path if path.startswith("/") else f"/api/now/{path}")
        if body is not None:
            options["json"] = body
        return self.session.request(method, url, timeout=10, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any = None, **params: Any) -> requests.Response:
        return self.call("POST", path, body, params=params)

    def patch(self, path: str, body: Any, **params: Any) -> requests.Response:
        return self.call("PATCH", path, body, params=params)

    def delete(self, path: str) -> requests.Response:
        return self.call("DELETE", path)

    def create(self, table: str = "incident", **fields: Any) -> dict[str, Any]:
        answer = self.post(f"table/{table}", fields)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()["result"]
        return record

    def found(self, query: str, table: str = "incident", field: str = "short_description") -> list[str]:
        """The values of one field of what a query finds, sorted."""
        answer = self.get(f"table/{table}", sysparm_query=query, sysparm_fields=field)
        assert answer.status_code == 200, answer.text
        return sorted(row[field] for row in answer.json()["result"])


class Served:
    """A sandbox that is being served, with callers for its users."""

    def __init__(self, sandbox: ServiceNowSandbox, url: str, stack: ExitStack) -> None:
        self.sandbox = sandbox
        self.url = url
        self._stack = stack
        self.api = self.as_user(SERVICE)
        self.admin = self.as_user(ADMIN)

    def as_user(self, auth: tuple[str, str] | None) -> Caller:
        caller = Caller(self.url, auth)
        self._stack.callback(caller.session.close)
        return caller


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(**options: Any) -> Served:
            sandbox = ServiceNowSandbox(**options)
            server = stack.enter_context(Server(sandbox.app))
            return Served(sandbox, server.url, stack)

        yield start


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@pytest.fixture
def sandbox(served: Served) -> ServiceNowSandbox:
    return served.sandbox


@pytest.fixture
def api(served: Served) -> Caller:
    return served.api


@pytest.fixture
def admin(served: Served) -> Caller:
    return served.admin
