"""What an instance says about its own tables: their columns, and the choices of a column. Read only, remembered.

Instances differ in states, close codes and labels by release and by taste, so nothing of that is known in advance
(servicenow facts 4.6). A table inherits the columns and choices of the tables that it extends; the nearest one that
has choices of its own for a column hides those further up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from syncd.servicenow.query import checked_column, checked_name, where
from syncd.servicenow.table import TableApi

REMEMBERED_SECONDS = 3600.0
DEEPEST = 8
"""Tables extend each other a few levels deep; more would be a circle."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the dictionary describes it. `max_length` is what is declared, which few types enforce (4.20)."""

    name: str
    label: str
    kind: str
    max_length: int
    reference: str
    mandatory: bool
    read_only: bool
    table: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice column, and the labels people see, one per language."""

    value: str
    labels: tuple[str, ...]
    depends_on: str = ""

    @property
    def label(self) -> str:
        return self.labels[0] if self.labels else self.value


class Metadata:
    """The dictionary and the choices of one instance. Threads may share it."""

    def __init__(self, api: TableApi, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], tuple[float, object]] = {}

    def lineage(self, table: str) -> tuple[str, ...]:
        """The table and those it extends, nearest first. Just the table if the instance does not tell."""
        return self._remembered(("lineage", checked_name(table)), lambda: self._lineage(table))

    def columns(self, table: str) -> Mapping[str, Column]:
        """The columns of a table, inherited ones included; empty if the dictionary is hidden from this user."""
        return self._remembered(("columns", checked_name(table)), lambda: self._columns(table))

    def choices(self, table: str, column: str) -> tuple[Choice, ...]:
        """The active choices in the order of the list; empty if there are none or they are hidden from this user."""
        key = ("choices", checked_name(table), checked_column(column))
        return self._remembered(key, lambda: self._choices(table, column))

    def _lineage(self, table: str) -> tuple[str, ...]:
        found = [table]
        while len(found) < DEEPEST:
            page = self._api.page(
                "sys_db_object",
                where("name").is_(found[-1]),
                fields=("sys_id", "name", "super_class.name"),
                limit=2,
                step=f"reading what {table} extends",
            )
            parent = page.rows[0].get("super_class.name", "") if page.rows else ""
            if not parent or parent in found:
                break
            found.append(parent)
        return tuple(found)

    def _columns(self, table: str) -> Mapping[str, Column]:
        lineage = self.lineage(table)
        rows = self._api.query(
            "sys_dictionary",
            where("name").is_one_of(lineage) & where("element").is_not_empty() & where("active").is_("true"),
            fields=(
                "name",
                "element",
                "column_label",
                "internal_type",
                "max_length",
                "reference",
                "mandatory",
                "read_only",
            ),
            step=f"reading the columns of {table}",
        )
        columns: dict[str, Column] = {}
        for row in sorted(rows, key=lambda row: lineage.index(row["name"])):
            columns.setdefault(
                row["element"],
                Column(
                    name=row["element"],
                    label=row.get("column_label", ""),
                    kind=row.get("internal_type", ""),
                    max_length=int(row["max_length"]) if row.get("max_length", "").isdecimal() else 0,
                    reference=row.get("reference", ""),
                    mandatory=row.get("mandatory") == "true",
                    read_only=row.get("read_only") == "true",
                    table=row["name"],
                ),
            )
        return columns

    def _choices(self, table: str, column: str) -> tuple[Choice, ...]:
        lineage = self.lineage(table)
        listing = self._api.listing(
            "sys_choice",
            where("name").is_one_of(lineage) & where("element").is_(column) & where("inactive").is_("false"),
            fields=("name", "element", "value", "label", "sequence", "language", "dependent_value", "inactive"),
            step=f"reading the choices of {table}.{column}",
        )
        owner = next((name for name in lineage if any(row.get("name") == name for row in listing.rows)), "")
        own = [row for row in listing.rows if row.get("name") == owner]
        # English first, so that `label` is what the documentation says; people may write any of them.
        own.sort(key=lambda row: (row.get("language", "en") != "en", _number(row.get("sequence", ""))))
        labels: dict[tuple[str, str], list[str]] = {}
        for row in own:
            labels.setdefault((row.get("value", ""), row.get("dependent_value", "")), []).append(row.get("label", ""))
        return tuple(Choice(value, tuple(texts), depends) for (value, depends), texts in labels.items())

    def _remembered(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        with self._lock:
            until, value = self._known.get(key, (0.0, None))
        if until > self._clock():
            return value  # type: ignore[return-value]  # stored under this key by this very reader
        fresh = read()
        with self._lock:
            self._known[key] = (self._clock() + REMEMBERED_SECONDS, fresh)
        return fresh


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdecimal() else 0
