"""The gauges of a scrape: what the database and the budgets say at this moment.

A scrape asks once, and never fails or hangs with the database: if that does not answer, `syncd_database_up` and
`syncd_ready` are 0, the other gauges are absent, and everything that this process counts itself is there as ever.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syncd.errors import SyncdError
from syncd.observe.labels import CEILINGS, PARK_CAUSES
from syncd.store import Cursor, Priority
from syncd.store.figures import Backlog, Figures

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a scrape waits for the database; Prometheus gives up after ten by default."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is to be shown. `budgets` are ready calls and `allowances` calls per hour, by connection that has them."""

    mappings: Sequence[str]
    figures: Figures
    ready: bool
    poll_interval: float = 0.0
    budgets: Mapping[str, float] = field(default_factory=dict)
    allowances: Mapping[str, float] = field(default_factory=dict)

    def families(self) -> Iterator[Metric]:
        figures = self.figures
        cursors = [(name, figures.cursors.get(name)) for name in self.mappings]
        yield _family("syncd_database_up", "1 while the database answers.", (), {(): 1.0})
        yield _family("syncd_ready", "1 while the process is ready to do its work.", (), {(): float(self.ready)})
        yield self._per_mapping("syncd_links", "Issues that have a record.", figures.linked)
        yield self._per_mapping("syncd_in_doubt", "Writes whose fate is not known yet.", figures.in_doubt)
        backlog = {
            (mapping, priority.name.lower()): figures.backlog.get((mapping, priority), Backlog())
            for mapping in self.mappings
            for priority in Priority
        }
        yield _family(
            "syncd_backlog", "Links that are due now.", ("mapping", "priority"),
            {labels: entry.due for labels, entry in backlog.items()},
        )  # fmt: skip
        yield _family(
            "syncd_oldest_due_seconds", "Age of the longest-waiting due link; 0 when none waits.",
            ("mapping", "priority"), {labels: entry.oldest for labels, entry in backlog.items()},
        )  # fmt: skip
        yield _family(
            "syncd_parked", "Issues set aside, by cause.", ("mapping", "cause"),
            {(name, cause): figures.parked.get((name, cause), 0) for name in self.mappings for cause in PARK_CAUSES},
        )  # fmt: skip
        yield _family(
            "syncd_barred", "Issues that wait since a ceiling of the mapping was reached.", ("mapping", "ceiling"),
            {(name, word): figures.barred.get((name, word), 0) for name in self.mappings for word in CEILINGS},
        )  # fmt: skip
        yield self._per_mapping(
            "syncd_held", "Links about which a person should know something: a value that is kept, a second record.",
            figures.held,
        )  # fmt: skip
        yield self._per_mapping(
            "syncd_alarm", "1 while a guard waits for a person to look before more is believed.",
            {name: float(cursor is not None and cursor.alarm != "") for name, cursor in cursors},
        )  # fmt: skip
        yield self._per_mapping(
            "syncd_last_attempt_timestamp_seconds", "When the last cycle was tried; 0 before the first.",
            {name: _time(None if cursor is None else cursor.last_attempt) for name, cursor in cursors},
        )  # fmt: skip
        yield self._per_mapping(
            "syncd_last_success_timestamp_seconds", "When the last cycle succeeded; 0 before the first.",
            {name: _time(None if cursor is None else cursor.last_success) for name, cursor in cursors},
        )  # fmt: skip
        yield self._per_mapping(
            "syncd_paused", "1 while the mapping is paused by an operator.",
            {name: float(_paused(cursor)) for name, cursor in cursors},
        )  # fmt: skip
        yield _family(
            "syncd_poll_interval_seconds", "How often each mapping asks what changed.", (), {(): self.poll_interval}
        )
        yield _family(
            "syncd_budget_ready_calls",
            "Calls of the hourly budget that may be made at once; 0: calls wait for their turn.",
            ("connection",), {(name,): calls for name, calls in self.budgets.items()},
        )  # fmt: skip
        yield _family(
            "syncd_budget_calls_per_hour", "The hourly budget, shared by all processes.",
            ("connection",), {(name,): calls for name, calls in self.allowances.items()},
        )  # fmt: skip

    def _per_mapping(self, name: str, text: str, values: Mapping[str, float]) -> Metric:
        return _family(name, text, ("mapping",), {(mapping,): values.get(mapping, 0) for mapping in self.mappings})


class Scraped(Collector):
    """Asks `gauges` at each scrape, in a thread that may get stuck in its stead; scrapes at once share one question."""

    def __init__(self, gauges: Callable[[], Gauges], patience: float = PATIENCE) -> None:
        self._gauges = gauges
        self._patience = patience
        self._lock = threading.Lock()
        self._asked: _Question | None = None

    def collect(self) -> Iterator[Metric]:
        gauges = self._question().wait(self._patience)
        yield from _without_database() if gauges is None else gauges.families()

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry is not to ask while it is being put together."""
        return iter(())

    def _question(self) -> _Question:
        with self._lock:
            if self._asked is None or self._asked.over:
                self._asked = _Question(self._gauges)
            return self._asked


class _Question(threading.Thread):
    """One question to the database. A daemon thread, so that a database that hangs keeps no process from ending."""

    def __init__(self, gauges: Callable[[], Gauges]) -> None:
        super().__init__(name="scrape", daemon=True)
        self._ask = gauges
        self._answer: Gauges | None = None
        self.start()

    @property
    def over(self) -> bool:
        return not self.is_alive()

    def run(self) -> None:
        try:
            self._answer = self._ask()
        except SyncdError as error:
            log.debug("a scrape goes without the database: %s", error, extra={"action": "scrape"})

    def wait(self, seconds: float) -> Gauges | None:
        self.join(seconds)
        return None if self.is_alive() else self._answer


def _without_database() -> Iterator[Metric]:
    yield _family("syncd_database_up", "1 while the database answers.", (), {(): 0.0})
    yield _family("syncd_ready", "1 while the process is ready to do its work.", (), {(): 0.0})


def _family(
    name: str, text: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _time(moment: float | None) -> float:
    return moment or 0.0


def _paused(cursor: Cursor | None) -> bool:
    return cursor is not None and cursor.paused
