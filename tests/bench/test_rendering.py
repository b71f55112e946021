"""How long texts take to be rendered, and that the time grows with their length and with nothing else.

Prints figures; judges how the time of a text four times as long compares with that of the shorter one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from syncd.jira.rendering import rendered
from syncd.sandbox.jira.markup import to_html
from tests.jira.real import needs_real_issues
from tests.jira.test_real_texts import LINKS, texts

pytestmark = pytest.mark.bench

BASE = "https://jira.example.com"
LONGEST_MS = 50.0
"""What no real text may take: a page of fifty issues is rendered in less time than it takes to fetch."""

FACTOR = 4
MOST_GROWTH = 11.0
"""Four times as long takes four times the time, some more where memory gets slower, and sixteen if it is quadratic."""


def milliseconds(work: Callable[[], object], tries: int = 3) -> float:
    """The best of a few tries: the others measure what else the machine has to do."""
    best = float("inf")
    for _ in range(tries):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best * 1000


def nested(kind: str, depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"type": kind, "content": [{"type": "text", "text": "x"}]}
    for _ in range(depth):
        node = {"type": kind, "content": [{"type": "text", "text": "x"}, node]}
    return {"type": "doc", "version": 1, "content": [node]}


def wide(count: int) -> dict[str, Any]:
    one = {"type": "text", "text": "a < b ", "marks": [{"type": "strong"}, {"type": "link", "attrs": {"href": "/x"}}]}
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [one] * count}]}


SHAPES: dict[str, Callable[[int], tuple[object, Any]]] = {
    "brackets": lambda n: (None, "[" * 8192 * n),
    "brackets that Jira has rendered": lambda n: (f"<p>{'[' * 8192 * n}</p>", ""),
    "[code] tags": lambda n: (None, "[code]" * 2000 * n),
    "lists in lists": lambda n: ("<ul><li>x" * 100 * n, ""),
    "quotes in quotes": lambda n: ("<blockquote>x" * 100 * n, ""),
    "tables in tables": lambda n: ("<table><tr><td>x" * 100 * n, ""),
    "rows": lambda n: ("<table>" + "<tr><td>a</td><td>b</td></tr>" * 500 * n + "</table>", ""),
    "links": lambda n: ("<a href='/x'>t</a> " * 1000 * n, ""),
    "open tags": lambda n: ("<" * 20_000 * n, ""),
    "a megabyte of words": lambda n: (f"<p>{'word ' * 50_000 * n}</p>", ""),
    "a deep document": lambda n: (None, nested("bulletList", 400 * n)),
    "a deep document of unknown nodes": lambda n: (None, nested("hologram", 2000 * n)),
    "a wide document": lambda n: (None, wide(1000 * n)),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_time_grows_with_the_length(shape: Callable[[int], tuple[object, Any]]) -> None:
    short, long = shape(1), shape(FACTOR)
    before = milliseconds(lambda: rendered(*short, BASE))
    after = milliseconds(lambda: rendered(*long, BASE))
    print(f"{before:.1f} ms, {after:.1f} ms for {FACTOR} times as much")
    assert after / max(before, 0.5) < MOST_GROWTH


@needs_real_issues
def test_no_real_text_takes_longer_than_anybody_would_notice() -> None:
    pages = [(to_html(source, LINKS), source) for source in texts()]
    times = [(milliseconds(partial(rendered, *page, BASE), 1), page) for page in pages]
    worst, page = max(times, key=lambda one: one[0])
    worst = min(worst, milliseconds(partial(rendered, *page, BASE)))
    print(f"{len(pages)} texts in {sum(one for one, _ in times) / 1000:.1f} s; the slowest {worst:.1f} ms")
    assert worst < LONGEST_MS
