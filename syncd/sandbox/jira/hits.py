"""What a search found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd.sandbox.jira.model import Issue


@dataclass(frozen=True, slots=True)
class Hits:
    """Issues in order, each with the key that put it there; or what was meaningless in the query."""

    issues: tuple[tuple[tuple[Any, ...], Issue], ...]
    problems: tuple[str, ...]
