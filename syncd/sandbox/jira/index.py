"""The search index: a copy that runs behind, and on a bad day forgets an issue for a moment (facts 1.13, 1.14).

Searches read this; a GET and a bulk fetch read the world. With no lag the two are one.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from syncd.sandbox.jira.model import Issue


class Index:
    """`lag` is seconds, or a range from which each write draws its own: then writes may show out of order.

    `flicker` is the probability with which an indexed issue is missing from one search.
    """

    def __init__(
        self, now: Callable[[], datetime], lag: float | tuple[float, float], flicker: float, seed: int
    ) -> None:
        self.lag = lag
        self.flicker = flicker
        self._now = now
        self._random = random.Random(seed)
        self._shown: dict[int, Issue] = {}
        self._versions: dict[int, int] = {}
        self._pending: list[tuple[datetime, int, int, Issue | None]] = []
        self._writes = 0
        self._hidden_once: set[int] = set()

    def record(self, issue_id: int, issue: Issue | None) -> None:
        """A write happened; searches will show it when the lag is over."""
        self._writes += 1
        seconds = self._random.uniform(*self.lag) if isinstance(self.lag, tuple) else self.lag
        if seconds <= 0:
            self._apply(self._writes, issue_id, issue)
        else:
            heapq.heappush(self._pending, (self._now() + timedelta(seconds=seconds), self._writes, issue_id, issue))

    @property
    def settled(self) -> bool:
        """Whether the next search sees what the last one saw, if nothing is written."""
        return not (self._pending or self._hidden_once or self.flicker)

    def hide_once(self, issue_id: int) -> None:
        """The next search misses this issue, whatever it is."""
        self._hidden_once.add(issue_id)

    def catch_up(self) -> None:
        """Show everything now."""
        while self._pending:
            self._apply(*heapq.heappop(self._pending)[1:])

    def search(self, reconciled: Collection[Issue] = ()) -> Iterator[Issue]:
        """What one search sees. `reconciled` issues are seen as they are now (facts 1.15)."""
        now = self._now()
        while self._pending and self._pending[0][0] <= now:
            self._apply(*heapq.heappop(self._pending)[1:])
        hidden, self._hidden_once = self._hidden_once, set()
        current = {issue.id: issue for issue in reconciled}
        for issue_id, issue in self._shown.items():
            if issue_id in current:
                continue
            if issue_id in hidden or (self.flicker and self._random.random() < self.flicker):
                continue
            yield issue
        yield from current.values()

    def _apply(self, version: int, issue_id: int, issue: Issue | None) -> None:
        if version < self._versions.get(issue_id, 0):
            return
        self._versions[issue_id] = version
        if issue is None:
            self._shown.pop(issue_id, None)
        else:
            self._shown[issue_id] = issue
