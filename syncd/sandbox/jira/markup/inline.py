"""Wiki markup within a line or a paragraph: marks, links, images, mentions, colours, forced breaks.

One pass with look-ups that never go back, so a text of nothing but `[` costs no more than prose (facts 12.4).
"""

from __future__ import annotations

import re
from bisect import bisect_left

from syncd.sandbox.jira.markup.tree import Node

MARKS = {"*": "strong", "_": "em", "-": "strike", "+": "under", "^": "sup", "~": "sub", "??": "cite"}
_SPECIAL = re.compile(
    r"\?\?|\{\{|\{color\}|\{color:[^}\s]{1,30}\}|\\\\|\\[*_\-+^~?{}\[\]!|\\]|https?://|[*_\-+^~\[!\n]"
)
_URL = re.compile(r"https?://[^\s\]|<>\"{}]+")
_TARGET = re.compile(r"(?:https?|ftp|mailto|file|tel):\S*|[#^~/]\S*|www\.\S+", re.IGNORECASE)
_COLOR = re.compile(r"#?[A-Za-z0-9]+")
_DEEPEST = 12


def inline(text: str) -> tuple[Node, ...]:
    return tuple(_Line(text, frozenset(), 0).nodes())


class _Line:
    """One stretch of text. A mark does not nest in itself, so the depth is bounded by the number of marks."""

    def __init__(self, text: str, inside: frozenset[str], depth: int) -> None:
        self._text = text
        self._inside = inside
        self._depth = depth
        self._ahead: dict[str, int] = {}
        self._closers: dict[str, list[int]] = {}

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        plain: list[str] = []
        position = 0

        def flush() -> None:
            if plain:
                found.append(Node("text", text="".join(plain)))
                plain.clear()

        while position < len(self._text):
            match = _SPECIAL.search(self._text, position)
            if match is None:
                plain.append(self._text[position:])
                break
            plain.append(self._text[position : match.start()])
            read = self._special(match)
            if read is None:
                plain.append(match[0])
                position = match.end()
                continue
            node, position = read
            if node.kind == "text":
                plain.append(node.text)
            else:
                flush()
                found.append(node)
        flush()
        return found

    def _special(self, match: re.Match[str]) -> tuple[Node, int] | None:
        token, start = match[0], match.start()
        if token == "\n" or token == "\\\\":
            return Node("break"), match.end()
        if token[0] == "\\":
            return Node("text", text=token[1:]), match.end()
        if token.startswith("http"):
            url = _URL.match(self._text, start)
            if url is None:
                return None
            address = url[0].rstrip(".,;:!?)")
            return Node("link", (Node("text", text=address),), attrs={"href": address}), start + len(address)
        if token == "[":
            return self._link(start)
        if token == "!":
            return self._image(start)
        if token == "{{":
            return self._mono(start)
        if token.startswith("{color"):
            return self._color(match)
        return self._mark(token, start)

    def _mark(self, token: str, start: int) -> tuple[Node, int] | None:
        text, end = self._text, start + len(token)
        if token in self._inside or self._depth > _DEEPEST:
            return None
        if (start and text[start - 1].isalnum()) or end >= len(text) or text[end].isspace():
            return None
        closers = self._closers_of(token)
        at = bisect_left(closers, end + 1)
        if at == len(closers):
            return None
        close = closers[at]
        children = _Line(text[end:close], self._inside | {token}, self._depth + 1).nodes()
        return Node(MARKS[token], tuple(children)), close + len(token)

    def _closers_of(self, token: str) -> list[int]:
        """Where this mark can end: after something that is no space, before something that is no letter."""
        if token not in self._closers:
            size = len(token)
            text = self._text
            places = []
            at = text.find(token)
            while at != -1:
                after = at + size
                if at and not text[at - 1].isspace() and not (after < len(text) and text[after].isalnum()):
                    places.append(at)
                at = text.find(token, after)
            self._closers[token] = places
        return self._closers[token]

    def _find(self, needle: str, start: int) -> int:
        """Where `needle` comes next. Remembers the answer, so asking at every character stays linear."""
        known = self._ahead.get(needle, -2)
        if known == -1 or known >= start:
            return known
        self._ahead[needle] = found = self._text.find(needle, start)
        return found

    def _link(self, start: int) -> tuple[Node, int] | None:
        end = self._find("]", start + 1)
        newline, again = self._find("\n", start + 1), self._find("[", start + 1)
        if end <= start + 1 or (newline != -1 and newline < end) or (again != -1 and again < end):
            return None
        label, bar, target = self._text[start + 1 : end].rpartition("|")
        if bar and target.startswith("smart-"):  # Cloud writes [url|url|smart-link]
            label, _, target = label.rpartition("|")
        target = target.strip()
        if target.startswith("~") and not bar:
            return Node("mention", attrs={"user": target[1:]}), end + 1
        if target.startswith("^"):
            return Node("attachment", text=label or target[1:], attrs={"name": target[1:]}), end + 1
        if not _TARGET.fullmatch(target):
            return None
        shown = tuple(_Line(label, self._inside, self._depth + 1).nodes()) if label and self._depth < _DEEPEST else ()
        shown = tuple(node for node in shown if node.kind != "link") or (Node("text", text=label or target),)
        return Node("link", shown, attrs={"href": target}), end + 1

    def _image(self, start: int) -> tuple[Node, int] | None:
        end = self._find("!", start + 1)
        newline = self._find("\n", start + 1)
        if end <= start + 1 or (newline != -1 and newline < end) or end - start > 400:
            return None
        name, _, _ = self._text[start + 1 : end].partition("|")
        if not name or name[0].isspace() or name[-1].isspace() or "." not in name:
            return None
        return Node("image", attrs={"name": name}), end + 1

    def _mono(self, start: int) -> tuple[Node, int] | None:
        end = self._find("}}", start + 2)
        newline = self._find("\n", start + 2)
        if end <= start + 2 or (newline != -1 and newline < end):
            return None
        return Node("mono", (Node("text", text=self._text[start + 2 : end]),)), end + 2

    def _color(self, match: re.Match[str]) -> tuple[Node, int] | None:
        color = match[0][7:-1]
        end = self._find("{color}", match.end())
        if not color or not _COLOR.fullmatch(color) or end == -1 or self._depth > _DEEPEST:
            return None
        children = _Line(self._text[match.end() : end], self._inside, self._depth + 1).nodes()
        return Node("color", tuple(children), attrs={"color": color}), end + len("{color}")
