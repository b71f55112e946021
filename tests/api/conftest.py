"""The API over a real store, with a mapping, tokens of every role, and two systems that are only pretended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from syncd.api.app import create_app
from syncd.api.services import Found, Services, Web
from syncd.api.webhooks import Inbox, webhooks
from syncd.core.access import Actor, Role, needs
from syncd.engine.health import ready_now, status
from syncd.errors import UserError
from syncd.mapping import load_mappings
from syncd.sandbox.serve import Server
from syncd.settings import Connection, JiraConnection
from syncd.store import Database, Store
from syncd.store.connections import Connections
from syncd.store.schema import make_ready
from syncd.store.secrets import Keyring, new_key
from syncd.wiring.book import Book
from syncd.wiring.checking import problems_of_text
from tests.engine.world import MAPPING

SHELL = Actor("test", "shell")
JIRA = {"url": "https://acme.atlassian.net", "auth": {"type": "basic", "username": "bot@acme", "password": "jira-pw"}}
SERVICENOW = {
    "url": "https://acme.service-now.com",
    "auth": {"type": "basic", "username": "svc_syncd", "password": "sn-pw"},
}
IN_FILE = JiraConnection.model_validate({**JIRA, "type": "jira", "url": "https://jira.internal.example"})
PUBLIC = {"acme.atlassian.net": ["104.192.141.1"], "acme.service-now.com": ["149.96.1.1"]}


@dataclass
class Api:
    """The application, what it was given, and what it asked for."""

    store: Store
    services: Services
    web: Web
    tokens: dict[Role, str]
    stack: ExitStack
    tested: list[tuple[str, Connection, bool]] = field(default_factory=list)
    wanted: list[tuple[str, str]] = field(default_factory=list)
    found: Found = field(default_factory=lambda: Found("bot", {"site": "acme"}, 1000.0))

    def app(self, **web: Any) -> Any:
        hooks = webhooks(
            Inbox(ear=lambda *_: None, is_known=lambda *_: True, keep=lambda *_: True, heard=lambda *_: True)
        )
        return create_app(self.services, replace(self.web, **web), [a_page(), hooks])

    def client(self, role: Role | None = Role.ADMIN, **web: Any) -> httpx.Client:
        """Somebody with a token of this role, or nobody."""
        return self.client_of(self.app(**web), role)

    def client_of(self, app: Any, role: Role | None = Role.ADMIN) -> httpx.Client:
        server = self.stack.enter_context(Server(app))
        headers = {} if role is None else {"Authorization": f"Bearer {self.tokens[role]}"}
        return self.stack.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=30))

    def browser(self, role: Role = Role.ADMIN, **web: Any) -> Browser:
        """Somebody who has signed in."""
        client = self.client(None, **web)
        answer = client.post("/sign-in", data={"token": self.tokens[role]})
        assert answer.status_code == 303, answer.text
        secret = next(iter(client.cookies.values()))
        identity = self.store.access.session(secret)
        assert identity is not None
        return Browser(client, secret, identity.csrf)


def a_page() -> APIRouter:
    """What stands for the console here; its own pages have tests of their own."""
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    @needs(Role.VIEWER)
    def page() -> str:
        return "<!doctype html><title>syncd</title>"

    return router


@dataclass
class Browser:
    client: httpx.Client
    secret: str
    csrf: str


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "ops.yaml").write_text(MAPPING, encoding="utf-8")
    return folder


@pytest.fixture
def resolve() -> Callable[[str], list[str]]:
    return lambda host: PUBLIC.get(host, [])


@pytest.fixture
def api(tmp_path: Path, mappings: Path, resolve: Callable[[str], list[str]]) -> Iterator[Api]:
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    store = Store(database)
    connections = Connections(database, Keyring([new_key()]))
    book = Book({"file-jira": IN_FILE}, connections, ["*.atlassian.net", "*.service-now.com"], resolve=resolve)
    loaded = load_mappings(mappings)
    names = [mapping.name for mapping in loaded]
    tokens = {role: store.access.create_token(f"{role} of the test", role, SHELL)[1] for role in Role}

    def want(mapping: str, issue: str) -> None:
        if issue == "OPS-404":
            raise UserError(f"{issue} is not an issue of mapping {mapping}")
        api.wanted.append((mapping, issue))

    def test(name: str, connection: Connection, kept: bool) -> Found:
        api.tested.append((name, connection, kept))
        return api.found

    services = Services(
        version="1",
        store=store,
        mappings=loaded,
        connections=connections,
        in_file=book.in_file,
        test=test,
        refuse_address=book.refused,
        want=want,
        query_of=lambda mapping, jql: f"(project = OPS) AND ({jql})" if jql else "project = OPS",
        poll_soon=lambda mapping: api.wanted.append((mapping, "")),
        check_mapping=lambda text: problems_of_text(text, mappings),
        issue_url=lambda mapping, key: f"https://acme.atlassian.net/browse/{key}",
        record_url=lambda mapping, record: f"https://acme.service-now.com/{record}",
        alive=lambda: True,
        ready=lambda: ready_now(store, names, 30.0),
        status=lambda: status(store, names, 30.0),
        metrics=lambda: b"# metrics\n",
    )
    with ExitStack() as stack:
        api = Api(store, services, Web(), tokens, stack)
        yield api
    database.close()
