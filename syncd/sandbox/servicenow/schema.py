"""What tables and columns are: names, labels, kinds, lengths, references, defaults, and which table extends which.

Holds no rows and knows no request. The tables of the sandbox's instance are listed in `tables_task` and
`tables_platform`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal[
    "string",
    "integer",
    "boolean",
    "choice",
    "reference",
    "glide_date_time",
    "glide_date",
    "glide_duration",
    "glide_list",
    "journal_input",
    "journal_list",
    "GUID",
    "password",
]

VARCHAR_LIMIT = 255
"""Only columns up to this length are limited, by the database; longer ones hold 16 MB (facts 4.20)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is what an insert gets that does not name it, `reference` the table it points to.

    A `computed` column belongs to the platform: a value that is sent for it is ignored (facts 1.51).
    """

    name: str
    label: str
    kind: Kind = "string"
    max_length: int = 40
    reference: str = ""
    default: str = ""
    computed: bool = False

    @property
    def is_journal(self) -> bool:
        return self.kind in ("journal_input", "journal_list")

    @property
    def is_number(self) -> bool:
        return self.kind == "integer"


@dataclass(frozen=True, slots=True)
class TableDef:
    """One table. `display` is the column whose value stands for a record; `number` is its prefix and first number."""

    name: str
    label: str
    columns: tuple[Column, ...] = ()
    extends: str = ""
    display: str = "sys_id"
    number: tuple[str, int] | None = None
    closed_to_web_services: bool = False
    without: tuple[str, ...] = ()
    """System columns that this table does not have, so that a condition on them is ignored."""


def text(name: str, label: str, max_length: int = 40, default: str = "") -> Column:
    return Column(name, label, "string", max_length, default=default)


def integer(name: str, label: str, default: str = "", *, computed: bool = False) -> Column:
    return Column(name, label, "integer", default=default, computed=computed)


def boolean(name: str, label: str, default: str = "false", *, computed: bool = False) -> Column:
    return Column(name, label, "boolean", default=default, computed=computed)


def choice(name: str, label: str, default: str = "") -> Column:
    return Column(name, label, "choice", default=default)


def ref(name: str, label: str, table: str, default: str = "") -> Column:
    return Column(name, label, "reference", 32, table, default)


def moment(name: str, label: str, *, computed: bool = False) -> Column:
    return Column(name, label, "glide_date_time", computed=computed)


def journal(name: str, label: str) -> Column:
    return Column(name, label, "journal_input", 4000)


SYSTEM_COLUMNS: tuple[Column, ...] = (
    Column("sys_id", "Sys ID", "GUID", 32),
    Column("sys_created_by", "Created by", computed=True),
    Column("sys_created_on", "Created", "glide_date_time", computed=True),
    Column("sys_updated_by", "Updated by", computed=True),
    Column("sys_updated_on", "Updated", "glide_date_time", computed=True),
    Column("sys_mod_count", "Updates", "integer", computed=True),
    Column("sys_tags", "Tags", computed=True),
)


@dataclass(slots=True)
class Schema:
    """All tables, with inherited columns resolved. Labels may be changed while it runs (facts 3.3: localised)."""

    _defs: dict[str, TableDef] = field(default_factory=dict)
    _columns: dict[str, dict[str, Column]] = field(default_factory=dict)
    _children: dict[str, list[str]] = field(default_factory=dict)
    _families: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, table: TableDef) -> None:
        """Know this table. What it extends must be known already."""
        inherited = self._columns[table.extends] if table.extends else {c.name: c for c in SYSTEM_COLUMNS}
        kept = {name: column for name, column in inherited.items() if name not in table.without}
        self._columns[table.name] = kept | {c.name: c for c in table.columns}
        self._defs[table.name] = table
        self._families.clear()
        self._children[table.name] = []
        if table.extends:
            self._children[table.extends].append(table.name)

    def add_columns(self, table: str, columns: Iterable[Column]) -> None:
        """Add columns to a table and to all that extend it, as an administrator would."""
        new = {c.name: c for c in columns}
        for name in self.family(table):
            self._columns[name].update(new)

    def relabel(self, table: str, column: str, label: str) -> None:
        """Give a column another label, as a language pack does."""
        for name in self.family(table):
            self._columns[name][column] = replace(self._columns[name][column], label=label)

    def __contains__(self, table: object) -> bool:
        return table in self._defs

    def __iter__(self) -> Iterator[TableDef]:
        return iter(self._defs.values())

    def table(self, name: str) -> TableDef:
        return self._defs[name]

    def columns(self, table: str) -> dict[str, Column]:
        return self._columns[table]

    def column(self, table: str, name: str) -> Column | None:
        return self._columns[table].get(name)

    def family(self, table: str) -> tuple[str, ...]:
        """The table itself and everything that extends it."""
        known = self._families.get(table)
        if known is None:
            known = (table, *(name for child in self._children[table] for name in self.family(child)))
            self._families[table] = known
        return known

    def lineage(self, table: str) -> tuple[str, ...]:
        """The table itself, then what it extends, up to the root."""
        parent = self._defs[table].extends
        return (table, *self.lineage(parent)) if parent else (table,)

    def root(self, table: str) -> str:
        return self.lineage(table)[-1]

    def display_column(self, table: str) -> str:
        return next((d.display for d in map(self.table, self.lineage(table)) if d.display != "sys_id"), "sys_id")
