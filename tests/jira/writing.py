"""A simulated Jira with a writer for it, and a look at what became of a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from syncd.http import Call
from syncd.jira.tags import Tag
from syncd.jira.writer import JiraWriter
from syncd.sandbox.jira import JiraSandbox
from syncd.sandbox.jira.model import Attachment, Comment, Issue
from tests.jira.sandbox import FLAVOURS, Site, site

TAG = Tag("9d3855ec47a3", {"table": "incident", "sys_id": "46d44a5d"})

ANSWERS_LOST = [
    pytest.param("drop_after", True, id="broken off after it was done"),
    pytest.param("500", True, id="500 after it was done"),
    pytest.param("504", True, id="504 after it was done"),
    pytest.param("html", True, id="a page after it was done"),
    pytest.param("cut", True, id="half an answer"),
    pytest.param("drop_before", False, id="broken off before it was done"),
    pytest.param("502", False, id="502 instead of doing it"),
    pytest.param("503", False, id="503 instead of doing it"),
    pytest.param("login_redirect", False, id="a log-in page instead of doing it"),
]
"""A fault of the sandbox, and whether the write had its effect."""

BODILESS_ANSWERS_LOST = [one for one in ANSWERS_LOST if one.values[0] != "cut"]
"""The same for a 204, which cannot break off in the middle."""


def lose(sandbox: JiraSandbox, kind: str, path: str, *, done: bool, method: str = "POST") -> None:
    """The next answer to such a write is lost."""
    details: dict[str, Any] = {"commit": True} if done and kind in ("500", "502", "504", "html") else {}
    sandbox.faults.add(kind, method=method, path=path, **details)


@dataclass
class Desk:
    """OPS-1 in a sandbox, and a writer to it; `calls` are those that the writer made."""

    sandbox: JiraSandbox
    writer: JiraWriter
    calls: list[Call]

    @property
    def cloud(self) -> bool:
        return self.sandbox.options.flavour == "cloud"

    @property
    def issue(self) -> Issue:
        found = self.sandbox.site.world.issue("OPS-1")
        assert found is not None
        return found

    @property
    def id(self) -> str:
        return str(self.issue.id)

    @property
    def status(self) -> str:
        return self.issue.status.name

    @property
    def comments(self) -> tuple[Comment, ...]:
        return self.issue.comments

    @property
    def files(self) -> tuple[Attachment, ...]:
        return self.issue.attachments

    def made(self, *, writes: bool = False) -> list[str]:
        """The names of the calls since the last question; `writes` leaves the reads out."""
        names = [call.endpoint for call in self.calls if not (writes and call.method == "GET")]
        self.calls.clear()
        return [name for name in names if name != "server"]


def fresh(jira: Site) -> Desk:
    """The first day of the site, with one issue, and a writer who knows nothing yet."""
    jira.sandbox.reset()
    jira.sandbox.act.create(summary="It broke")
    jira.calls.clear()
    return Desk(jira.sandbox, JiraWriter(jira.client), jira.calls)


@pytest.fixture(scope="module")
def running() -> Iterator[Callable[[str], Site]]:
    """One server a flavour and module: stopping one takes longer than most tests."""
    with ExitStack() as stack:
        sites: dict[str, Site] = {}

        def get(flavour: str) -> Site:
            if flavour not in sites:
                sites[flavour] = stack.enter_context(site(flavour, issues=[]))
            return sites[flavour]

        yield get


@pytest.fixture(params=FLAVOURS)
def either(request: pytest.FixtureRequest, running: Callable[[str], Site]) -> Desk:
    """On Cloud and on Data Center."""
    return fresh(running(request.param))


@pytest.fixture
def cloud(running: Callable[[str], Site]) -> Desk:
    return fresh(running("cloud"))


@pytest.fixture
def datacenter(running: Callable[[str], Site]) -> Desk:
    return fresh(running("datacenter"))
