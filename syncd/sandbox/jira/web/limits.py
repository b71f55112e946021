"""Rate limits as they are kept, not as faults: bursts per route, and writes per issue (facts 7.1 to 7.3)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from syncd.sandbox.jira.model import Flavour
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.refusals import RefusalError
from syncd.sandbox.jira.web.call import Call
from syncd.sandbox.jira.web.router import Route

_WRITES = ((2.0, 20), (30.0, 100))
"""Seconds and how many writes one issue takes in them."""


class Limits:
    """`issue_of` says which issue a write is about, by whatever name: they all count together."""

    def __init__(
        self, options: Options, now: Callable[[], datetime], issue_of: Callable[[Mapping[str, str]], str | None]
    ) -> None:
        self._options = options
        self._now = now
        self._issue_of = issue_of
        self._seen: dict[str, deque[datetime]] = {}

    def check(self, call: Call, route: Route) -> dict[str, str]:
        """Headers for the answer; raises 429 when it is too much."""
        headers: dict[str, str] = {}
        if self._options.burst_limit is not None and route.pattern.startswith("/rest/"):
            headers = self._burst(route.name, self._options.burst_limit)
        if route.writes and self._options.issue_write_limit and self._options.flavour is Flavour.CLOUD:
            issue = self._issue_of(call.params)
            if issue is not None:
                self._issue_writes(issue)
        return headers

    def _burst(self, name: str, limit: int) -> dict[str, str]:
        span = self._options.rate_interval
        seen, now = self._recent(name, span)
        cloud = self._options.flavour is Flavour.CLOUD
        remaining = limit - len(seen)
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(remaining - 1, 0))}
        if cloud and 0 < remaining <= limit / 5:
            headers["X-RateLimit-NearLimit"] = "true"
        if not cloud:
            headers |= {"X-RateLimit-Interval-Seconds": f"{span:g}", "X-RateLimit-FillRate": str(limit)}
        if remaining <= 0:
            raise _too_many(seen[0] + timedelta(seconds=span), now, headers, "jira-burst-based" if cloud else "")
        seen.append(now)
        return headers

    def _issue_writes(self, issue: str) -> None:
        seen, now = self._recent(f"write {issue}", _WRITES[-1][0])
        for span, limit in _WRITES:
            within = [at for at in seen if (now - at).total_seconds() < span]
            if len(within) >= limit:
                again = within[0] + timedelta(seconds=span)
                headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
                raise _too_many(again, now, headers, "jira-per-issue-on-write")
        seen.append(now)

    def _recent(self, name: str, span: float) -> tuple[deque[datetime], datetime]:
        now = self._now()
        seen = self._seen.setdefault(name, deque())
        while seen and (now - seen[0]).total_seconds() >= span:
            seen.popleft()
        return seen, now


def _too_many(again: datetime, now: datetime, headers: dict[str, str], reason: str) -> RefusalError:
    wait = {"Retry-After": str(math.ceil((again - now).total_seconds()))}
    if reason:
        wait |= {"RateLimit-Reason": reason, "X-RateLimit-Reset": f"{again.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return RefusalError(429, "Rate limit exceeded.", headers=headers | wait)
