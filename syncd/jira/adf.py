"""Atlassian's document format as HTML, for a text that comes as a document instead of Jira's own rendering of it.

API v2 shows wiki text and renders it for us; a document appears where a plug-in stores one in a field of its own, or
where an answer is of v3. The HTML made here goes the way of Jira's (`rendering` sanitises it, `plain` writes it down),
so this module escapes what it copies and decides nothing about safety.

Tolerant and iterative: of a node that nobody knows the content is read, else its text; what lies deeper than
`DEEPEST` keeps its text and loses its form. The HTML grows with the document and with nothing else.

| nodes                                                  | become                                                |
|--------------------------------------------------------|-------------------------------------------------------|
| paragraph, heading, lists, quote, table, rule, break   | the same in HTML                                      |
| codeBlock                                              | `pre`                                                 |
| panel, expand, layout                                  | a block; an expand begins with its title              |
| taskItem                                               | a list item that begins with [x] or [ ]               |
| decisionItem                                           | a list item                                           |
| media                                                  | an image by its `alt`                                 |
| mention, emoji, status, date, placeholder              | their text; a date as YYYY-MM-DD                      |
| inlineCard, blockCard, embedCard                       | a link                                                |
| extension                                              | its content, else its text                            |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any

DEEPEST = 200
"""Elements within elements (jira facts 12.2). Browsers and parsers have such a limit too."""

_PLAIN = {
    "paragraph": "p",
    "caption": "p",
    "bulletList": "ul",
    "listItem": "li",
    "taskList": "ul",
    "decisionList": "ul",
    "decisionItem": "li",
    "codeBlock": "pre",
    "blockquote": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "mediaSingle": "div",
    "mediaGroup": "div",
    "layoutSection": "div",
    "layoutColumn": "div",
    "bodiedExtension": "div",
}
"""Nodes that are one element around their content."""

_MARKS = {"strong": "strong", "em": "em", "code": "code", "strike": "del", "underline": "u"}

Attributes = dict[str, Any]


class _Html(str):
    """HTML that is ready, among nodes that are not."""


def is_document(value: Any) -> bool:
    """Whether a value is a document, and not a text or an object of another kind."""
    return isinstance(value, dict) and value.get("type") == "doc" and isinstance(value.get("content"), list)


def source_text(value: Any) -> str:
    """A source as text, equal for equal sources: texts as they are, nothing as "", and documents as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def document_html(document: Any) -> str:
    """The HTML of a document, or of any part of one."""
    pieces: list[str] = []
    todo: list[tuple[Any, int]] = [(document, 0)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, str):
            pieces.append(node if isinstance(node, _Html) else _text(node))
        elif isinstance(node, list):
            todo.extend((one, depth) for one in reversed(node))
        elif isinstance(node, dict):
            before, after = _around(node) if depth < DEEPEST else ("", " ")
            content = node.get("content")
            pieces.append(before)
            todo.append((_Html(after), depth))
            if isinstance(content, list | dict) and content:
                todo.append((content, depth + 1))
            else:
                todo.append((_Html(_said(node)), depth))
    return "".join(pieces)


def _around(node: Attributes) -> tuple[str, str]:
    """What stands before the content of a node, and after it."""
    kind, attributes = node.get("type"), _attributes(node)
    if isinstance(kind, str) and kind in _PLAIN:
        return f"<{_PLAIN[kind]}>", f"</{_PLAIN[kind]}>"
    match kind:
        case "heading":
            level = attributes.get("level")
            tag = f"h{level}" if isinstance(level, int) and 1 <= level <= 6 else "h6"
            return f"<{tag}>", f"</{tag}>"
        case "orderedList":
            start = attributes.get("order")
            return f'<ol start="{start}">' if isinstance(start, int) else "<ol>", "</ol>"
        case "taskItem":
            return "<li>" + ("[x] " if attributes.get("state") == "DONE" else "[ ] "), "</li>"
        case "panel":
            return '<div class="panel">', "</div>"
        case "expand" | "nestedExpand":
            title = _text(attributes.get("title"))
            return "<div>" + (f"<p><strong>{title}</strong></p>" if title else ""), "</div>"
        case "blockCard" | "embedCard" | "extension":
            return "<p>", "</p>"
        case "text" | "doc" | None:
            return "", ""
        case str() if kind in _SAYINGS:
            return "", ""
        case _:
            return " ", " "  # nobody knows whether it is a block


def _said(node: Attributes) -> str:
    """What a node without content says."""
    kind, attributes = node.get("type"), _attributes(node)
    said = _SAYINGS.get(kind) if isinstance(kind, str) else None
    if said is not None:
        return said(attributes)
    return _marked(_text(node.get("text")) or _text(attributes.get("text")), node.get("marks"))


def _marked(text: str, marks: Any) -> str:
    for mark in marks if isinstance(marks, list) else ():
        if not (text and isinstance(mark, dict)):
            continue
        kind, attributes = mark.get("type"), _attributes(mark)
        if isinstance(kind, str) and kind in _MARKS:
            text = f"<{_MARKS[kind]}>{text}</{_MARKS[kind]}>"
        elif kind == "link" and attributes.get("href"):
            text = f'<a href="{_text(attributes["href"])}">{text}</a>'
        elif kind == "subsup":
            tag = "sup" if attributes.get("type") == "sup" else "sub"
            text = f"<{tag}>{text}</{tag}>"
    return text


def _mention(attributes: Attributes) -> str:
    name = _text(attributes.get("text")) or _text(attributes.get("id"))
    return f"<span>{name if name.startswith('@') else '@' + name}</span>" if name else ""


def _date(attributes: Attributes) -> str:
    """A day; its number of milliseconds is a text (jira facts 12.2)."""
    said = attributes.get("timestamp")
    try:
        return f"{datetime.fromtimestamp(int(said) / 1000, UTC):%Y-%m-%d}"  # type: ignore[arg-type]  # raises TypeError
    except (TypeError, ValueError, OverflowError, OSError):
        return _text(said)


def _card(attributes: Attributes) -> str:
    data = attributes.get("data")
    inside = data if isinstance(data, dict) else {}
    url = _text(attributes.get("url")) or _text(inside.get("url"))
    name = _text(inside.get("name")) or url
    return f'<a href="{url}">{name}</a>' if url else name


def _media(attributes: Attributes) -> str:
    """A picture or a file. It is known by an id of the media store that says nothing to people."""
    name = _text(attributes.get("alt")) or _text(attributes.get("__fileName")) or "attachment"
    return f'<img src="{_text(attributes.get("url"))}" alt="{name}">'


def _attributes(node: Attributes) -> Attributes:
    attributes = node.get("attrs")
    return attributes if isinstance(attributes, dict) else {}


def _text(value: Any) -> str:
    """Any plain value, safe in HTML and in an attribute."""
    return escape(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


_SAYINGS: dict[str, Callable[[Attributes], str]] = {
    "hardBreak": lambda attributes: "<br>",
    "rule": lambda attributes: "<hr>",
    "mention": _mention,
    "emoji": lambda attributes: _text(attributes.get("text")) or _text(attributes.get("shortName")),
    "date": _date,
    "media": _media,
    "mediaInline": _media,
    "status": lambda attributes: _text(attributes.get("text")),
    "placeholder": lambda attributes: _text(attributes.get("text")),
    "inlineExtension": lambda attributes: _text(attributes.get("text")),
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
}
