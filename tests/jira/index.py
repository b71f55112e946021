"""A simulated search index, as bad as a real one: short pages, drift, lag, coarse times, shuffled ties."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from syncd.core.ports import Stub
from syncd.jira.jql import ordered
from syncd.jira.listing import Continuation, Hits
from syncd.jira.since import epoch

NOW = datetime(2024, 6, 1, 12, 0, 30, tzinfo=UTC)
SINCE = re.compile(r"updated >= (\d+)")


def ask(start: datetime | None) -> str:
    return ordered("project = OPS", epoch(start, NOW) if start else "")


@dataclass
class Entry:
    """An issue: when it really changed, and when the index believes it did."""

    number: int
    updated: datetime
    indexed: datetime

    @property
    def stub(self) -> Stub:
        return Stub(str(self.number), f"OPS-{self.number}", self.updated)


@dataclass(frozen=True)
class Edit:
    """At the given search an issue changes; the index hears of it `lag` searches later."""

    at: int
    number: int
    lag: int = 0


@dataclass
class Index:
    """Answers searches; each takes a second of Jira's time. `offsets`: names a total, as Data Center does."""

    times: Sequence[datetime]
    caps: Sequence[int] = (100,)
    edits: Iterable[Edit] = ()
    precision: timedelta = timedelta(milliseconds=1)
    shuffle: random.Random | None = None
    offsets: bool = True
    fresh: bool = True  # hits show the issue's own `updated`, not the index's
    searches: int = 0
    limit: int = 20_000
    entries: dict[int, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.entries = {n: Entry(n, when, when) for n, when in enumerate(self.times, 1)}
        self._edits = list(self.edits)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.searches)

    def search(self, jql: str, continuation: Continuation | None) -> Hits:
        self.searches += 1
        assert self.searches < self.limit, "the listing does not come to an end"
        self._live()
        hits = self._ordered(jql)
        start = int(continuation or 0)
        cap = self.caps[self.searches % len(self.caps)]
        page = hits[start : start + cap]
        more = start + len(page)
        stubs = [e.stub if self.fresh else Stub(e.stub.id, e.stub.key, e.indexed) for e in page]
        return Hits(stubs, more if more < len(hits) and page else None, len(hits) if self.offsets else None)

    def settle(self) -> None:
        """Let all time pass: everything planned happens, and the index hears of it."""
        for edit in self._edits:
            if edit.at > self.searches:
                self.entries[edit.number].updated = self.now
        self._edits = []
        for entry in self.entries.values():
            entry.indexed = entry.updated

    def _live(self) -> None:
        for edit in self._edits:
            entry = self.entries[edit.number]
            if edit.at == self.searches:
                entry.updated = self.now
            if edit.at + edit.lag == self.searches:
                entry.indexed = entry.updated

    def _ordered(self, jql: str) -> list[Entry]:
        found = SINCE.search(jql)
        since = self._kept(datetime.fromtimestamp(int(found[1]) / 1000, UTC)) if found else None
        hits = [e for e in self.entries.values() if since is None or self._kept(e.indexed) >= since]
        if self.shuffle:
            self.shuffle.shuffle(hits)
            return sorted(hits, key=lambda e: self._kept(e.indexed))
        return sorted(hits, key=lambda e: (self._kept(e.indexed), e.number))

    def _kept(self, when: datetime) -> datetime:
        """The moment as the index keeps it."""
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + (when - epoch) // self.precision * self.precision
