"""One Jira site: everything that a handler may need, in one place, under one lock."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from zoneinfo import ZoneInfo

from syncd.sandbox.jira.access import Access
from syncd.sandbox.jira.clock import Clock
from syncd.sandbox.jira.cursors import Cursors
from syncd.sandbox.jira.hits import Hits
from syncd.sandbox.jira.index import Index
from syncd.sandbox.jira.ingest import ingest
from syncd.sandbox.jira.jql import Context
from syncd.sandbox.jira.jql.dates import PRECISIONS
from syncd.sandbox.jira.model import Json, User
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.people import People
from syncd.sandbox.jira.refresh_tokens import RefreshTokens
from syncd.sandbox.jira.shapes.view import View
from syncd.sandbox.jira.web.call import Call
from syncd.sandbox.jira.web.faults import Fault, Faults
from syncd.sandbox.jira.web.limits import Limits
from syncd.sandbox.jira.web.logins import Logins
from syncd.sandbox.jira.webhooks import Webhooks
from syncd.sandbox.jira.world import World
from syncd.sandbox.jira.writer import Writer


@dataclass(frozen=True, slots=True)
class Request:
    """One request that was answered, or suffered a fault."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    status: int
    fault: Fault | None


class Site:
    def __init__(
        self,
        options: Options,
        issues: Sequence[Mapping[str, Json]],
        *,
        index_lag: float | tuple[float, float] = 0.0,
        flicker: float = 0.0,
        clock_skew: float = 0.0,
    ) -> None:
        self.lock = threading.RLock()
        self._first_day = (options, issues, index_lag, flicker, clock_skew)
        self.reset()

    def reset(self) -> None:
        """The first day again: the same issues, healthy knobs, nothing remembered."""
        options, issues, index_lag, flicker, clock_skew = self._first_day
        self.options = replace(options)
        self.clock = Clock(clock_skew)
        self.random = random.Random(options.seed)
        self.people = People(options.time_zone)
        self.world = World()
        self.access = Access(self.world, lambda: self.options.anonymous_browse)
        self.index = Index(self.clock.now, 0.0, 0.0, options.seed)
        self.world.watch = self.index.record
        self.writer = Writer(self.world, self.people, self.clock, self.options)
        self.logins = Logins(self.people, self.options, self.clock.now)
        self.limits = Limits(self.options, self.clock.now, self._issue_of)
        self.faults = Faults(options.seed)
        self.cursors = Cursors(options.seed)
        self.refresh_tokens = RefreshTokens()
        self.webhooks = Webhooks(self)
        self.writer.listen = self.webhooks.tell
        self.media: dict[str, str] = {}  # tokens of the storage host, to attachments
        self.leaks: list[str] = []  # requests that brought Jira's credentials to the storage host
        self.found: dict[tuple[object, ...], Hits] = {}  # the last searches
        self.calls: Counter[str] = Counter()
        self.requests: deque[Request] = deque(maxlen=20_000)
        ingest(issues, self.world, self.people)
        self.index.lag, self.index.flicker = index_lag, flicker

    def turn(self, knobs: Mapping[str, Any]) -> None:
        """Set options, the index's included. Who lives here and which flavour it is cannot change while it runs."""
        known = {field.name for field in fields(Options)} - {"flavour", "seed", "time_zone"}
        if unknown := set(knobs) - known - {"index_lag", "flicker"}:
            raise ValueError(f"there are no knobs {sorted(unknown)}; there are {sorted(known)}, index_lag and flicker")
        self.found.clear()
        for name, value in knobs.items():
            if name == "index_lag":
                self.index.lag = (value[0], value[1]) if isinstance(value, list | tuple) else value
            elif name == "flicker":
                self.index.flicker = value
            else:
                setattr(self.options, name, value)

    def _issue_of(self, params: Mapping[str, str]) -> str | None:
        """The id of the issue that the address of a request is about, be it named by its key or by a comment."""
        if "comment" in params:
            held = self.world.comment(params["comment"])
            issue = held[0] if held else None
        else:
            issue = self.world.issue(params["issue"]) if "issue" in params else None
        return str(issue.id) if issue else None

    def zone_of(self, user: User | None) -> ZoneInfo:
        return ZoneInfo(user.zone if user else self.options.server_zone)

    def view(self, call: Call, version: int | None = None) -> View:
        return View(
            self.world,
            self.people,
            self.access,
            self.options,
            version or call.version,
            call.base,
            call.user,
            self.zone_of(call.user),
            self.clock.now(),
        )

    def query_context(self, caller: User | None) -> Context:
        return Context(
            self.world,
            self.people,
            self.access,
            self.options.flavour,
            caller,
            self.zone_of(caller),
            self.clock.now(),
            PRECISIONS[self.options.index_precision],
            self.options.date_forms,
        )
