"""What one rendering of a template may spend: rounds of its loops, and characters and items that it handles."""

from __future__ import annotations

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

from syncd.mapping.things import Things

MAX_STEPS = 2_000
MAX_WORK = 1_000_000
MAX_OUTPUT = 100_000

NAME = "_budget"
"""How the budget rides along with the variables of a template, which cannot say this name itself."""


class Budget:
    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._work = MAX_WORK

    def go_round(self, times: int) -> None:
        self._steps -= times
        if self._steps < 0:
            raise SecurityError(f"goes round more than {MAX_STEPS} times")

    def handle(self, size: int) -> None:
        """Asked before the work is done, so that what is too long is never made."""
        self._work -= size
        if self._work < 0:
            raise SecurityError(f"handles more than {MAX_WORK} characters")


def budget_of(context: Context) -> Budget:
    budget = context[NAME]
    assert isinstance(budget, Budget)
    return budget


def size_of(value: object) -> int:
    """What it costs to handle a value once."""
    match value:
        case str():
            return len(value)
        case Things(items=items) | list(items):
            return len(items) + sum(len(item) for item in items if isinstance(item, str))
        case _:
            return 1
