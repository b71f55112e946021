"""Notes once a minute how things stand: the levels by one process for all, the sums by each for itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from syncd.engine.holding import holding
from syncd.store import Store
from syncd.store.figures import Figures, figures
from syncd.store.samples import Figure, Values

SAMPLE_SECONDS = 60.0

SLACK = 6.0
"""A tick may come a little early."""

Shares = Callable[[], AbstractContextManager[Values]]
"""What this process did since it was last asked; it stays there if it could not be kept."""


def sample(store: Store, shares: Shares) -> None:
    """Keep this process's share, and the levels if no other process has kept them."""
    with shares() as sums:
        store.samples.add(sums)
    with holding(store, "samples", every=SAMPLE_SECONDS - SLACK) as claim:
        if claim is not None:
            store.samples.note(levels(figures(store.database)))


def levels(stand: Figures) -> Values:
    """What is drawn of how things stand, by mapping."""
    found: dict[tuple[Figure, str], float] = {}
    for (mapping, _), backlog in stand.backlog.items():
        found[Figure.DUE, mapping] = found.get((Figure.DUE, mapping), 0.0) + backlog.due
        found[Figure.OLDEST, mapping] = max(found.get((Figure.OLDEST, mapping), 0.0), backlog.oldest)
    for (mapping, _), parked in stand.parked.items():
        found[Figure.PARKED, mapping] = found.get((Figure.PARKED, mapping), 0.0) + parked
    return found
