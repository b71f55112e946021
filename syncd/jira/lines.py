"""Lines of text under a stack of prefixes, with gaps only between things that are there. Knows nothing of HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 20
"""Prefixes beyond this depth are left out: they would make the text grow faster than its source."""

_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class _Prefix:
    """What stands before the lines of an item or a quote: `first` once, `rest` from then on."""

    first: str
    rest: str
    started: bool = False

    def take(self) -> str:
        text = self.rest if self.started else self.first
        self.started = True
        return text


class Lines:
    """A text in the making. Lengths of gaps: 1 is a new line, 2 a new line after an empty one."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._line: list[str] = []
        self._prefixes: list[_Prefix] = []
        self._fitting: list[bool] = []
        self._gap = 0

    def ask(self, gap: int) -> None:
        """Leave at least this gap before whatever comes next, if anything comes. None between a prefix and its text."""
        self._finish()
        if not self._prefixes or self._prefixes[-1].started:
            self._gap = max(self._gap, gap)

    def tighten(self) -> None:
        """Whatever gap was asked for, leave none but a new line."""
        self._gap = min(self._gap, 1)

    def add(self, text: str) -> None:
        """Running text: white space collapses, and vanishes where a line begins."""
        text = _SPACE.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._append(text)

    def verbatim(self, text: str) -> None:
        """Preformatted text: every character counts."""
        head, *more = text.split("\n")
        self._append(head)
        for line in more:
            self.end()
            self._append(line)

    def end(self) -> None:
        """End the line even if it is empty, unless a gap is due here anyway."""
        if self._line:
            self._finish()
        elif not self._gap and self._done:
            self._done.append(self._prefix().rstrip())

    def push(self, first: str, rest: str) -> None:
        """From here on lines begin with `first`, later ones with `rest`."""
        fits = len(self._prefixes) < DEEPEST
        self._fitting.append(fits)
        if fits:
            self._prefixes.append(_Prefix(first, rest))

    def pop(self) -> None:
        self._finish()
        if self._fitting and self._fitting.pop():
            self._prefixes.pop()

    def text(self) -> str:
        self._finish()
        return "\n".join(self._done).strip("\n")

    def _append(self, text: str) -> None:
        if not text:
            return
        if self._gap == 2 and self._done:
            self._done.append("".join(p.rest for p in self._prefixes if p.started).rstrip())
        self._gap = 0
        self._line.append(text)

    def _finish(self) -> None:
        if self._line:
            self._done.append((self._prefix() + "".join(self._line)).rstrip())
            self._line = []

    def _prefix(self) -> str:
        return "".join(prefix.take() for prefix in self._prefixes)
