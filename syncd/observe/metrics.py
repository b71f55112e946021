"""What this process counts, for Prometheus. It listens to outcomes, calls and failed cycles; what the database knows is
asked at each scrape (`gauges.py`).

Every label is known beforehand and starts at zero (`labels.py`); no issue keys, no addresses, nothing unbounded.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from syncd.core.model import Outcome, Result
from syncd.http import Call
from syncd.observe.gauges import Gauges, Scraped
from syncd.observe.labels import CALL_OUTCOMES, CEILINGS, CYCLE_CAUSES, ENDPOINTS, GUARDS, OTHER, WEBHOOKS, known

LAG_BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600)
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)


LET_IN = frozenset({"ok", "rejected", "notfound"})
"""Outcomes of calls that only somebody with good credentials gets."""

OPEN_TO_ALL = frozenset({"server"})
"""Endpoints that answer strangers too, and so prove nothing (jira facts 10.5)."""


class Metrics:
    """All metrics of one process, in a registry of their own. `connections` says of each which type it is."""

    def __init__(self, mappings: Sequence[str], connections: Mapping[str, str], version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own signature
        self.registry = CollectorRegistry()
        self._outcomes = self._counter("syncd_outcomes", "What came of issues and notes.", "mapping", "result")
        self._lag = Histogram(
            "syncd_lag_seconds", "From a change in Jira to its write in ServiceNow.", ["mapping"], buckets=LAG_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._opened = self._counter(
            "syncd_doubts_opened", "Writes whose answer was lost, so that nobody knew their fate.", "mapping"
        )
        self._resolved = self._counter(
            "syncd_doubts_resolved", "Doubts that ended, since the target was asked what had become of them.", "mapping"
        )
        self._ceilings = self._counter(
            "syncd_ceilings_hit",
            "Rounds of work that ended at a ceiling: the mapping had written as much as it may for now.",
            "mapping",
            "ceiling",
        )
        self._guards = self._counter(
            "syncd_guard", "Times that nothing was concluded, since too much would have followed.", "mapping", "guard"
        )
        self._failures = self._counter(
            "syncd_cycle_failures", "Cycles that failed as a whole, by cause.", "mapping", "cause"
        )
        self._calls = self._counter(
            "syncd_http_requests", "HTTP calls made, reads and writes.", "connection", "endpoint", "outcome"
        )
        self._seconds = Histogram(
            "syncd_http_request_seconds", "How long calls took.", ["connection", "endpoint"], buckets=CALL_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._waits = self._counter(
            "syncd_http_wait_seconds", "How long calls waited for their turn: budget, concurrency.", "connection"
        )
        self._webhooks = self._counter(
            "syncd_webhooks", "Events that Jira's webhooks sent, by what became of them.", "connection", "result"
        )
        self._skew = Gauge(
            "syncd_clock_skew_seconds", "How far the other system's clock is ahead of this machine's, when last seen.",
            ["connection"], registry=self.registry,
        )  # fmt: skip
        self._refused = Gauge(
            "syncd_credentials_refused", "1 after credentials were refused, until they are accepted.", ["connection"],
            registry=self.registry,
        )  # fmt: skip
        Info("syncd_build", "What runs.", registry=self.registry).info(
            {"version": version, "python": platform.python_version()}
        )
        ProcessCollector(registry=self.registry)
        for mapping in mappings:
            self._begin_mapping(mapping)
        self._endpoints: dict[str, tuple[str, ...]] = {}
        for connection, kind in connections.items():
            self.begin_connection(connection, kind)

    def begin_connection(self, connection: str, kind: str) -> None:
        """Start everything about a connection at zero."""
        self._endpoints[connection] = ENDPOINTS.get(kind, (OTHER,))
        self._waits.labels(connection)
        for heard in WEBHOOKS if kind == "jira" else ():
            self._webhooks.labels(connection, heard)
        self._skew.labels(connection)
        self._refused.labels(connection)
        for endpoint in self._endpoints[connection]:
            self._seconds.labels(connection, endpoint)
            for outcome in CALL_OUTCOMES:
                self._calls.labels(connection, endpoint, outcome)

    def outcome(self, outcome: Outcome) -> None:
        self._outcomes.labels(outcome.mapping, outcome.result).inc()
        if outcome.lag is not None:
            self._lag.labels(outcome.mapping).observe(outcome.lag)
        if outcome.result is Result.DOUBT or outcome.cause == "doubt":
            self._opened.labels(outcome.mapping).inc()
        if outcome.result is Result.RESOLVED:
            self._resolved.labels(outcome.mapping).inc()

    def call(self, call: Call) -> None:
        endpoint = known(call.endpoint, self._endpoints.get(call.connection, ()))
        self._calls.labels(call.connection, endpoint, call.outcome).inc()
        self._seconds.labels(call.connection, endpoint).observe(call.seconds)
        self._waits.labels(call.connection).inc(call.waited)
        if call.outcome == "auth":
            self._refused.labels(call.connection).set(1)
        elif call.outcome in LET_IN and endpoint not in OPEN_TO_ALL:
            self._refused.labels(call.connection).set(0)
        if call.skew is not None:
            self._skew.labels(call.connection).set(call.skew)

    def cycle_failed(self, mapping: str, cause: str) -> None:
        self._failures.labels(mapping, known(cause, CYCLE_CAUSES)).inc()

    def guarded(self, mapping: str, guard: str) -> None:
        self._guards.labels(mapping, known(guard, GUARDS)).inc()

    def ceiling_hit(self, mapping: str, ceiling: str) -> None:
        self._ceilings.labels(mapping, ceiling).inc()

    def webhook(self, connection: str, heard: str) -> None:
        self._webhooks.labels(connection, heard).inc()

    def watch(self, gauges: Callable[[], Gauges]) -> None:
        """Ask `gauges` whenever the metrics are scraped."""
        self.registry.register(Scraped(gauges))

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _begin_mapping(self, mapping: str) -> None:
        for plain in (self._lag, self._opened, self._resolved):
            plain.labels(mapping)
        for result in Result:
            self._outcomes.labels(mapping, result)
        for ceiling in CEILINGS:
            self._ceilings.labels(mapping, ceiling)
        for cause in CYCLE_CAUSES:
            self._failures.labels(mapping, cause)
        for guard in GUARDS:
            self._guards.labels(mapping, guard)
