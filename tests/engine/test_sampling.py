"""Once a minute somebody notes how things stand: one process the levels, each its own share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from syncd.core.model import Outcome, Result
from syncd.engine.sampling import levels, sample
from syncd.errors import DatabaseError
from syncd.http import Call
from syncd.observe.sums import Sums
from syncd.store import Priority, Store
from syncd.store.figures import Backlog, Figures
from syncd.store.samples import Figure, Values


def call(outcome: str = "ok") -> Call:
    return Call("jira", "search", "GET", outcome, 200, 0.1, 0.0)


def noted(store: Store) -> dict[tuple[Figure, str], float]:
    history = store.samples.history(10, 1)
    return {name: sum(series.values()) for name, series in history.values.items()}


def test_backlogs_of_all_priorities_and_parked_of_all_causes_are_one_figure_each():
    stand = Figures(
        now=0.0, linked={}, in_doubt={}, barred={}, held={}, cursors={},
        backlog={("ops", Priority.LIVE): Backlog(2, 5.0), ("ops", Priority.BACKFILL): Backlog(3, 60.0)},
        parked={("ops", "rejected"): 1, ("ops", "mapping"): 4, ("hr", "bug"): 1},
    )  # fmt: skip
    assert levels(stand) == {
        (Figure.DUE, "ops"): 5.0,
        (Figure.OLDEST, "ops"): 60.0,
        (Figure.PARKED, "ops"): 5.0,
        (Figure.PARKED, "hr"): 1.0,
    }


def test_a_share_is_handed_over_once(store):
    sums = Sums()
    for outcome in ("ok", "notfound", "unavailable"):
        sums.call(call(outcome))
    sums.outcome(Outcome("ops", "1", "OPS-1", Result.UPDATED, lag=4.0))
    sums.outcome(Outcome("ops", "2", "OPS-2", Result.NOTED, lag=8.0))
    sums.outcome(Outcome("ops", "3", "OPS-3", Result.CREATED))  # history has no lag
    for _ in range(2):
        sample(store, sums.handed_over)
    assert noted(store) == {
        (Figure.CALLS, "jira"): 3.0,
        (Figure.FAILED, "jira"): 1.0,
        (Figure.APPLIED, "ops"): 2.0,
        (Figure.LAG, "ops"): 12.0,
    }


def test_a_share_that_could_not_be_kept_is_kept_with_the_next_one(store):
    sums = Sums()
    sums.call(call())
    with pytest.raises(DatabaseError), sums.handed_over():
        raise DatabaseError("gone")
    sums.call(call())
    sample(store, sums.handed_over)
    assert noted(store)[Figure.CALLS, "jira"] == 2.0


def test_one_process_notes_the_levels_for_all(store):
    @contextmanager
    def nothing() -> Iterator[Values]:
        yield {}

    sample(store, nothing)
    claim = store.claims.take("samples", every=54.0)
    assert claim is None, "it was done less than a minute ago"
    assert len(store.samples.history(10, 1).sampled) == 1
