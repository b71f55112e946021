"""The console over a real store with something of everything in it, and people of every role who look at it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from syncd.api.app import create_app
from syncd.console.page import wrong
from syncd.console.pages import pages
from syncd.core.access import Actor, Role
from syncd.core.model import Outcome, Result
from syncd.sandbox.serve import Server
from syncd.store.clock import now
from syncd.store.samples import Figure
from syncd.store.tables import links, notes
from tests.api.conftest import Api, api, mappings, resolve  # fixtures

__all__ = ["api", "mappings", "resolve"]

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
PAGES = (
    "/", "/?span=day", "/links", "/issues/OPS-1", "/issues/OPS-2", "/issues/OPS-3", "/parked", "/backfills",
    "/backfills/1", "/mappings", "/mappings/of/ops", "/settings", "/settings/of/file-jira", "/audit", "/audit/verify",
)  # fmt: skip
FOR_OPERATORS = ("/mappings/check",)
FOR_ADMINS = ("/tokens", "/settings/new?kind=jira", "/settings/new?kind=servicenow&way=oauth2_jwt")


@dataclass
class Visitor:
    """Somebody who looks at the console with a browser."""

    client: httpx.Client
    csrf: str

    def see(self, address: str, status: int = 200) -> str:
        """The page at this address, as HTML."""
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.text)
        return answer.text

    def send(self, address: str, csrf: str | None = None, **fields: Any) -> httpx.Response:
        """Send a form; without `csrf` being said, with the session's own."""
        return self.client.post(address, data={"csrf": self.csrf if csrf is None else csrf, **fields})

    def read(self, address: str, status: int = 200) -> str:
        """The page's words, without its marks."""
        return words(self.see(address, status))


@dataclass
class Console:
    """The console, and who comes to it."""

    api: Api
    url: str

    def visitor(self, role: Role = Role.ADMIN) -> Visitor:
        client = self.api.stack.enter_context(httpx.Client(base_url=self.url, headers=BROWSER, timeout=30))
        answer = client.post("/sign-in", data={"token": self.api.tokens[role]})
        assert answer.status_code == 303, answer.text
        identity = self.api.store.access.session(next(iter(client.cookies.values())))
        assert identity is not None
        return Visitor(client, identity.csrf)

    def stranger(self) -> httpx.Client:
        return self.api.stack.enter_context(httpx.Client(base_url=self.url, headers=BROWSER, timeout=30))


def words(page: str) -> str:
    """What a person reads of a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def console(api: Api) -> Console:
    server = api.stack.enter_context(Server(create_app(api.services, api.web, [pages(api.services)], wrong)))
    return Console(api, server.url)


@pytest.fixture
def house(console: Console) -> Console:
    """Sixty links: OPS-1 is well, OPS-2 and OPS-4 are parked, OPS-3 is in doubt. A backfill, outcomes, samples."""
    store = console.api.store
    with store.database.write() as connection:
        connection.execute(insert(links).values([row(f"OPS-{number}", number) for number in range(1, 61)]))
        park = {"cause": "rejected", "error": "Data policy: close notes are mandatory", "attempts": 3}
        connection.execute(
            update(links)
            .where(links.c.issue_key.in_(["OPS-2", "OPS-4"]))
            .values(due_at=now() + 600, wanted=2, failing_since=now() - 5400, **park)
        )
        connection.execute(
            update(links)
            .where(links.c.issue_key == "OPS-3")
            .values(sent_at=now(), attempted={"state": "6"}, due_at=now() + 5, wanted=2)
        )
        fates = ((1, "70", 1, "posted"), (1, "70", 2, "posted"), (1, "71", 1, "omitted"), (3, "77", 1, "intent"))
        for link_id, comment, version, state in fates:
            connection.execute(
                insert(notes).values(
                    link_id=link_id, comment_id=comment, version=version, digest="d", state=state, sent_at=now()
                )
            )
    store.journal.append(
        [
            Outcome("ops", str(10000 + n), f"OPS-{n}", result, "x", f"INC{n:07}", reason, fields=fields)
            for n, result, reason, fields in (
                (1, Result.CREATED, "", ("state", "short_description")),
                (1, Result.NOTED, "[jira-comment 70.1.dddddddd]", ()),
                (2, Result.PARKED, "Data policy: close notes are mandatory", ()),
                (3, Result.DOUBT, "no answer", ()),
            )
        ]
    )
    store.runs.ask("ops", "project = OPS", None, "digest", "priority = High", Actor("ann", "operator"))
    store.samples.note({(Figure.DUE, "ops"): 3.0, (Figure.PARKED, "ops"): 2.0, (Figure.OLDEST, "ops"): 45.0})
    store.samples.add(
        {
            (Figure.APPLIED, "ops"): 4.0,
            (Figure.LAG, "ops"): 24.0,
            (Figure.CALLS, "jira"): 120.0,
            (Figure.CALLS, "sn"): 80.0,
            (Figure.FAILED, "sn"): 2.0,
        }
    )
    return console


def link(console: Console, key: str, id: int, **values: Any) -> None:
    with console.api.store.database.write() as connection:
        connection.execute(insert(links).values(row(key, id, **values)))


def row(key: str, id: int, **values: Any) -> dict[str, Any]:
    """A link that is well; its record does not hold quite what was sent."""
    applied = {
        "state": {"sent": "1", "stored": "1"},
        "short_description": {"sent": f"Issue {id}", "stored": "Cut"},
        "secret_column": {"sent": "x", "stored": None},
    }
    return {
        "mapping": "ops",
        "site": "acme.atlassian.net",
        "issue_id": str(10000 + id),
        "issue_key": key,
        "record_id": f"{id:032x}",
        "record_number": f"INC{id:07}",
        "created_at": now() - 7200,
        "applied_at": now() - id,
        "wanted": 1,
        "done": 1,
        "issue_updated_ms": 1_767_000_000_000,
        "applied": applied,
        **values,
    }
