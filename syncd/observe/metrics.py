"""What Prometheus scrapes. Counters listen to outcomes and calls; gauges ask the store when they are scraped.

Every label is known beforehand and starts at zero; no issue keys, no addresses, nothing unbounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syncd.core.model import Outcome, Result
from syncd.http import Call
from syncd.store import Counts, Cursor

LAG_BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600)
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
PARK_CAUSES = ("mapping", "missing", "stale", "rejected", "unreadable", "doubt", "remote", "bug")
CYCLE_CAUSES = ("auth", "unavailable", "throttled", "rejected", "unreadable", "database", "refused", "other")


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self, mappings: Sequence[str], connections: Sequence[str], version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own signature
        self.registry = CollectorRegistry()
        self._outcomes = Counter(
            "syncd_outcomes", "What came of issues and notes.", ["mapping", "result"], registry=self.registry
        )
        self._calls = Counter(
            "syncd_http_requests", "HTTP calls made, reads and writes.", ["connection", "endpoint", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "syncd_http_request_seconds", "How long calls took.", ["connection"], buckets=CALL_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._waits = Counter(
            "syncd_http_wait_seconds", "How long calls waited for their turn: budget, concurrency.", ["connection"],
            registry=self.registry,
        )  # fmt: skip
        self._lag = Histogram(
            "syncd_lag_seconds", "From a change in Jira to its write in ServiceNow.", ["mapping"], buckets=LAG_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._failures = Counter(
            "syncd_cycle_failures", "Cycles that failed as a whole, by cause.", ["mapping", "cause"],
            registry=self.registry,
        )  # fmt: skip
        Info("syncd_build", "The running version.", registry=self.registry).info({"version": version})
        for mapping in mappings:
            self._lag.labels(mapping)
            for result in Result:
                self._outcomes.labels(mapping, result)
            for cause in CYCLE_CAUSES:
                self._failures.labels(mapping, cause)
        for connection in connections:
            self._seconds.labels(connection)
            self._waits.labels(connection)

    def outcome(self, outcome: Outcome) -> None:
        self._outcomes.labels(outcome.mapping, outcome.result).inc()
        if outcome.lag is not None:
            self._lag.labels(outcome.mapping).observe(outcome.lag)

    def call(self, call: Call) -> None:
        self._calls.labels(call.connection, call.endpoint, call.outcome).inc()
        self._seconds.labels(call.connection).observe(call.seconds)
        self._waits.labels(call.connection).inc(call.waited)

    def cycle_failed(self, mapping: str, cause: str) -> None:
        self._failures.labels(mapping, cause if cause in CYCLE_CAUSES else "other").inc()

    def watch(self, gauges: Callable[[], Gauges]) -> None:
        """Ask `gauges` whenever the metrics are scraped."""
        self.registry.register(_Scraped(gauges))

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)


class Gauges:
    """What the store and the health say at one moment, as metrics."""

    def __init__(
        self,
        counts: Iterable[Counts],
        cursors: Iterable[Cursor],
        parked: dict[tuple[str, str], int],
        *,
        ready: bool,
        budgets: Mapping[str, float] | None = None,
    ) -> None:
        self._counts = list(counts)
        self._cursors = list(cursors)
        self._parked = parked
        self._ready = ready
        self._budgets = budgets or {}

    def families(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("syncd_ready", "1 while the process is ready to do its work.")
        ready.add_metric([], float(self._ready))
        yield ready
        yield self._per_mapping(
            "syncd_links", "Issues that have a record.", [(c.mapping, c.linked) for c in self._counts]
        )
        yield self._per_mapping("syncd_backlog", "Links that are due now.", [(c.mapping, c.due) for c in self._counts])
        yield self._per_mapping(
            "syncd_in_doubt", "Writes whose fate is not known yet.", [(c.mapping, c.in_doubt) for c in self._counts]
        )
        yield self._per_mapping(
            "syncd_oldest_due_seconds",
            "Age of the longest-waiting due link; 0 when none waits.",
            [(c.mapping, c.oldest_due or 0.0) for c in self._counts],
        )
        yield self._per_mapping(
            "syncd_last_attempt_timestamp_seconds",
            "When the last cycle was tried; 0 before the first.",
            [(c.mapping, c.last_attempt or 0.0) for c in self._cursors],
        )
        yield self._per_mapping(
            "syncd_last_success_timestamp_seconds",
            "When the last cycle succeeded; 0 before the first.",
            [(c.mapping, c.last_success or 0.0) for c in self._cursors],
        )
        budget = GaugeMetricFamily(
            "syncd_budget_ready_calls",
            "Calls of the hourly budget that may be made at once; 0: calls wait for their turn.",
            labels=["connection"],
        )
        for connection, calls in self._budgets.items():
            budget.add_metric([connection], calls)
        yield budget
        parked = GaugeMetricFamily("syncd_parked", "Issues set aside, by cause.", labels=["mapping", "cause"])
        for cursor in self._cursors:
            for cause in PARK_CAUSES:
                parked.add_metric([cursor.mapping, cause], self._parked.get((cursor.mapping, cause), 0))
        yield parked

    def _per_mapping(self, name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=["mapping"])
        for mapping, value in values:
            family.add_metric([mapping], value)
        return family


class _Scraped(Collector):
    def __init__(self, gauges: Callable[[], Gauges]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._gauges().families()

    def describe(self) -> Iterator[Metric]:
        return iter(())
