"""Rows in memory, with equality indexes. Knows nothing of users, rules or HTTP: what it is told, it stores.

A row holds only its non-empty values (a record of ~90 columns has ~30), all of them strings as in the Table API.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping

from syncd.sandbox.servicenow.schema import Schema

Row = dict[str, str]

INDEXED = frozenset(
    {
        "number",
        "correlation_id",
        "element_id",
        "user_name",
        "email",
        "name",
        "table_sys_id",
        "parent",
        "user",
        "documentkey",
        "sys_import_set",
    }
)


class Table:
    """The rows of one table, by sys_id; those of the tables that extend it are not among them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[str, Row] = {}
        self._index: dict[str, dict[str, dict[str, None]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self.rows.values()))

    def __contains__(self, sys_id: object) -> bool:
        return sys_id in self.rows

    def __getitem__(self, sys_id: str) -> Row:
        return self.rows[sys_id]

    def put(self, row: Row) -> None:
        """Store a new row."""
        self.rows[row["sys_id"]] = row
        for name in INDEXED & row.keys():
            self._enter(name, row[name], row["sys_id"])

    def change(self, sys_id: str, changes: Mapping[str, str]) -> None:
        """Set these values of a row; an empty one is removed."""
        row = self.rows[sys_id]
        for name, value in changes.items():
            if name in INDEXED:
                self._leave(name, row.get(name, ""), sys_id)
                if value:
                    self._enter(name, value, sys_id)
            if value:
                row[name] = value
            else:
                row.pop(name, None)

    def remove(self, sys_id: str) -> Row:
        row = self.rows.pop(sys_id)
        for name in INDEXED & row.keys():
            self._leave(name, row[name], sys_id)
        return row

    def having(self, name: str, values: Iterable[str]) -> list[Row]:
        """The rows whose indexed column equals one of the values, whatever the case."""
        index = self._index.get(name, {})
        found: dict[str, None] = {}
        for value in values:
            found.update(index.get(value.lower(), {}))
        return [self.rows[sys_id] for sys_id in found]

    def _enter(self, name: str, value: str, sys_id: str) -> None:
        self._index.setdefault(name, {}).setdefault(value.lower(), {})[sys_id] = None

    def _leave(self, name: str, value: str, sys_id: str) -> None:
        bucket = self._index.get(name, {}).get(value.lower())
        if bucket is not None:
            bucket.pop(sys_id, None)
            if not bucket:
                del self._index[name][value.lower()]


class Database:
    """All tables of the instance, and look-ups across a table and what extends it."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.tables: dict[str, Table] = {d.name: Table(d.name) for d in schema}

    def family(self, table: str) -> list[Table]:
        return [self.tables[name] for name in self.schema.family(table)]

    def find(self, table: str, sys_id: str) -> tuple[str, Row] | None:
        """The record of this id in the table or in one that extends it, with the table it really is in."""
        for member in self.family(table):
            for spelling in (sys_id, sys_id.lower(), sys_id.upper()):  # ids are kept as sent and compared without case
                row = member.rows.get(spelling)
                if row is not None:
                    return member.name, row
        return None

    def rows(self, table: str) -> list[Row]:
        """All rows of the table and of what extends it, in the order they were made."""
        family = self.family(table)
        return [row for member in family for row in list(member.rows.values())]

    def having(self, table: str, name: str, values: Iterable[str]) -> list[Row]:
        wanted = list(values)
        return [row for member in self.family(table) for row in member.having(name, wanted)]

    def taken(self, table: str, sys_id: str) -> bool:
        """Whether the id is used anywhere in the table's hierarchy, which shares one primary key."""
        return self.find(self.schema.root(table), sys_id) is not None


def rank(sys_id: str, salt: int) -> int:
    """The place of a record where no ORDERBY decides: random, but the same for the same salt (facts 1.38)."""
    return zlib.crc32(sys_id.encode(), salt)
