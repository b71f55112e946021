"""Reads wiki markup into a tree: the block level. Never fails, since to Jira every text is markup."""

from __future__ import annotations

import re

from syncd.sandbox.jira.markup.inline import inline
from syncd.sandbox.jira.markup.tree import Node

_MACRO = re.compile(r"\{(code|noformat|quote|panel)(?::([^}\n]{0,300}))?\}")
_HEADING = re.compile(r"h([1-6])\.[ \t]+(.*)")
_ITEM = re.compile(r"([*#-]{1,10})[ \t]+(.*)")
_RULE = re.compile(r"-{4,5}")
_DEEPEST = 5


def read(text: str) -> Node:
    return Node("doc", tuple(_blocks(text.replace("\r\n", "\n").replace("\r", "\n"), 0)))


def _blocks(text: str, depth: int) -> list[Node]:
    """Macros first: what stands between their two tags is theirs, the rest is lines."""
    found: list[Node] = []
    position = 0
    opened = 0
    exhausted: set[str] = set()
    while match := _MACRO.search(text, opened):
        name, argument = match[1], match[2] or ""
        close = -1 if name in exhausted or depth > _DEEPEST else text.find("{" + name + "}", match.end())
        if close == -1:
            exhausted.add(name)
            opened = match.end()
            continue
        found += _lines(text[position : match.start()])
        found.append(_macro(name, argument, text[match.end() : close], depth))
        position = opened = close + len(name) + 2
    return found + _lines(text[position:])


def _macro(name: str, argument: str, inner: str, depth: int) -> Node:
    parts = dict(part.split("=", 1) for part in argument.split("|") if "=" in part)
    plain = [part for part in argument.split("|") if part and "=" not in part]
    if name == "code":
        language = plain[0] if plain else parts.get("lang", parts.get("language", "java"))
        return Node("code", text=inner.strip("\n"), attrs={"language": language, "title": parts.get("title", "")})
    if name == "noformat":
        return Node("noformat", text=inner.strip("\n"))
    if name == "quote":
        return Node("quote", tuple(_blocks(inner, depth + 1)))
    attrs = {"title": parts.get("title", ""), "color": parts.get("bgColor", "")}
    return Node("panel", tuple(_blocks(inner, depth + 1)), attrs=attrs)


def _lines(text: str) -> list[Node]:
    found: list[Node] = []
    paragraph: list[str] = []
    items: list[tuple[str, str]] = []
    rows: list[Node] = []

    def flush() -> None:
        if paragraph:
            found.append(Node("paragraph", inline("\n".join(paragraph))))
            paragraph.clear()
        if items:
            found.extend(_lists(items))
            items.clear()
        if rows:
            found.append(Node("table", tuple(rows)))
            rows.clear()

    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            flush()
        elif heading := _HEADING.fullmatch(stripped):
            flush()
            found.append(Node("heading", inline(heading[2]), attrs={"level": heading[1]}))
        elif stripped.startswith("bq. "):
            flush()
            found.append(Node("quote", (Node("paragraph", inline(stripped[4:])),)))
        elif _RULE.fullmatch(stripped):
            flush()
            found.append(Node("rule"))
        elif item := _ITEM.fullmatch(stripped):
            if not items:
                flush()
            items.append((item[1], item[2]))
        elif stripped.startswith("|"):
            if not rows:
                flush()
            rows.append(_row(stripped))
        elif items:
            items[-1] = (items[-1][0], items[-1][1] + "\n" + stripped)
        else:
            if rows:
                flush()
            paragraph.append(line)
    flush()
    return found


def _lists(items: list[tuple[str, str]]) -> list[Node]:
    """`*`, `**`, `*#`: each character is a level, the last one says what kind this item's list is."""
    found: list[Node] = []
    position = 0
    while position < len(items):
        end = position + 1
        kind = items[position][0][0]
        while end < len(items) and items[end][0][0] == kind:
            end += 1
        found.append(_list(items[position:end], 1, kind))
        position = end
    return found


def _list(items: list[tuple[str, str]], level: int, kind: str) -> Node:
    entries: list[Node] = []
    position = 0
    while position < len(items):
        bullets, text = items[position]
        children: list[Node] = []
        if len(bullets) <= level:
            children.append(Node("paragraph", inline(text)))
            position += 1
        nested_from = position
        while position < len(items) and len(items[position][0]) > level:
            position += 1
        if position > nested_from:
            nested = items[nested_from:position]
            children.append(_list(nested, level + 1, nested[0][0][level]))
        entries.append(Node("item", tuple(children)))
    return Node("list", tuple(entries), attrs={"kind": kind})


def _row(line: str) -> Node:
    """Cells are split at bars that stand outside of links and images."""
    cells: list[Node] = []
    position = 0
    while position < len(line):
        header = line.startswith("||", position)
        start = position + (2 if header else 1)
        end = _cell_end(line, start)
        if end == len(line) and not line[start:].strip():
            break
        cells.append(Node("cell", inline(line[start:end].strip()), attrs={"header": "1" if header else ""}))
        position = end
    return Node("row", tuple(cells))


_BAR = re.compile(r"\||\[[^\[\]|]*\|[^\[\]]*\]|![^!|\s]+\|[^!]*!")


def _cell_end(line: str, start: int) -> int:
    for match in _BAR.finditer(line, start):
        if match[0] == "|":
            return match.start()
    return len(line)
