"""Spells a tree as wiki markup: how v2 shows a text that was written through v3."""

from __future__ import annotations

from syncd.sandbox.jira.markup.tree import Node

_MARKS = {"strong": "*", "em": "_", "strike": "-", "under": "+", "sup": "^", "sub": "~", "cite": "??"}


def write(tree: Node) -> str:
    return "\n\n".join(_block(node) for node in tree.children)


def _block(node: Node) -> str:
    kind = node.kind
    if kind in ("paragraph", "other") and not any(_is_block(child) for child in node.children):
        return _all(node)
    if kind == "heading":
        return f"h{node.attrs['level']}. {_all(node)}"
    if kind == "list":
        return "\n".join(_list(node, node.attrs.get("kind", "*")))
    if kind == "quote":
        return "{quote}\n" + _inside(node) + "\n{quote}"
    if kind == "panel":
        title = f":title={node.attrs['title']}" if node.attrs.get("title") else ""
        return "{panel" + title + "}\n" + _inside(node) + "\n{panel}"
    if kind == "code":
        language = f":{node.attrs['language']}" if node.attrs.get("language") else ""
        return "{code" + language + "}\n" + node.text + "\n{code}"
    if kind == "noformat":
        return "{noformat}\n" + node.text + "\n{noformat}"
    if kind == "table":
        return "\n".join(_row(row) for row in node.children)
    if kind == "rule":
        return "----"
    return _inside(node) if node.children else _inline(node)


def _inside(node: Node) -> str:
    return "\n\n".join(_block(child) for child in node.children)


def _is_block(node: Node) -> bool:
    return node.kind in ("paragraph", "heading", "list", "quote", "panel", "code", "noformat", "table", "rule")


def _list(node: Node, bullets: str) -> list[str]:
    lines: list[str] = []
    for item in node.children:
        texts: list[str] = []
        nested: list[str] = []
        for child in item.children:
            if child.kind == "list":
                nested += _list(child, bullets + child.attrs.get("kind", "*"))
            else:
                texts.append(_block(child))
        lines.append(f"{bullets} {chr(10).join(texts)}".rstrip())
        lines += nested
    return lines


def _row(row: Node) -> str:
    line = ""
    for cell in row.children:
        bar = "||" if cell.attrs.get("header") else "|"
        line += bar + (" ".join(_block(child) for child in cell.children) or " ")
    last_header = bool(row.children) and bool(row.children[-1].attrs.get("header"))
    return line + ("||" if last_header else "|")


def _all(node: Node) -> str:
    return "".join(_inline(child) for child in node.children)


def _inline(node: Node) -> str:
    kind = node.kind
    if kind == "text":
        return node.text
    if kind == "break":
        return "\n"
    if kind in _MARKS:
        return _around(_all(node), _MARKS[kind])
    if kind == "mono":
        return "{{" + _all(node) + "}}"
    if kind == "color":
        return "{color:" + node.attrs["color"] + "}" + _all(node) + "{color}"
    if kind == "link":
        shown, href = _all(node), node.attrs["href"]
        return f"[{href}]" if shown == href else f"[{shown}|{href}]"
    if kind == "mention":
        return f"[~{node.attrs['user']}]"
    if kind == "image":
        return f"!{node.attrs['name']}!"
    if kind == "attachment":
        return f"[^{node.attrs['name']}]"
    return _all(node)


def _around(text: str, mark: str) -> str:
    """Outer blanks stay outside: wiki marks must touch a word."""
    inner = text.strip()
    if not inner:
        return text
    start = text.index(inner)
    return f"{text[:start]}{mark}{inner}{mark}{text[start + len(inner) :]}"
