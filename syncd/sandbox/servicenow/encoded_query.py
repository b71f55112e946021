"""Reads an encoded query (facts 1.45, 1.46) into groups of alternatives. Knows no table: any field name will do here.

    state=1^ORstate=2^caller_id.email=x@y.z^NQpriority=1^ORDERBYnumber

is: (state is 1 or 2, and the caller's email is x@y.z) or (priority is 1), ordered by number. A `^^` is a caret inside a
value. What is not a condition at all becomes an `Unreadable`, since ServiceNow ignores it instead of refusing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OPERATORS = (
    "!=",
    "<=",
    ">=",
    "=",
    "<",
    ">",
    "DOES NOT CONTAIN",
    "NOT LIKE",
    "NOTLIKE",
    "NOT IN",
    "NOTIN",
    "NOTON",
    "STARTSWITH",
    "ENDSWITH",
    "CONTAINS",
    "BETWEEN",
    "ISNOTEMPTY",
    "ISEMPTY",
    "EMPTYSTRING",
    "ANYTHING",
    "INSTANCEOF",
    "NSAMEAS",
    "SAMEAS",
    "RELATIVEGT",
    "RELATIVEGE",
    "RELATIVELT",
    "RELATIVELE",
    "RELATIVEEE",
    "DATEPART",
    "DYNAMIC",
    "LIKE",
    "IN",
    "ON",
)

_CONDITION = re.compile(
    r"(?P<field>[a-z0-9_][a-zA-Z0-9_.]*?)(?P<operator>" + "|".join(map(re.escape, OPERATORS)) + r")(?P<value>.*)",
    re.DOTALL,
)
_JOIN = re.compile(r"JOIN(\w+)\.(\w+)=(\w+)\.(\w+)!(.*)", re.DOTALL)
_RELATED = re.compile(r"RLQUERY(\w+)\.(\w+),\s*(>=|<=|!=|=|>|<)\s*(\d+)(?:,m2m)?", re.DOTALL)
_TEXT = "123TEXTQUERY321="
_CARET = "\x00"


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class TextSearch:
    """`123TEXTQUERY321=words`: the words anywhere in the record."""

    words: str


@dataclass(frozen=True, slots=True)
class Join:
    """`JOINincident.caller_id=sys_user.sys_id!active=true`: a matching row exists in the other table."""

    field: str
    other_table: str
    other_field: str
    query: Query


@dataclass(frozen=True, slots=True)
class Related:
    """`RLQUERYincident.problem_id,>=2^active=true^ENDRLQUERY`: so many rows point here."""

    table: str
    field: str
    operator: str
    count: int
    query: Query


@dataclass(frozen=True, slots=True)
class Unreadable:
    text: str


Term = Condition | TextSearch | Join | Related | Unreadable
Alternatives = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """`groups` are joined by OR (`^NQ`); a group's alternatives by AND; the terms of one by OR (`^OR`)."""

    groups: tuple[tuple[Alternatives, ...], ...] = ((),)
    orders: tuple[Order, ...] = ()


@dataclass(slots=True)
class _Reader:
    groups: list[list[list[Term]]] = field(default_factory=lambda: [[]])
    orders: list[Order] = field(default_factory=list)

    def add(self, term: Term, *, alternative: bool = False) -> None:
        group = self.groups[-1]
        if alternative and group:
            group[-1].append(term)
        else:
            group.append([term])

    def query(self) -> Query:
        return Query(tuple(tuple(tuple(terms) for terms in group) for group in self.groups), tuple(self.orders))


def parse(encoded: str) -> Query:
    """Read an encoded query; nothing is refused."""
    return _read([part.replace(_CARET, "^") for part in encoded.replace("^^", _CARET).split("^")])


def _read(parts: list[str]) -> Query:
    reader = _Reader()
    index = 0
    while index < len(parts):
        part = parts[index]
        index += 1
        if part == "EQ":
            break
        if part.startswith("NQ"):
            reader.groups.append([])
            part = part[2:]
        if join := _JOIN.fullmatch(part):
            inner, orders = _without_orders([join[5], *parts[index:]])
            reader.orders.extend(orders)
            reader.add(Join(join[2], join[3], join[4], _read(inner)))
            break  # everything after the `!` belongs to the joined table
        if related := _RELATED.fullmatch(part):
            end = parts.index("ENDRLQUERY", index) if "ENDRLQUERY" in parts[index:] else len(parts)
            reader.add(Related(related[1], related[2], related[3], int(related[4]), _read(parts[index:end])))
            index = end + 1
            continue
        _read_plain(part, reader)
    return reader.query()


def _read_plain(part: str, reader: _Reader) -> None:
    if not part or part.startswith("GROUPBY"):
        return
    if part.startswith("ORDERBY"):
        reader.orders.append(_order(part))
    elif part.startswith("OR"):
        reader.add(_term(part[2:]), alternative=True)
    else:
        reader.add(_term(part))


def _order(part: str) -> Order:
    if part.startswith("ORDERBYDESC"):
        return Order(part.removeprefix("ORDERBYDESC").strip(), descending=True)
    return Order(part.removeprefix("ORDERBY").strip())


def _without_orders(parts: list[str]) -> tuple[list[str], list[Order]]:
    return [p for p in parts if not p.startswith("ORDERBY")], [_order(p) for p in parts if p.startswith("ORDERBY")]


def _term(text: str) -> Term:
    if text.startswith(_TEXT):
        return TextSearch(text.removeprefix(_TEXT))
    found = _CONDITION.fullmatch(text)
    return Condition(found["field"], found["operator"], found["value"]) if found else Unreadable(text)
