"""Both flavours of Jira keep the contract of a source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.source import SourceContract
from tests.jira.sandbox import FLAVOURS, Site, site


class JiraWorld:
    query = "project = OPS"
    other_query = "project = EMPTY ORDER BY rank"
    broken_query = "project = NOWHERE"

    def __init__(self, held: Site) -> None:
        self._held = held
        self._act = held.sandbox.act
        self.source = held.source
        self._act.add_project("EMPTY")

    def create(self, summary: str) -> str:
        return str(self._act.create(summary=summary).id)

    def edit(self, issue: str, summary: str) -> None:
        self._act.edit(issue, {"summary": summary})

    def delete(self, issue: str) -> None:
        self._act.delete(issue)

    def hide(self, issue: str) -> None:
        self._act.restrict(issue)

    def archive(self, issue: str) -> None:
        self._act.archive(issue)

    def leave(self, issue: str) -> str:
        return str(self._act.move(issue, "ELSEWHERE").key)

    def hide_project(self) -> None:
        self._act.deny("browse", "OPS")

    def comment(self, issue: str, body: str) -> str:
        return str(self._act.comment(issue, body).id)

    def edit_comment(self, comment: str, body: str) -> None:
        self._act.edit_comment(comment, body)

    def delete_comment(self, comment: str) -> None:
        self._act.delete_comment(comment)

    def pass_time(self, seconds: float) -> None:
        self._held.sandbox.clock.advance(seconds)

    def revoke(self) -> None:
        self._held.sandbox.revoke()


@pytest.fixture(params=FLAVOURS)
def world(request: pytest.FixtureRequest) -> Iterator[JiraWorld]:
    with site(request.param) as held:
        yield JiraWorld(held)


class TestJiraSource(SourceContract):
    pass
