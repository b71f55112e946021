"""Counts the calls that reached the instance, and remembers the last ones, for tests, benchmarks and curious people."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Logged:
    """One call: the route's name (`table.create`), its table, the status that was sent (0: none), the fault if any."""

    method: str
    route: str
    table: str
    path: str
    status: int
    fault: str = ""


@dataclass(slots=True)
class CallLog:
    """`counts[("POST", "table.create")]`, `writes`, `count(...)`, and `recent`. Items of a batch count separately."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_table: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    batch_items: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: int = 0
    writes: int = 0
    """Calls that ask for a change: every POST, PUT, PATCH and DELETE, but those that fetch a token or shorten a URL."""
    recent: deque[Logged] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def __getitem__(self, key: tuple[str, str]) -> int:
        return self.counts[key]

    def add(self, call: Logged) -> None:
        self.total += 1
        self.counts[call.method, call.route] += 1
        self.by_table[call.method, call.route, call.table] += 1
        self.statuses[call.status] += 1
        if is_write(call.method, call.route):
            self.writes += 1
        self.recent.append(call)

    def count(self, method: str = "", route: str = "", table: str = "") -> int:
        """How many calls there were of this method, route and table; what is not named may be anything."""
        wanted = (method, route, table)
        return sum(
            n for key, n in self.by_table.items() if all(w in ("", have) for w, have in zip(wanted, key, strict=True))
        )

    def clear(self) -> None:
        self.counts.clear()
        self.by_table.clear()
        self.statuses.clear()
        self.batch_items.clear()
        self.recent.clear()
        self.total = self.writes = 0

    def as_document(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "writes": self.writes,
            "counts": {f"{method} {route}": n for (method, route), n in sorted(self.counts.items())},
            "by_table": {" ".join(k).strip(): n for k, n in sorted(self.by_table.items())},
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "batch_items": {f"{method} {route}": n for (method, route), n in sorted(self.batch_items.items())},
            "recent": [asdict(call) for call in self.recent],
        }


def is_write(method: str, route: str) -> bool:
    return method in ("POST", "PUT", "PATCH", "DELETE") and route not in ("oauth.token", "tinyurl", "control", "page")
