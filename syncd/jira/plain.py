"""Sanitised HTML to plain text that reads well in a work note.

The input is what `nh3` put out, so it is well-formed and this module only writes. It is a stream with explicit stacks:
its work grows with the length of the input and with nothing else, however deep things are nested.

| HTML                | text                                          |
|---------------------|-----------------------------------------------|
| paragraph, heading  | apart by an empty line                        |
| list                | `* one`, `1. one`, nested by indent           |
| table               | `| a | b |`, a line for each row              |
| quote               | `> ` before each line                         |
| code, preformatted  | as it is                                      |
| link                | `label (address)`, or the address alone       |
| mention             | `@Name`                                       |
| image               | `[image: name]`                               |
| struck, raised      | `~~gone~~`, `^2`                              |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from syncd.jira.lines import Lines

DEEPEST_TABLE = 2
"""Tables within tables within tables are written as running text."""

_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dl", "table"})
_BLOCKS = frozenset({"div", "dt", "dd", "tr", "caption", "article", "figure", "details", "summary", "center"})
_MENTION = frozenset({"user-hover", "mention"})


def plain_text(html: str) -> str:
    """What sanitised HTML says."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.lines.text()


@dataclass(slots=True)
class _Link:
    href: str
    title: str
    mention: bool
    label: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _List:
    number: int | None  # of the next item; None for bullets
    items: int = 0


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = Lines()
        self._lists: list[_List] = []
        self._links: list[_Link] = []
        self._pre = 0
        self._tables = 0
        self._rows: list[list[str]] = []
        self._around: list[Lines | None] = []  # for each open cell, what it stands in; None in a table too deep
        self._mark = ""  # goes before the next text, if any comes

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = frozenset(values.get("class", "").split())
        match tag:
            case "br":
                self.lines.end()
            case "hr":
                self.lines.ask(2)
                self.lines.add("----")
                self.lines.ask(2)
            case "img":
                self._image(values, classes)
            case "a":
                self._links.append(_Link(values.get("href", ""), values.get("title", ""), bool(classes & _MENTION)))
                self._mark = "@" if self._links[-1].mention else self._mark
            case "ul" | "ol":
                self.lines.ask(1 if self._lists else 2)
                if self._lists:
                    self.lines.tighten()  # also under an item that is a paragraph
                self._lists.append(_List(None if tag == "ul" else _number(values.get("start", ""))))
            case "li":
                self._item()
            case "blockquote":
                self.lines.ask(2)
                self.lines.push("> ", "> ")
            case "td" | "th":
                self._open_cell()
            case "del" | "s" | "strike":
                self._write("~~")
            case "sup":
                self._mark = "^"
            case _:
                self._block(tag, "panel" in classes)
                self._pre += tag == "pre"
                self._tables += tag == "table"
                if tag == "tr" and self._tables <= DEEPEST_TABLE:
                    self._rows.append([])

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "a":
                self._close_link()
            case "ul" | "ol":
                del self._lists[-1:]
                self.lines.ask(1 if self._lists else 2)
            case "li":
                self.lines.ask(1)
                self.lines.pop()
            case "blockquote":
                self.lines.pop()
                self.lines.ask(2)
            case "td" | "th":
                self._close_cell()
            case "del" | "s" | "strike":
                self._write("~~")
            case "sup":
                self._mark = ""
            case _:
                if tag == "tr" and self._tables <= DEEPEST_TABLE:
                    self._row()
                self._tables -= tag == "table"
                self._pre -= tag == "pre"
                self._block(tag, panel=False)

    def handle_data(self, data: str) -> None:
        if self._links:
            self._links[-1].label.append(data)
        if self._mark and data.strip():
            data = data if data.lstrip().startswith(self._mark) else self._mark + data.lstrip()
            self._mark = ""
        self._write(data)

    def _write(self, text: str) -> None:
        if self._pre:
            self.lines.verbatim(text)
        else:
            self.lines.add(text)

    def _block(self, tag: str, panel: bool) -> None:
        if panel or tag in _PARAGRAPHS:
            self.lines.ask(2)
        elif tag in _BLOCKS:
            self.lines.ask(1)

    def _item(self) -> None:
        self.lines.ask(1)
        around = self._lists[-1] if self._lists else _List(None)
        if around.items:
            self.lines.tighten()  # items stay together even where Jira makes paragraphs of them
        around.items += 1
        head = "* " if around.number is None else f"{around.number}. "
        if around.number is not None:
            around.number += 1
        self.lines.push(head, " " * len(head))

    def _image(self, values: dict[str, str], classes: frozenset[str]) -> None:
        if "rendericon" in classes:
            return  # the little arrow after a link
        title = self._links[-1].title if self._links else ""
        name = values.get("alt") or values.get("title") or title or _last_part(values.get("src", ""))
        if not name:
            return
        if self._links:
            self._links[-1].label.append(name)
        if "emoticon" in classes:
            self._write(name if name.startswith("(") else f"({name.partition('.')[0]})")
        else:
            self._write(f"[image: {name}]")

    def _close_link(self) -> None:
        if not self._links:
            return
        link = self._links.pop()
        label = " ".join("".join(link.label).split())
        if link.mention:
            self._mark = ""
        elif link.href and not label:
            self._write(link.href)
        elif link.href and not _same(label, link.href):
            self._write(f" ({link.href})")
        if self._links:
            self._links[-1].label.append(label)

    def _open_cell(self) -> None:
        if self._tables <= DEEPEST_TABLE and self._rows:
            self._around.append(self.lines)
            self.lines = Lines()
        else:
            self._around.append(None)
            self._write(" ")

    def _close_cell(self) -> None:
        around = self._around.pop() if self._around else None
        if around is not None:
            text = " / ".join(line.strip() for line in self.lines.text().split("\n") if line.strip())
            self._rows[-1].append(text)
            self.lines = around

    def _row(self) -> None:
        cells = self._rows.pop() if self._rows else []
        if any(cells):
            self.lines.ask(1)
            self.lines.add(f"| {' | '.join(cells)} |")


def _number(start: str) -> int:
    return int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1


def _last_part(address: str) -> str:
    return unquote(urlsplit(address).path.rpartition("/")[2])


def _same(label: str, href: str) -> bool:
    """Whether the label already says the address."""
    return _bare(label) == _bare(href)


def _bare(address: str) -> str:
    scheme, found, rest = address.partition(":")
    known = found and scheme.lower() in {"http", "https", "mailto"}
    return unquote((rest if known else address).strip("/")).lower()
