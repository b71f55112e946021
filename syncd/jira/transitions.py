"""Statuses, the transitions between them, and the way to a status over several of them. Pure: asks nothing.

A workflow can be read by administrators only, so its edges are learnt as they are seen: each time that an issue's
transitions are listed. What is not known is not guessed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

DONE = "done"
"""The category whose statuses close an issue."""


@dataclass(frozen=True, slots=True)
class Status:
    """A status. Only the id is unique in a Jira; names may be equal, and are localised (jira facts 5.1)."""

    id: str
    name: str
    category: str  # the key: new, indeterminate, done, undefined

    def __str__(self) -> str:
        return f"{self.name!r} ({self.id})"


@dataclass(frozen=True, slots=True)
class Goal:
    """Where an issue shall stand: in the status with this id or name, or in any one of a category."""

    by: Literal["id", "name", "category"]
    value: str

    def fits(self, status: Status) -> bool:
        match self.by:
            case "id":
                return status.id == self.value
            case "name":
                return status.name.casefold() == self.value.casefold()
            case "category":
                return status.category == self.value

    def __str__(self) -> str:
        return f"the status {self.value!r}" if self.by != "category" else f"a status of the category {self.value!r}"


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of the status where an issue stands now. `screen` says of each field on it what Jira says of it."""

    id: str
    name: str
    to: Status
    screen: Mapping[str, Any] = field(default_factory=dict)


def status_of(raw: Any) -> Status:
    """A status as Jira shows it. Raises what a value of another shape raises."""
    category = raw.get("statusCategory") or {}
    return Status(str(raw["id"]), str(raw["name"]), str(category.get("key", "undefined")))


def transition_of(raw: Any) -> Transition:
    screen = raw.get("fields") or {}
    return Transition(str(raw["id"]), str(raw.get("name", "")), status_of(raw["to"]), dict(screen))


class Workflow:
    """What has been seen of one workflow, which is that of one type of issue in one project."""

    def __init__(self) -> None:
        self._statuses: dict[str, Status] = {}
        self._edges: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def learn(self, here: Status, ways: Sequence[Transition]) -> None:
        """These were the transitions out of `here`. What was seen there before may no longer be so."""
        with self._lock:
            self._statuses |= {here.id: here, **{way.to.id: way.to for way in ways}}
            self._edges[here.id] = tuple(way.to.id for way in ways)

    def path(self, start: Status, goal: Goal, avoid: frozenset[str] = frozenset()) -> tuple[Status, ...]:
        """The shortest known way from `start` to the goal, without `start`; () if none is known.

        It never leads through a status in `avoid`, nor closes an issue on the way to somewhere else.
        """
        with self._lock:
            before: dict[str, str] = {start.id: ""}
            todo = deque([start.id])
            while todo:
                here = todo.popleft()
                for there in self._edges.get(here, ()):
                    if there in before or there in avoid:
                        continue
                    before[there] = here
                    if goal.fits(self._statuses[there]):
                        return self._walked(before, there)
                    if self._statuses[there].category != DONE:
                        todo.append(there)
        return ()

    def _walked(self, before: Mapping[str, str], end: str) -> tuple[Status, ...]:
        way = [end]
        while before[way[-1]]:
            way.append(before[way[-1]])
        return tuple(self._statuses[one] for one in reversed(way[:-1]))
