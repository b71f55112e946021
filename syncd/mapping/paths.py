"""`from:` paths: what they look like, and what they find in a JSON value. Does not know issues.

priority.name            a key of an object
components.name          over a list: the names of all components
fixVersions.0.name       one item of a list
fields["Story Points"]   a field whose name has dots or brackets in it; blanks need no quotes
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncd.core.model import Json

_TOKEN = re.compile(r"""\.?([^.\[\]"']+)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]""")


@dataclass(frozen=True, slots=True)
class Path:
    """`root` is a field (by id or name) or one of key, id, url; `rest` leads on from its value."""

    root: str
    rest: tuple[str, ...] = ()
    quoted: bool = False  # written fields["..."], so it names a field even if it is called key, id or url

    def __str__(self) -> str:
        root = f'fields["{self.root}"]' if self.quoted else self.root
        return ".".join((root, *self.rest))


class PathError(Exception):
    """The path asks something of a value that the value cannot have. Stays inside this package."""


def parse_path(text: str) -> Path:
    """Raises ValueError with a sentence if `text` is not a path."""
    parts: list[str] = []
    position = 0
    for match in _TOKEN.finditer(text.strip()):
        if match.start() != position or (position == 0) == match[0].startswith((".", "[")):
            break
        position = match.end()
        plain, double, single, index = match.groups()
        part = plain.strip() if plain is not None else double or single or index or ""
        if not part:
            break
        parts.append(part)
    else:
        if parts and position == len(text.strip()):
            return _path(parts)
    raise ValueError(f'{text!r} is not a path; write e.g. priority.name, components.name or fields["Story Points"]')


def _path(parts: list[str]) -> Path:
    if parts[0] == "issue" and len(parts) > 1:  # as in templates
        parts = parts[1:]
    if parts[0] == "fields" and len(parts) > 1:
        return Path(parts[1], tuple(parts[2:]), quoted=True)
    return Path(parts[0], tuple(parts[1:]))


def follow(value: Json, rest: tuple[str, ...]) -> Json:
    """What lies at the end of `rest`. Nothing of nothing is nothing; a list answers with one item or with all."""
    for position, part in enumerate(rest):
        match value:
            case None | "":
                return None
            case dict():
                value = value.get(part)
            case list() if part.isdecimal():
                value = value[int(part)] if int(part) < len(value) else None
            case list():
                return _over(value, rest[position:])
            case _:
                raise PathError(f"is a plain value ({_short(value)}) and has no {part!r}")
    return value


def _over(items: list[Json], rest: tuple[str, ...]) -> list[Json]:
    found: list[Json] = []
    for item in items:
        match follow(item, rest):
            case None:
                continue
            case list() as several:
                found.extend(several)
            case one:
                found.append(one)
    return found


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
