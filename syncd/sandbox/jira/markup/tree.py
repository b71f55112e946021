"""The tree that all spellings share.

Blocks: doc, paragraph, heading(level), list(ordered, kind), item, quote, panel(title, color), code(language, title),
noformat, table, row, cell(header), rule. Inline: text, break, strong, em, strike, under, sup, sub, mono, cite,
color(color), link(href), mention(user), image(name), attachment(name). A kind that a writer does not know is shown by
its children.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    kind: str
    children: tuple[Node, ...] = ()
    text: str = ""
    attrs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Links:
    """What the HTML of one issue points at: relative addresses of its files and of people (facts 12.5)."""

    attachment: Callable[[str], str | None]
    person: Callable[[str], tuple[str, str]]
    """Mention to (address, display name)."""
