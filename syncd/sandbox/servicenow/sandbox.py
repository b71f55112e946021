"""A simulated ServiceNow: `ServiceNowSandbox(seed=1).app` is an ASGI app, the rest is for tests to look and to meddle.

This module puts the parts together; what ServiceNow does is in the modules that it names.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from syncd.sandbox.servicenow import journal, seed, writing
from syncd.sandbox.servicenow.access import SYSTEM, User
from syncd.sandbox.servicenow.apis import routes
from syncd.sandbox.servicenow.authentication import Authentication
from syncd.sandbox.servicenow.call_log import CallLog
from syncd.sandbox.servicenow.clock import STAMP, Clock
from syncd.sandbox.servicenow.control import PREFIX, Control
from syncd.sandbox.servicenow.database import Row, Table
from syncd.sandbox.servicenow.edge import Edge
from syncd.sandbox.servicenow.encoded_query import parse
from syncd.sandbox.servicenow.exchange import Answer, Call
from syncd.sandbox.servicenow.faults import Faults
from syncd.sandbox.servicenow.gateway import Gateway
from syncd.sandbox.servicenow.import_sets import ImportSets
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.limits import RateRules, Semaphore
from syncd.sandbox.servicenow.options import Options
from syncd.sandbox.servicenow.pages import Pages
from syncd.sandbox.servicenow.rules_incident import CLOSED, RESOLVED
from syncd.sandbox.servicenow.sessions import Sessions
from syncd.sandbox.servicenow.tokens import Tokens

T = TypeVar("T")


class ServiceNowSandbox:
    """One simulated instance.

    `ServiceNowSandbox(Options(...))` or `ServiceNowSandbox(seed=1, latency=0.05)`. Serve `app`; what tests do to the
    instance from their own thread is done on the server's event loop, between two requests.
    """

    def __init__(self, options: Options | None = None, **settings: Any) -> None:
        self.options = replace(options or Options(), **settings)
        self.clock = Clock()
        self.calls = CallLog()
        self.faults = Faults(self.options.seed)
        self.tokens = Tokens(self.clock, self.options.token_seconds, self.options.seed)
        self._edge = Edge(self._handle, self._wire, self.options.instance_url)
        self._begin()

    @property
    def app(self) -> Edge:
        """The ASGI application."""
        return self._edge

    @property
    def tables(self) -> dict[str, Table]:
        """Tables by name, each a mapping of sys_id to row; rows hold only what is not empty."""
        return self.instance.database.tables

    def rows(self, table: str, query: str = "") -> list[Row]:
        """Whole rows with all columns, in the order they were made, of the table and what extends it."""
        found = self.instance.database.rows(table)
        if query:
            wanted = {row["sys_id"] for row in self.instance.search(table, parse(query), SYSTEM)}
            found = [row for row in found if row["sys_id"] in wanted]
        return [self._whole(table, row) for row in found]

    def row(self, table: str, sys_id: str) -> Row:
        """One whole row. KeyError if there is none."""
        found = self.instance.database.find(table, sys_id)
        if found is None:
            raise KeyError(f"{table} has no record {sys_id}")
        return self._whole(*found)

    def journal(self, sys_id: str) -> list[Row]:
        """The record's journal entries in the order they were written."""
        return [dict(entry) for entry in journal.entries(self.instance.database, sys_id)]

    def create(self, table: str, values: Mapping[str, Any], *, as_user: str = "admin") -> Row:
        """Create a record as this user would in the browser."""
        user = self._user(as_user)
        return self._whole(table, self._on_loop(lambda: writing.insert(self.instance, table, values, user)))

    def edit(self, table: str, sys_id: str, values: Mapping[str, Any], *, as_user: str = "admin") -> Row:
        """Change a record as this user would in the browser, journal fields included."""
        user = self._user(as_user)
        self._on_loop(lambda: writing.update(self.instance, table, sys_id, values, user))
        return self.row(table, sys_id)

    def remove(self, table: str, sys_id: str, *, as_user: str = "admin") -> None:
        """Delete a record, whatever the rights."""
        user, real = self._user(as_user), self.row(table, sys_id)
        name = real.get("sys_class_name") or table
        self._on_loop(lambda: writing.remove(self.instance, name, sys_id, user))

    def hide(self, sys_id: str, *, hidden: bool = True) -> None:
        """Let an access rule hide one record from everybody but admin, or show it again."""
        (self.instance.hidden_records.add if hidden else self.instance.hidden_records.discard)(sys_id)

    def relabel(self, table: str, column: str, label: str) -> None:
        """Give a column another label, as a language pack does."""
        self.instance.schema.relabel(table, column, label)

    def auto_close(self, days: float = 0.0) -> int:
        """The nightly job: close what has been resolved for so many days, as `system` (facts 4.7)."""
        limit = (self.clock.now() - timedelta(days=days)).strftime(STAMP)

        def close() -> int:
            due = [r for r in self.tables["incident"] if r.get("state") == RESOLVED and r["resolved_at"] <= limit]
            for row in due:
                writing.update(self.instance, "incident", row["sys_id"], {"state": CLOSED}, SYSTEM)
            return len(due)

        return self._on_loop(close)

    def settle_attachments(self) -> int:
        """Pending attachments become available, by the hand of `system` (facts 2.7)."""

        def settle() -> int:
            pending = [r for r in self.tables["sys_attachment"] if r.get("state") == "pending"]
            for row in pending:
                self.tables["sys_attachment"].change(row["sys_id"], {"state": "available"})
                writing.touch(self.instance, "sys_attachment", row["sys_id"])
            return len(pending)

        return self._on_loop(settle)

    def run_imports(self) -> int:
        """Transform what insertMultiple has staged; how many rows that were."""
        return self._on_loop(lambda: ImportSets(self.instance).run_pending())

    def set_options(self, **settings: Any) -> dict[str, Any]:
        """Change switches while it runs. Those that make the instance (users, tables, seed) need a new sandbox."""
        self.options = replace(self.options, **settings)
        self.instance.options = self.options
        self._wire()
        return settings

    def state(self) -> dict[str, Any]:
        """Everything that a test may want to see: task records with their journals, attachments, call counts."""
        tasks = {d.name: self.rows(d.name) for d in self.instance.schema if d.number and len(self.tables[d.name])}
        return {
            "now": self.clock.stamp(),
            "commits": self.instance.commits,
            "records": tasks,
            "journals": [dict(row) for row in self.tables[journal.TABLE]],
            "attachments": [dict(row) for row in self.tables["sys_attachment"]],
            "calls": self.calls.as_document(),
        }

    def reset(self) -> dict[str, bool]:
        """As new: no records, no faults, no counts; options and users stay."""
        self.calls.clear()
        self.faults.clear()
        self.clock.release()
        self._begin()
        return {"reset": True}

    def _begin(self) -> None:
        self.instance = Instance.provisioned(self.options, self.clock)
        seed.fill(self.instance)
        self._wire()

    def _wire(self) -> None:
        self.sessions = Sessions(self.options)
        authentication = Authentication(self.instance, self.tokens)
        router, batch = routes(self.instance, self.tokens, authentication)
        self._gateway = Gateway(
            self.instance,
            router,
            authentication,
            self.sessions,
            self.faults,
            self.calls,
            RateRules(self.options.rate_rules, self.clock),
            Semaphore(self.options),
        )
        batch.connect(self._gateway)
        self._control = Control(self)
        self._pages = Pages(self.instance)

    async def _handle(self, call: Call) -> Answer:
        if call.path.startswith("/api/"):
            return await self._gateway.handle(call)
        if call.path.startswith(PREFIX):
            return self._control.handle(call)
        return self._pages.handle(call) or await self._gateway.handle(call)

    def _whole(self, table: str, row: Row) -> Row:
        return {name: row.get(name, "") for name in self.instance.schema.columns(row.get("sys_class_name") or table)}

    def _user(self, user_name: str) -> User:
        """The user with an administrator's rights: a test that meddles is not to be refused."""
        user = self.instance.users.get(user_name.lower(), replace(SYSTEM, user_name=user_name))
        return replace(user, roles=user.roles | {"admin"})

    def _on_loop(self, work: Callable[[], T]) -> T:
        """Do it on the server's event loop if that runs in another thread, so that it falls between two requests."""
        loop = self._edge.loop
        if loop is None or not loop.is_running() or self._edge.thread == threading.get_ident():
            return work()

        async def task() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(task(), loop).result(timeout=30)
