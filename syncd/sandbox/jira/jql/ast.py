"""What a parsed query is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A value. Whether it was quoted matters: only a bare integer is epoch milliseconds (facts 2.4)."""

    text: str
    quoted: bool

    @property
    def number(self) -> int | None:
        body = self.text.removeprefix("-")
        return int(self.text) if not self.quoted and body.isdecimal() and body.isascii() else None


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """EMPTY or NULL."""


Operand = Literal | Function | Empty


@dataclass(frozen=True, slots=True)
class Clause:
    """`operator` is one of = != < > <= >= ~ !~ in, not in, is, is not."""

    field: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Node, ...]


Node = Clause | Not | And | Or


@dataclass(frozen=True, slots=True)
class Sort:
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    where: Node | None
    order: tuple[Sort, ...]
