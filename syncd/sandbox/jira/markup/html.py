"""Spells a tree as the HTML of Jira's wiki renderer: its class names, relative addresses for files and people."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from syncd.sandbox.jira.markup.tree import Links, Node

_TAGS = {
    "strong": "b",
    "em": "em",
    "strike": "del",
    "under": "ins",
    "sup": "sup",
    "sub": "sub",
    "mono": "tt",
    "cite": "cite",
}
_LISTS = {"*": ("<ul>", "</ul>"), "-": ('<ul class="alternate" type="square">', "</ul>"), "#": ("<ol>", "</ol>")}


def write(tree: Node, links: Links) -> str:
    return "\n\n".join(_block(node, links) for node in tree.children)


def _all(nodes: tuple[Node, ...], links: Links) -> str:
    return "".join(_inline(node, links) for node in nodes)


def _block(node: Node, links: Links) -> str:
    writer = _BLOCKS.get(node.kind)
    return writer(node, links) if writer else _inline(node, links)


def _paragraph(node: Node, links: Links) -> str:
    return f"<p>{_all(node.children, links)}</p>"


def _heading(node: Node, links: Links) -> str:
    level = node.attrs["level"]
    anchor = escape("".join(_plain(node).split()), quote=True)
    return f'<h{level}><a name="{anchor}"></a>{_all(node.children, links)}</h{level}>'


def _list(node: Node, links: Links) -> str:
    opening, closing = _LISTS[node.attrs.get("kind", "*")]
    return f"{opening}\n{''.join(_item(item, links) for item in node.children)}{closing}"


def _item(node: Node, links: Links) -> str:
    inner = "\n".join(
        _all(child.children, links) if child.kind == "paragraph" else _block(child, links) for child in node.children
    )
    return f"\t<li>{inner}</li>\n"


def _quote(node: Node, links: Links) -> str:
    return f"<blockquote>{''.join(_block(child, links) for child in node.children)}</blockquote>"


def _panel(node: Node, links: Links) -> str:
    title = node.attrs.get("title", "")
    head = f'<div class="panelHeader" style="border-bottom-width: 1px;"><b>{escape(title)}</b></div>' if title else ""
    inner = "\n".join(_block(child, links) for child in node.children)
    return f'<div class="panel" style="border-width: 1px;">{head}<div class="panelContent">\n{inner}\n</div></div>'


def _code(node: Node, links: Links) -> str:
    title = node.attrs.get("title", "")
    head = (
        f'<div class="codeHeader panelHeader" style="border-bottom-width: 1px;"><b>{escape(title)}</b></div>'
        if title
        else ""
    )
    language = escape(node.attrs.get("language") or "java", quote=True)
    return (
        f'<div class="code panel" style="border-width: 1px;">{head}<div class="codeContent panelContent">\n'
        f'<pre class="code-{language}">{escape(node.text, quote=False)}</pre>\n</div></div>'
    )


def _noformat(node: Node, links: Links) -> str:
    return (
        '<div class="preformatted panel" style="border-width: 1px;"><div class="preformattedContent panelContent">\n'
        f"<pre>{escape(node.text, quote=False)}</pre>\n</div></div>"
    )


def _table(node: Node, links: Links) -> str:
    rows = "".join(f"<tr>\n{''.join(_cell(cell, links) for cell in row.children)}</tr>\n" for row in node.children)
    return f"<div class='table-wrap'>\n<table class='confluenceTable'><tbody>\n{rows}</tbody></table>\n</div>"


def _cell(node: Node, links: Links) -> str:
    tag = "th" if node.attrs.get("header") else "td"
    name = "confluenceTh" if tag == "th" else "confluenceTd"
    inner = "".join(_block(child, links) for child in node.children)
    return f"<{tag} class='{name}'>{inner or '&nbsp;'}</{tag}>\n"


_BLOCKS: dict[str, Callable[[Node, Links], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "list": _list,
    "quote": _quote,
    "panel": _panel,
    "code": _code,
    "noformat": _noformat,
    "table": _table,
    "rule": lambda node, links: "<hr />",
}


def _inline(node: Node, links: Links) -> str:
    if node.kind == "text":
        return escape(node.text, quote=False)
    if node.kind == "break":
        return "<br/>\n"
    if tag := _TAGS.get(node.kind):
        return f"<{tag}>{_all(node.children, links)}</{tag}>"
    if node.kind == "color":
        return f'<font color="{escape(node.attrs["color"], quote=True)}">{_all(node.children, links)}</font>'
    if node.kind == "link":
        return _link(node, links)
    if node.kind == "mention":
        address, name = links.person(node.attrs["user"])
        user = escape(node.attrs["user"].removeprefix("accountid:"), quote=True)
        return f'<a href="{escape(address, quote=True)}" class="user-hover" rel="{user}">{escape(name)}</a>'
    if node.kind in ("image", "attachment"):
        return _file(node, links)
    return _all(node.children, links)


def _link(node: Node, links: Links) -> str:
    href = escape(node.attrs["href"], quote=True)
    shown = _all(node.children, links)
    return f'<a href="{href}" class="external-link" target="_blank" rel="nofollow noopener">{shown}</a>'


def _file(node: Node, links: Links) -> str:
    name = node.attrs["name"]
    address = name if name.startswith(("http://", "https://")) else links.attachment(name)
    if node.kind == "attachment":
        if address is None:
            return f'<span class="nobr">{escape(node.text)}</span>'
        href = escape(address, quote=True)
        return f'<span class="nobr"><a href="{href}" title="{escape(name, quote=True)}">{escape(node.text)}</a></span>'
    if address is None:
        return f'<span class="error">No image attached to this issue: {escape(name)}</span>'
    return (
        f'<span class="image-wrap" style=""><img src="{escape(address, quote=True)}" '
        f'alt="{escape(name, quote=True)}" style="border: 0px solid black" /></span>'
    )


def _plain(node: Node) -> str:
    return node.text + "".join(_plain(child) for child in node.children)
