"""`map:` one value -> another. Exact first, then in any case; a missing value has the key `null`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from syncd.core.model import Json
from syncd.mapping.text import as_text, is_empty

T = TypeVar("T")

NULL = "null"


class Unmapped(Exception):
    """The map does not know this value. Stays inside this package."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        super().__init__(shown)


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """Entries by key, and by key in any case."""

    exact: Mapping[str, T]
    folded: Mapping[str, T]

    def get(self, value: Json) -> T:
        """Raises Unmapped, or NoText for an object without a name."""
        if is_empty(value):
            if NULL in self.exact:
                return self.exact[NULL]
            raise Unmapped("no value")
        text = as_text(value)
        if text == NULL:
            raise Unmapped(f'"{text}"')  # a value that is called null is not a missing one
        for entries, key in ((self.exact, text), (self.folded, text.strip().casefold())):
            if key in entries:
                return entries[key]
        raise Unmapped(f'"{text}"')


ValueMap = Table[str | None]


def table(entries: Iterable[tuple[str, T]]) -> Table[T]:
    exact = dict(entries)
    return Table(exact, {key.casefold(): entry for key, entry in exact.items() if key != NULL})
