"""Things a few at a time. (`itertools.batched` does the same from Python 3.12 on.)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def pages_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter; none for no items."""
    rest = iter(items)
    while page := list(islice(rest, size)):
        yield page
