"""ServiceNowTarget passes the contract of every target, over HTTP, against a simulated instance."""

from __future__ import annotations

import pytest

from syncd.core.model import Reference
from syncd.core.ports import Identity
from syncd.sandbox.servicenow import Acl
from syncd.sandbox.servicenow.access import Access
from syncd.servicenow import BasicAuth, ServiceNowTarget
from tests.contracts.target import TargetContract, World
from tests.servicenow.instance import Served


class ServiceNowWorld(World):
    user_reference = Reference(
        "sys_user", (("email", "nobody@example.com"), ("email", "Beth.Anglin@example.com")), "Beth"
    )
    missing_reference = Reference("sys_user", (("email", "nobody@example.com"),), "Nobody")
    ambiguous_reference = Reference("sys_user", (("last_name", "Twin"),), "one of the Twins")

    def __init__(self, instance: Served, table: str) -> None:
        self._instance = instance
        self._sandbox = instance.sandbox
        self._table = table
        self.target = ServiceNowTarget(instance.client(), table)
        for first in ("Ann", "Bea"):
            self._sandbox.create("sys_user", {"user_name": first, "first_name": first, "last_name": "Twin"})

    def stranger(self) -> ServiceNowTarget:
        return ServiceNowTarget(self._instance.client(BasicAuth("svc_syncd", "wrong")), self._table)

    def lose_answer(self, *, done: bool) -> None:
        self._sandbox.faults.add("lost_answer" if done else "lost_request", method="POST,PATCH")

    def refuse_after_the_fact(self) -> None:
        self._sandbox.faults.add("forbidden_after_commit", method="POST,PATCH")

    def hide(self, record_id: str) -> None:
        self._sandbox.hide(record_id)

    def hide_journals(self) -> None:
        nobody = Acl(self._table, "read", frozenset({"nobody"}), field=self.note_column)
        self._sandbox.set_options(journal_hidden=True)
        self._sandbox.instance.access = Access((nobody,))

    def records(self) -> int:
        return len(self._sandbox.rows(self._table))

    def notes(self, record_id: str) -> list[str]:
        return [entry["value"] for entry in self._sandbox.journal(record_id)]

    def twin(self, identity: Identity) -> str:
        row = self._sandbox.create(self._table, {"correlation_id": identity.correlation, "short_description": "twin"})
        return str(row["sys_id"])


@pytest.fixture(params=["incident", "change_request", "problem"])
def world(request: pytest.FixtureRequest, instance: Served) -> ServiceNowWorld:
    return ServiceNowWorld(instance, request.param)


class TestServiceNowTarget(TargetContract):
    """The contract, as it stands, for three tables."""
