"""The instance's two kinds of 429: rate rules per hour, and a semaphore with a bounded queue (facts 6.1 to 6.6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.clock import Clock
from syncd.sandbox.servicenow.options import Options, RateRule

HOUR = 3600


class QueueFull(Exception):
    """All threads are busy and the queue is full."""


class RateRules:
    """Counts requests per hour, rule and user."""

    def __init__(self, rules: Iterable[RateRule], clock: Clock) -> None:
        self._rules = tuple(rules)
        self._clock = clock
        self._counts: dict[tuple[int, str, int], int] = {}

    def rule_for(self, resource: str, user: User) -> RateRule | None:
        """A rule for this user beats one for a role beats one for all; of several roles the lowest counts."""
        own = [r for r in self._rules if r.resource == resource]
        by_user = [r for r in own if r.user == user.user_name]
        by_role = sorted((r for r in own if r.role and r.role in user.roles), key=lambda r: r.limit)
        for_all = [r for r in own if not r.user and not r.role]
        return next(iter((*by_user, *by_role, *for_all)), None)

    def count(self, rule: RateRule, user: User) -> tuple[bool, int]:
        """Count one request. Whether it is still allowed, and the unix time at which the hour ends."""
        hour = int(self._clock.now().timestamp()) // HOUR
        key = (self._rules.index(rule), user.user_name, hour)
        self._counts = {k: n for k, n in self._counts.items() if k[2] == hour}
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= rule.limit, (hour + 1) * HOUR


class Semaphore:
    """At most so many requests at work, so many waiting; the next one is refused at once."""

    def __init__(self, options: Options) -> None:
        self._slots = asyncio.Semaphore(options.concurrency) if options.concurrency else None
        self._queue_limit = options.queue_limit
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Work while holding a thread. May raise `QueueFull`."""
        if self._slots is None:
            yield
            return
        if self._slots.locked() and self._waiting >= self._queue_limit:
            raise QueueFull
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()
