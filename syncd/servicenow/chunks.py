"""Cuts what is asked for into pieces whose URL every proxy and instance accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

T = TypeVar("T")

MAX_QUERY = 6000
"""Characters of an encoded query in a URL; over-long ones are answered with an HTML page (servicenow facts 1.27)."""

MAX_ITEMS = 200


def chunked(
    items: Sequence[T],
    size: Callable[[T], int],
    max_size: int = MAX_QUERY,
    max_items: int = MAX_ITEMS,
) -> Iterator[Sequence[T]]:
    """Pieces of at most `max_items` whose sizes sum up to at most `max_size`; one item is never cut."""
    start, total = 0, 0
    for index, item in enumerate(items):
        total += size(item)
        if index > start and (total > max_size or index - start >= max_items):
            yield items[start:index]
            start, total = index, size(item)
    if items:
        yield items[start:]


def quoted_length(text: str) -> int:
    """How long a value becomes in a URL, with its separator."""
    return len(quote(text.replace("^", "^^"), safe="")) + len("%2C")
