"""Lists come in pages of so many rows; a page knows whether there is one before and one after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query

T = TypeVar("T")

ROWS = 50

Offset = Annotated[int, Query(ge=0, le=2**31)]
Search = Annotated[str, Query(max_length=200)]
OfMapping = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Pile(Generic[T]):
    """One page of a list; `before` and `after` are addresses, "" where there is nothing."""

    rows: Sequence[T]
    first: int
    before: str
    after: str


def pile(found: Sequence[T], path: str, offset: int, **query: str) -> Pile[T]:
    """A page out of ROWS + 1 rows that were asked for from `offset` on."""

    def address(start: int) -> str:
        words = {**{name: value for name, value in query.items() if value}, **({"offset": start} if start else {})}
        return f"{path}?{urlencode(words)}" if words else path

    before = address(max(offset - ROWS, 0)) if offset else ""
    return Pile(found[:ROWS], offset + 1, before, address(offset + ROWS) if len(found) > ROWS else "")
