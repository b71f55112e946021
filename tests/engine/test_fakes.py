"""The fakes keep the contracts of the adapters that they stand for, and so do the simulation's, as long as all is calm.

What they add (moods, hidden things, killed processes) is nothing that a contract speaks of.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.model import Reference
from syncd.core.ports import Identity
from tests.contracts.source import SourceContract
from tests.contracts.target import TargetContract, World
from tests.engine.world import EMPTY_PROJECT, PROJECT, FakeJira, FakeServiceNow
from tests.simulation.systems import SimulatedJira, SimulatedServiceNow


class FakeJiraWorld:
    """The fake counts issues from 1; the contract knows them by their ids."""

    query = f"project = {PROJECT}"
    other_query = f"project = {EMPTY_PROJECT}"
    broken_query = "project = NOWHERE"

    def __init__(self, jira: FakeJira) -> None:
        self.source = jira
        self._made = 0

    def create(self, summary: str) -> str:
        self._made += 1
        self.source.put(self._made, summary=summary)
        return str(10_000 + self._made)

    def edit(self, issue: str, summary: str) -> None:
        self.source.put(_number(issue), summary=summary)

    def delete(self, issue: str) -> None:
        del self.source.issues[issue]

    def hide(self, issue: str) -> None:
        self.source.hidden.add(issue)

    def archive(self, issue: str) -> None:
        self.source.archived.add(issue)

    def leave(self, issue: str) -> str:
        key = f"ELSEWHERE-{_number(issue)}"
        self.source.issues[issue] = replace(self.source.issues[issue], key=key)
        self.source.elsewhere.add(issue)
        self.source.changed_just_now.add(issue)
        return key

    def hide_project(self) -> None:
        self.source.denied.update(self.source.issues)

    def comment(self, issue: str, body: str) -> str:
        return self.source.comment(_number(issue), body)

    def edit_comment(self, comment: str, body: str) -> None:
        self.source.edit_comment(self._number_of(comment), comment, body)

    def delete_comment(self, comment: str) -> None:
        self.source.delete_comment(self._number_of(comment), comment)

    def pass_time(self, seconds: float) -> None:
        self.source.pass_time(seconds)

    def revoke(self) -> None:
        self.source.dead = True

    def _number_of(self, comment: str) -> int:
        (issue,) = [one for one in self.source.issues.values() if comment in {c.id for c in one.comments}]
        return _number(issue.id)


def _number(issue: str) -> int:
    return int(issue) - 10_000


class FakeServiceNowWorld(World):
    user_reference = Reference(
        "sys_user", (("email", "nobody@example.com"), ("email", "beth.anglin@example.com")), "Beth"
    )
    missing_reference = Reference("sys_user", (("email", "nobody@example.com"),), "Nobody")
    ambiguous_reference = Reference("sys_user", (("last_name", "Twin"),), "one of the Twins")

    def __init__(self, servicenow: FakeServiceNow) -> None:
        self.target = servicenow
        servicenow.users = frozenset({"beth.anglin@example.com"})
        servicenow.unknown_columns = frozenset({self.unknown_column})

    def stranger(self) -> FakeServiceNow:
        return replace(self.target, dead=True)

    def lose_answer(self, *, done: bool) -> None:
        self.target.moods["write"] = ["lost after" if done else "lost before"]

    def refuse_after_the_fact(self) -> None:
        self.target.moods["write"] = ["refused after"]

    def hide(self, record_id: str) -> None:
        self.target.hidden.add(record_id)

    def hide_journals(self) -> None:
        self.target.journal_readable = False

    def records(self) -> int:
        return len(self.target.records)

    def notes(self, record_id: str) -> list[str]:
        return self.target.journal.get(record_id, [])

    def twin(self, identity: Identity) -> str:
        return self.target.create("e" * 32, identity.correlation, {self.text_column: "twin"}, ()).id


class TestFakeJira(SourceContract):
    @pytest.fixture(params=[FakeJira, SimulatedJira])
    def world(self, request: pytest.FixtureRequest) -> FakeJiraWorld:
        return FakeJiraWorld(request.param())


class TestFakeServiceNow(TargetContract):
    @pytest.fixture(params=[FakeServiceNow, SimulatedServiceNow])
    def world(self, request: pytest.FixtureRequest) -> FakeServiceNowWorld:
        return FakeServiceNowWorld(request.param())
