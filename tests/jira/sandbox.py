"""A simulated Jira over real HTTP, with a source that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from syncd.core.ports import Page
from syncd.http import Call, Limits
from syncd.jira import Auth, Basic, Bearer, JiraClient, JiraSource
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.serve import Server

FLAVOURS = ("cloud", "datacenter")
LIMITS = Limits(read_timeout=5.0, first_wait=0.0, longest_wait=0.0)


def credentials(flavour: str) -> Auth:
    return Basic("bot@example.com", "jira-token") if flavour == "cloud" else Bearer("jira-pat")


@dataclass
class Site:
    """The sandbox, and a source for it; `calls` are those that the source made."""

    sandbox: JiraSandbox
    client: JiraClient
    source: JiraSource
    calls: list[Call]

    def listed(self, query: str = "project = OPS", since: Any = None) -> list[Page]:
        return list(self.source.changed_since(query, since))

    def made(self) -> list[str]:
        """The names of the calls since the last question."""
        names = [call.endpoint for call in self.calls]
        self.calls.clear()
        return names


@contextmanager
def site(
    flavour: str, *, issues: Any = 0, limits: Limits = LIMITS, auth: Auth | None = None, **options: Any
) -> Iterator[Site]:
    """`issues` are made up if they are a number."""
    rows = generate_issues(issues) if isinstance(issues, int) else issues
    sandbox = JiraSandbox(flavour=flavour, issues=rows, **options)
    calls: list[Call] = []
    with Server(sandbox.app) as server:
        client = JiraClient(server.url, auth or credentials(flavour), limits=limits, listen=calls.append)
        yield Site(sandbox, client, JiraSource(client), calls)
        client.close()
