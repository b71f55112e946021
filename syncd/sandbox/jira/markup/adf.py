"""Atlassian Document Format, both ways. Reading is iterative in spirit and bounded in depth; unknown nodes show their
children or their `attrs.text` (facts 12.2). `check` is what makes v3 refuse a string body.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from syncd.sandbox.jira.markup.tree import Node
from syncd.sandbox.jira.model import Json

_DEEPEST = 200
_DEEPEST_STORED = 400
"""What is nested deeper could be stored but not written out again as JSON."""

_WRITTEN_MARKS = {
    "strong": "strong",
    "em": "em",
    "strike": "strike",
    "under": "underline",
    "mono": "code",
    "cite": "em",
}
_READ_MARKS = {"strong": "strong", "em": "em", "strike": "strike", "underline": "under", "code": "mono"}


def problem(document: Json) -> str | None:
    """What is wrong with a document that v3 was sent, or None."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    waiting: list[tuple[Json, int]] = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        kind, content = node.get("type"), node.get("content", [])
        if not isinstance(kind, str) or not isinstance(content, list) or not all(isinstance(c, dict) for c in content):
            return "INVALID_INPUT"
        if kind == "text" and (not isinstance(node.get("text"), str) or node["text"] == ""):
            return "INVALID_INPUT"
        if depth > _DEEPEST_STORED:
            return "INVALID_INPUT"
        waiting += [(child, depth + 1) for child in content]
    return None


# ---- reading


def read(document: Json) -> Node:
    return Node("doc", _read_all(document.get("content") or [], 0))


def _read_all(nodes: Json, depth: int) -> tuple[Node, ...]:
    if depth > _DEEPEST:
        return ()
    return tuple(node for raw in nodes if (node := _read(raw, depth)) is not None)


def _read(raw: Json, depth: int) -> Node | None:
    kind, attrs = raw.get("type"), raw.get("attrs") or {}
    if kind == "text":
        return _marked(raw)
    if simple := _read_leaf(kind, attrs):
        return simple
    children = _read_all(raw.get("content") or [], depth + 1)
    if kind == "heading":
        return Node("heading", children, attrs={"level": str(min(max(int(attrs.get("level", 1)), 1), 6))})
    if kind in ("bulletList", "taskList", "decisionList"):
        return Node("list", children, attrs={"kind": "*"})
    if kind == "orderedList":
        return Node("list", children, attrs={"kind": "#"})
    if kind in ("taskItem", "decisionItem"):
        return Node("item", (Node("paragraph", children),))
    if kind == "codeBlock":
        text = "".join(child.text for child in children)
        return Node("code", text=text, attrs={"language": attrs.get("language") or ""})
    if kind == "panel":
        return Node("panel", children)
    if kind in ("tableHeader", "tableCell"):
        return Node("cell", children, attrs={"header": "1" if kind == "tableHeader" else ""})
    if kind in ("expand", "nestedExpand"):
        return Node("panel", children, attrs={"title": str(attrs.get("title") or "")})
    known = {"paragraph": "paragraph", "listItem": "item", "blockquote": "quote", "table": "table", "tableRow": "row"}
    if kind in known:
        return Node(known[kind], children)
    if not children:
        return Node("text", text=str(attrs["text"])) if attrs.get("text") else None
    return Node("other", children)


def _read_leaf(kind: Json, attrs: Json) -> Node | None:
    if kind == "hardBreak":
        return Node("break")
    if kind == "rule":
        return Node("rule")
    if kind == "mention":
        return Node("mention", attrs={"user": f"accountid:{attrs.get('id', '')}"})
    if kind == "emoji":
        return Node("text", text=str(attrs.get("text") or attrs.get("shortName") or ""))
    if kind == "status":
        return Node("text", text=str(attrs.get("text") or ""))
    if kind == "date":
        moment = datetime.fromtimestamp(int(attrs.get("timestamp") or 0) / 1000, UTC)
        return Node("text", text=moment.date().isoformat())
    if kind in ("inlineCard", "blockCard", "embedCard") and attrs.get("url"):
        return Node("link", (Node("text", text=attrs["url"]),), attrs={"href": attrs["url"]})
    if kind in ("media", "mediaInline"):
        name = attrs.get("url") or attrs.get("alt") or attrs.get("id") or ""
        return Node("image", attrs={"name": str(name)})
    return None


def _marked(raw: Json) -> Node:
    node = Node("text", text=str(raw.get("text") or ""))
    for mark in raw.get("marks") or []:
        kind, attrs = mark.get("type"), mark.get("attrs") or {}
        if kind in _READ_MARKS:
            node = Node(_READ_MARKS[kind], (node,))
        elif kind == "link":
            node = Node("link", (node,), attrs={"href": str(attrs.get("href") or "")})
        elif kind == "textColor":
            node = Node("color", (node,), attrs={"color": str(attrs.get("color") or "")})
        elif kind == "subsup":
            node = Node("sup" if attrs.get("type") == "sup" else "sub", (node,))
    return node


# ---- writing

Names = Callable[[str], tuple[str, str]]


def write(tree: Node, names: Names) -> Json:
    return {"type": "doc", "version": 1, "content": _blocks(tree.children, names)}


def _blocks(nodes: tuple[Node, ...], names: Names) -> list[Json]:
    return [written for node in nodes if (written := _block(node, names)) is not None]


def _block(node: Node, names: Names) -> Json:
    kind = node.kind
    if kind == "paragraph":
        return {"type": "paragraph", "content": _inline(node.children, (), names)}
    if kind == "heading":
        level = {"level": int(node.attrs["level"])}
        return {"type": "heading", "attrs": level, "content": _inline(node.children, (), names)}
    if kind == "list":
        listing = "orderedList" if node.attrs.get("kind") == "#" else "bulletList"
        return {"type": listing, "content": _blocks(node.children, names)}
    if kind == "item":
        return {"type": "listItem", "content": _blocks(node.children, names)}
    if kind == "quote":
        return {"type": "blockquote", "content": _blocks(node.children, names)}
    if kind == "panel":
        content = _blocks(node.children, names)
        if title := node.attrs.get("title"):
            bold = {"type": "text", "text": title, "marks": [{"type": "strong"}]}
            content = [{"type": "paragraph", "content": [bold]}, *content]
        return {"type": "panel", "attrs": {"panelType": "info"}, "content": content}
    if kind in ("code", "noformat"):
        content = [{"type": "text", "text": node.text}] if node.text else []
        attrs = {"language": node.attrs["language"]} if node.attrs.get("language") else {}
        return {"type": "codeBlock", "attrs": attrs, "content": content}
    if kind == "table":
        layout = {"isNumberColumnEnabled": False, "layout": "default"}
        return {"type": "table", "attrs": layout, "content": [_row(row, names) for row in node.children]}
    if kind == "rule":
        return {"type": "rule"}
    inline = _inline((node,), (), names)
    return {"type": "paragraph", "content": inline} if inline else None


def _row(row: Node, names: Names) -> Json:
    cells = []
    for cell in row.children:
        kind = "tableHeader" if cell.attrs.get("header") else "tableCell"
        paragraph = {"type": "paragraph", "content": _inline(cell.children, (), names)}
        cells.append({"type": kind, "attrs": {}, "content": [paragraph]})
    return {"type": "tableRow", "content": cells}


def _inline(nodes: tuple[Node, ...], marks: tuple[Json, ...], names: Names) -> list[Json]:
    """Marks of the tree become marks on each text: ADF does not nest them."""
    found: list[Json] = []
    for node in nodes:
        if node.kind == "text":
            if node.text:
                found.append({"type": "text", "text": node.text} | ({"marks": list(marks)} if marks else {}))
        elif node.kind == "break":
            found.append({"type": "hardBreak"})
        elif node.kind == "mention":
            account, name = names(node.attrs["user"])
            found.append({"type": "mention", "attrs": {"id": account, "text": f"@{name}", "accessLevel": ""}})
        elif node.kind in ("image", "attachment"):
            attrs = {"type": "file", "id": node.attrs["name"], "alt": node.attrs["name"], "collection": ""}
            found.append({"type": "mediaInline", "attrs": attrs})
        else:
            found += _inline(node.children, (*marks, *_mark(node)), names)
    return found


def _mark(node: Node) -> tuple[Json, ...]:
    if node.kind in _WRITTEN_MARKS:
        return ({"type": _WRITTEN_MARKS[node.kind]},)
    if node.kind in ("sup", "sub"):
        return ({"type": "subsup", "attrs": {"type": node.kind}},)
    if node.kind == "link":
        return ({"type": "link", "attrs": {"href": node.attrs["href"]}},)
    if node.kind == "color":
        return ({"type": "textColor", "attrs": {"color": node.attrs["color"]}},)
    return ()
