"""Which calls go wrong, and how (facts 12.2). Only decides; what a fault does to a call is in `mischief`.

| kind                    | effect of the call | what the caller gets                                               |
|-------------------------|--------------------|--------------------------------------------------------------------|
| dropped                 | none               | 202, thrown away                                                   |
| rate_limited            | none               | 429 with X-RateLimit-* and, if given, Retry-After                  |
| semaphore_full          | none               | 429 with no headers and no body                                    |
| hibernating             | none               | 200 with an HTML page                                              |
| unauthorized            | none               | 401                                                                |
| acl_denied              | none               | 403 "Failed API level ACL Validation", as while a node has trouble |
| server_error            | none               | `status` (500, 502, 503, 504)                                      |
| lost_request            | none               | connection closed                                                  |
| truncated               | done               | 200, JSON cut off with an error glued on                           |
| error_in_200            | done               | 200, valid JSON with a top-level error                             |
| forbidden_after_commit  | done               | 403                                                                |
| server_error_after      | done               | `status`                                                           |
| lost_answer             | done               | connection closed                                                  |
| hung_answer             | done               | nothing for `seconds`, then connection closed                      |
| slow                    | done               | the right answer, `seconds` late                                   |
| hidden_rows             | done               | a list without `share` of its rows                                 |
| garbled_emoji, crlf, lf | done, text changed | the right answer                                                   |
| aborted                 | none               | 403, business rule `name`                                          |
| other_edit              | done               | the right answer; `user` then sets `fields` in the same second     |
| unserviced              | part of a batch    | the last `items` of the batch are listed as unserviced             |

The kinds of the second group leave the write undone when `commits` is false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

BEFORE = frozenset(
    {
        "dropped",
        "rate_limited",
        "semaphore_full",
        "hibernating",
        "unauthorized",
        "acl_denied",
        "server_error",
        "lost_request",
    }
)
AFTER = frozenset(
    {"truncated", "error_in_200", "forbidden_after_commit", "server_error_after", "lost_answer", "hung_answer"}
)
WITHIN = frozenset({"slow", "hidden_rows", "garbled_emoji", "crlf", "lf", "aborted", "other_edit", "unserviced"})
KINDS = BEFORE | AFTER | WITHIN


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. It strikes the `nth` matching call (or each with `probability`), `count` times.

    `method` may list several ("POST,PATCH"), `table` and `path` are shell patterns. A `count` of 0 never ends.
    """

    kind: str
    method: str = "*"
    table: str = "*"
    path: str = "*"
    route: str = "*"
    nth: int = 1
    probability: float = 1.0
    count: int = 1
    status: int = 503
    retry_after: str = ""
    limit: int = 100
    seconds: float = 30.0
    share: float = 1.0
    items: int = 1
    name: str = "Prevent update"
    user: str = "fred.luddy"
    fields: Mapping[str, str] = field(default_factory=dict)
    commits: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind!r}; there are {', '.join(sorted(KINDS))}")

    def matches(self, method: str, table: str, path: str, route: str) -> bool:
        return (
            (self.method == "*" or method in self.method.upper().split(","))
            and fnmatchcase(table, self.table)
            and fnmatchcase(path, self.path)
            and fnmatchcase(route, self.route)
        )

    @staticmethod
    def of(document: Mapping[str, Any]) -> Fault:
        """A fault from the control API's JSON; an unknown key is refused."""
        unknown = document.keys() - {f.name for f in fields(Fault)}
        if unknown or "kind" not in document:
            raise ValueError(f"unknown keys {sorted(unknown)}" if unknown else "a fault needs a kind")
        return replace(Fault(document["kind"]), **document)


@dataclass(slots=True)
class Armed:
    """A fault that waits, with how many calls it has seen and struck."""

    id: int
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        return 0 < self.fault.count <= self.struck


class Faults:
    """The armed faults. The first one that strikes a call is the only one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(seed)
        self._armed: list[Armed] = []
        self._next_id = 1

    def add(self, fault: Fault | str, **options: Any) -> Armed:
        """`add("lost_answer", method="POST", table="incident")`, or a ready `Fault`."""
        ready = fault if isinstance(fault, Fault) else Fault(fault, **options)
        armed = Armed(self._next_id, ready)
        self._next_id += 1
        self._armed.append(armed)
        return armed

    def remove(self, fault_id: int) -> bool:
        kept = [a for a in self._armed if a.id != fault_id]
        removed = len(kept) < len(self._armed)
        self._armed = kept
        return removed

    def clear(self) -> None:
        """No faults any more, and chance starts anew."""
        self._armed = []
        self._random.seed(self._seed)

    def armed(self) -> list[Armed]:
        return list(self._armed)

    def strike(self, method: str, table: str, path: str, route: str) -> Fault | None:
        """The fault that this call meets. All matching ones count it, so that "the third POST" stays the third."""
        hit: Armed | None = None
        for armed in self._armed:
            if armed.spent or not armed.fault.matches(method, table, path, route):
                continue
            armed.seen += 1
            due = armed.seen >= armed.fault.nth
            if hit is None and due and self._random.random() < armed.fault.probability:
                hit = armed
        if hit is None:
            return None
        hit.struck += 1
        return hit.fault
