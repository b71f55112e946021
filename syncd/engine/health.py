"""Whether the process can do its work, and why not. Pure but for the questions it asks the store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from syncd.errors import SyncdError
from syncd.store import Counts, Cursor, Store, sentence

MISSED_CYCLES = 3
"""A mapping whose last success is this many poll intervals old (and at least LEAST_SECONDS) is not ready."""

LEAST_SECONDS = 30.0

MOST_SKEW = 60.0
"""Seconds by which two clocks may differ before somebody is told."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Ready, or the reasons why not: one sentence each, naming the mapping and the error.

    `warnings` are what somebody should look at although the work goes on.
    """

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Status:
    """All that `syncd status` and the status page show."""

    readiness: Readiness
    counts: tuple[Counts, ...]
    cursors: tuple[Cursor, ...]
    now: float

    @property
    def in_order(self) -> bool:
        """Nothing has failed or is parked; whether a daemon is running is another question."""
        return not any(cursor.failed for cursor in self.cursors) and not any(count.parked for count in self.counts)


def status(store: Store, mappings: Sequence[str], poll_interval: float) -> Status:
    """Ask the store how things stand."""
    now = store.links.time()
    counts = {count.mapping: count for count in store.reports.counts()}
    cursors = {cursor.mapping: cursor for cursor in store.cursors.all()}
    shown = [*mappings, *sorted(set(cursors) - set(mappings))]
    ready = readiness(cursors, mappings, now, poll_interval)
    return Status(
        replace(ready, warnings=(*_ceilings(store), *_clocks(cursors, now, time.time()))),
        tuple(counts.get(name) or Counts(name, 0, 0, 0, 0, 0, 0, 0, None) for name in shown),
        tuple(cursors.get(name) or Cursor(name, "", None, None, None, "", False) for name in shown),
        now,
    )


def ready_now(store: Store, mappings: Sequence[str], poll_interval: float) -> Readiness:
    """Readiness, with a database that does not answer as one of the reasons."""
    try:
        return status(store, mappings, poll_interval).readiness
    except SyncdError as error:
        return Readiness((str(error),))


def _ceilings(store: Store) -> Iterator[str]:
    for (mapping, ceiling), issues in sorted(store.ceilings.held_back().items()):
        yield f"mapping {mapping}: {issues} issues are held back: {sentence(mapping, ceiling)}"


def _clocks(cursors: Mapping[str, Cursor], now: float, here: float) -> Iterator[str]:
    """Nothing is decided by clocks that differ, but people compare times, and tokens end by them."""
    wrong = "; set it by NTP, or nobody can compare the times in the two systems"
    if abs(here - now) > MOST_SKEW:
        yield f"the clock of this machine is {spoken_skew(here - now)} the database's{wrong}"
    skews = {cursor.site: cursor.clock_skew for cursor in cursors.values() if cursor.clock_skew is not None}
    for site, skew in sorted(skews.items()):
        if abs(skew) > MOST_SKEW:
            yield f"the clock of Jira at {site} is {spoken_skew(skew)} the database's{wrong}"


def spoken_skew(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def readiness(cursors: dict[str, Cursor], mappings: Sequence[str], now: float, poll_interval: float) -> Readiness:
    """Ready when every mapping that is not paused has lately completed a cycle."""
    longest = max(MISSED_CYCLES * poll_interval, LEAST_SECONDS)
    reasons = []
    for name in mappings:
        cursor = cursors.get(name)
        if cursor is not None and cursor.paused:
            continue
        errors = [error for error in (cursor.error, cursor.work_error, cursor.alarm) if error] if cursor else []
        if errors:
            reasons += [f"mapping {name}: {error}" for error in errors]
        elif cursor is None or cursor.last_success is None:
            reasons.append(f"mapping {name}: no cycle has been completed yet")
        elif now - cursor.last_success > longest:
            reasons.append(f"mapping {name}: the last complete cycle is {now - cursor.last_success:.0f} s old")
    return Readiness(tuple(reasons))


def status_json(now: Status) -> dict[str, Any]:
    """The status as JSON values; the same document for the API and for `syncd status --json`."""
    cursors = {cursor.mapping: cursor for cursor in now.cursors}
    return {
        "ready": now.readiness.ready,
        "reasons": list(now.readiness.reasons),
        "warnings": list(now.readiness.warnings),
        "mappings": [{**asdict(counts), **asdict(cursors[counts.mapping])} for counts in now.counts],
    }
