"""What this process did since it was last asked, for charts: calls by connection, writes and their lag by mapping."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from syncd.core.model import Outcome
from syncd.http import Call
from syncd.store.samples import Figure, Values

FINE = frozenset({"ok", "notfound"})
"""What is not there is an answer like any other."""


class Sums:
    """Listens to outcomes and calls. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: defaultdict[tuple[Figure, str], float] = defaultdict(float)

    def outcome(self, outcome: Outcome) -> None:
        if outcome.lag is not None:
            self._add({(Figure.APPLIED, outcome.mapping): 1.0, (Figure.LAG, outcome.mapping): outcome.lag})

    def call(self, call: Call) -> None:
        failed = 0.0 if call.outcome in FINE else 1.0
        self._add({(Figure.CALLS, call.connection): 1.0, (Figure.FAILED, call.connection): failed})

    @contextmanager
    def handed_over(self) -> Iterator[Values]:
        """What there is, to be kept elsewhere; it is kept here if that fails."""
        with self._lock:
            taken, self._sums = self._sums, defaultdict(float)
        try:
            yield taken
        except BaseException:
            self._add(taken)
            raise

    def _add(self, more: Mapping[tuple[Figure, str], float]) -> None:
        with self._lock:
            for name, value in more.items():
                self._sums[name] += value
