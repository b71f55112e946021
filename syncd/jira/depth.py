"""Pages that nest deeper than anybody reads lose the form down there, and keep their text.

The parser of HTML takes time with the square of the depth: thirty thousand lists within each other, which fit into one
comment, would hold up a cycle for seconds. Tags are only counted here, not understood; what remains is parsed and
sanitised as any page.
"""

from __future__ import annotations

import re

DEEPEST = 200
"""Elements within elements. A page that stays below is not touched."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")  # up to the next sign of a tag, so that it never looks far
_EMPTY = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


def flattened(html: str) -> str:
    """`html` without the tags that lie deeper than `DEEPEST`; an element that is not closed counts as open."""
    kept: list[str] = []
    at = depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() in _EMPTY:
            continue
        depth += 0 if tag[1] else 1
        if depth > DEEPEST:
            kept += [html[at : tag.start()], " "]
            at = tag.end()
        depth -= 1 if tag[1] and depth else 0
    return "".join([*kept, html[at:]]) if kept else html
