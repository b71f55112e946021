"""Reads the fenced blocks of a Markdown page: what a reader would type, and what the page says comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_PART = re.compile(r"^## (?P<title>[^\n]+)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of commands, and the lines that the page says it prints; `...` in them stands for anything."""

    section: str
    text: str
    prints: tuple[str, ...] = ()


def command_blocks(page: Path) -> list[Block]:
    """The `sh` blocks of a page in order. A `text` block after one says what that one, or those since, print."""
    return list(_blocks(page.read_text(encoding="utf-8")))


def _blocks(text: str) -> Iterator[Block]:
    section, waiting = "", None
    for part in _PART.finditer(text):
        if part["title"]:
            section = part["title"]
        elif part["language"] == "sh":
            if waiting is not None:
                yield waiting
            waiting = Block(section, part["text"])
        elif part["language"] == "text":
            assert waiting is not None, f"{section}: nothing was typed that could print {part['text']!r}"
            waiting = Block(waiting.section, waiting.text, tuple(part["text"].splitlines()))
    if waiting is not None:
        yield waiting


def misses(block: Block, printed: str) -> list[str]:
    """Which of the promised lines were not printed, in that order; how much space is between words does not count."""
    rest = [" ".join(line.split()) for line in printed.splitlines()]
    missing = []
    for line in block.prints:
        pattern = re.compile(".*".join(map(re.escape, " ".join(line.split()).split("..."))))
        place = next((index for index, said in enumerate(rest) if pattern.search(said)), None)
        if place is None:
            missing.append(line)
        else:
            rest = rest[place + 1 :]
    return missing


def table_rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, heads included, rules left out."""
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows]
