"""What templates hold in their hands: JSON values dressed so that they print, compare and lead on as a person expects.

| in Jira            | in a template                                                                          |
|--------------------|----------------------------------------------------------------------------------------|
| an object          | a Thing: prints as its name, equals its name, `.part` leads on                          |
| a list             | Things: prints joined, iterates, `.part` is that part of every item                     |
| null, absent       | Nothing: prints as "", is false, is not defined, equals none and "", `.part` is Nothing |
| 1.0                | 1                                                                                      |
| text, number, bool | itself                                                                                 |
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from jinja2 import ChainableUndefined

from syncd.core.model import Issue, Json
from syncd.mapping.paths import follow
from syncd.mapping.reading import ATTRIBUTES, shown_value
from syncd.mapping.text import as_text


class Nothing(ChainableUndefined):
    """An empty or absent value. Unlike a misspelt variable it is legal to print."""

    def __eq__(self, other: object) -> bool:
        return other is None or other == "" or isinstance(other, Nothing)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash("")


class Thing:
    """A Jira object."""

    __slots__ = ("data",)

    def __init__(self, data: dict[str, Json]) -> None:
        self.data = data

    def part(self, key: object) -> object:
        return dressed(follow(self.data, (str(key),)))

    def __str__(self) -> str:
        return as_text(self.data)

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, Thing) else isinstance(other, str) and str(self) == other

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Things:
    """A list of Jira values."""

    __slots__ = ("items",)

    def __init__(self, items: list[Json]) -> None:
        self.items = items

    def part(self, key: object) -> object:
        if isinstance(key, int):
            return dressed(self.items[key]) if -len(self.items) <= key < len(self.items) else Nothing()
        return dressed(follow(self.items, (str(key),)))

    def __getitem__(self, key: slice) -> Things:
        """`[:3]`; everything else between brackets goes through `part`."""
        return Things(self.items[key])

    def __iter__(self) -> Iterator[object]:
        return map(dressed, self.items)

    def __contains__(self, wanted: object) -> bool:
        return any(item == wanted for item in self)

    def __len__(self) -> int:
        return len(self.items)

    def __str__(self) -> str:
        return as_text(self.items)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Things | list | tuple) else str(self) == other

    __hash__ = None  # type: ignore[assignment]  # a list is no key


class IssueView:
    """`issue` in a template. `only_fields` is its `fields`: the same without key, id and url."""

    __slots__ = ("issue", "only_fields")

    def __init__(self, issue: Issue, only_fields: bool = False) -> None:
        self.issue = issue
        self.only_fields = only_fields

    def part(self, key: object) -> object:
        name = str(key)
        if not self.only_fields:
            if name in ATTRIBUTES:
                return str(getattr(self.issue, name))
            if name == "fields":
                return IssueView(self.issue, only_fields=True)
        return dressed(shown_value(self.issue, name))

    def __str__(self) -> str:
        return self.issue.key


def dressed(value: Json) -> Any:
    """`value` as a template shall see it."""
    match value:
        case None:
            return Nothing()
        case dict():
            return Thing(value)
        case list():
            return Things(value)
        case float() if isfinite(value) and value.is_integer():
            return int(value)
        case _:
            return value


def printed(value: object) -> str:
    """How any value of a template reads. Also Jinja's `finalize`."""
    match value:
        case Nothing():
            return ""
        case Thing() | Things() | IssueView():
            return str(value)
        case list() | tuple():
            return ", ".join(filter(None, map(printed, value)))
        case _:
            return as_text(value)
