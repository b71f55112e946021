"""A field as queries see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from syncd.sandbox.jira.model import Issue


def _identity(value: Any) -> Any:
    return value


def _no_value(text: str, field: str) -> str:
    return f"The value '{text}' does not exist for the field '{field}'."


@dataclass(frozen=True, slots=True)
class Known:
    """How a field is read, looked up and compared.

    `kind` is text, date, user or value. `read` gives the stored value or a tuple of them; `lookup` the comparable
    values that a literal stands for, nothing if it stands for none; `rank` what < and > compare.
    """

    kind: str
    read: Callable[[Issue], Any]
    lookup: Callable[[str], Iterable[Any]] = lambda text: ()
    ordered: bool = False
    rank: Callable[[Any], Any] = _identity
    unknown: Callable[[str, str], str] = _no_value

    def values(self, issue: Issue) -> tuple[Any, ...]:
        held = self.read(issue)
        return held if isinstance(held, tuple) else () if held is None else (held,)


@dataclass(frozen=True, slots=True)
class Unresolved(Known):
    """`resolution = Unresolved` is an operand of its own and yet the same as EMPTY."""

    def values(self, issue: Issue) -> tuple[Any, ...]:
        return (self.read(issue) or "",)
