"""Field paths with dots: `caller_id.manager.email` of an incident. Resolves them over the schema, reads their value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.sandbox.servicenow.database import Database, Row
from syncd.sandbox.servicenow.schema import Column

Read = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved path: the last column, the table that it is a column of, and how to read it from a row."""

    column: Column
    table: str
    hops: tuple[tuple[str, str], ...]
    """Reference columns on the way and the tables that they lead to."""


def resolve(database: Database, table: str, dotted: str) -> Path | None:
    """The path from a table, or None if a name on it is no column or no reference."""
    schema = database.schema
    names = dotted.split(".")
    hops: list[tuple[str, str]] = []
    for name in names[:-1]:
        column = schema.column(table, name)
        if column is None or column.kind != "reference" or column.reference not in schema:
            return None
        hops.append((name, column.reference))
        table = column.reference
    last = schema.column(table, names[-1])
    if last is None and hops:
        last, table = _in_family(database, table, names[-1])
    return Path(last, table, tuple(hops)) if last else None


def _in_family(database: Database, table: str, name: str) -> tuple[Column | None, str]:
    """A dot-walk may name a column that only an extension of the referenced table has."""
    for member in database.schema.family(table):
        column = database.schema.column(member, name)
        if column is not None:
            return column, member
    return None, table


def owner_of(database: Database, path: Path, row: Row) -> Row:
    """The row that the last name of the path belongs to; an empty one where the chain breaks."""
    for name, target in path.hops:
        found = database.find(target, row.get(name, ""))
        if found is None:
            return {}
        row = found[1]
    return row


def reader(database: Database, path: Path) -> Read:
    """A function from a row to the raw value at the path."""
    name = path.column.name
    if not path.hops:
        return lambda row: row.get(name, "")
    return lambda row: owner_of(database, path, row).get(name, "")
