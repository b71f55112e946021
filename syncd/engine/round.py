"""One round of work: which issues are in hand, and what came of those that are not any more. Threads share it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from syncd.core.policy import Ceiling
from syncd.engine.failures import Delay, HeldBack, Parking, Verdict
from syncd.errors import RemoteError
from syncd.store import Work


@dataclass(slots=True)
class Tally:
    """What a round of work came to. `trouble` is the connection error that ended it, if one did."""

    done: int = 0
    parked: int = 0
    delayed: int = 0
    held_back: int = 0
    trouble: RemoteError | None = None
    rest: float = 0.0  # seconds that the trouble asks for

    @property
    def handled(self) -> int:
        """How many turns there were, whatever came of them."""
        return self.done + self.parked + self.delayed + self.held_back

    def add(self, other: Tally) -> None:
        """Count a later round in; whether there is trouble is the later round's word."""
        self.done += other.done
        self.parked += other.parked
        self.delayed += other.delayed
        self.held_back += other.held_back
        self.trouble = other.trouble
        self.rest = other.rest


class Round:
    """The issues in hand, whose claims are kept alive, and the tally."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._held: dict[int, Work] = {}
        self._met: set[Ceiling] = set()
        self._lock = threading.Lock()

    def take(self, works: Iterable[Work]) -> None:
        with self._lock:
            self._held.update((work.id, work) for work in works)

    def release(self, work: Work) -> None:
        with self._lock:
            self._held.pop(work.id, None)

    def in_hand(self) -> list[Work]:
        with self._lock:
            return list(self._held.values())

    def meets(self, ceiling: Ceiling) -> bool:
        """Whether this is the first time that this round runs into this ceiling."""
        with self._lock:
            first = ceiling not in self._met
            self._met.add(ceiling)
            return first

    def count(self, work: Work, verdict: Verdict | None, error: Exception | None = None) -> None:
        with self._lock:
            self._held.pop(work.id, None)
            match verdict:
                case None:
                    self.tally.done += 1
                case Parking():
                    self.tally.parked += 1
                case HeldBack():
                    self.tally.held_back += 1
                case Delay():
                    self.tally.delayed += 1
                    if verdict.stops and isinstance(error, RemoteError) and self.tally.trouble is None:
                        self.tally.trouble = error
                        self.tally.rest = verdict.seconds
