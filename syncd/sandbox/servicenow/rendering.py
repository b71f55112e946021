"""A row as the Table API shows it: which fields, raw or display values, with or without links (facts 1.28, 1.33)."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.sandbox.servicenow import journal
from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.display import display
from syncd.sandbox.servicenow.exchange import Call
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.paths import Path, owner_of, resolve

Shown = str | dict[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """How a caller wants records shown. `mode` is false, true or all."""

    mode: str
    links: bool
    fields: tuple[str, ...]
    base: str
    user: User

    @staticmethod
    def of(call: Call, api: str) -> View:
        """`api` is the path that links start with: `/api/now/table`."""
        mode = call.param("sysparm_display_value").strip().lower()
        names = tuple(name.strip() for name in call.param("sysparm_fields").split(",") if name.strip())
        return View(
            mode if mode in ("true", "all") else "false",
            not call.flag("sysparm_exclude_reference_link"),
            tuple(dict.fromkeys(names)),
            call.base_url + api,
            call.user,
        )


class Renderer:
    """Shows rows of one table in one view; made once per answer, so that paths are resolved once."""

    def __init__(self, instance: Instance, table: str, view: View) -> None:
        self._instance = instance
        self._view = view
        self._hidden: dict[str, frozenset[str]] = {}
        self._blank: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = {}
        self._table = table
        self._paths = self._resolved(table) if view.fields else None

    def show(self, table: str, row: Row) -> dict[str, Shown]:
        """The row; `table` is the one it is really in, and its columns are shown if no fields were asked for."""
        if self._paths is not None:
            return {name: self._at(name, path, table, row) for name, path in self._paths if self._open(path)}
        if self._view.mode == "false":
            return self._plain(table, row)
        hidden = self._hidden_of(table)
        return {
            name: self._value(Path(column, table, ()), table, row)
            for name, column in self._instance.schema.columns(table).items()
            if name not in hidden
        }

    def _plain(self, table: str, row: Row) -> dict[str, Shown]:
        """All raw values; the shortest way, since every write answers with it."""
        if table not in self._blank:
            hidden = self._hidden_of(table)
            columns = [c for c in self._instance.schema.columns(table).values() if c.name not in hidden]
            references = [(c.name, c.reference) for c in columns if c.kind == "reference" and self._view.links]
            self._blank[table] = dict.fromkeys((c.name for c in columns), ""), references
        blank, references = self._blank[table]
        shown: dict[str, Shown] = {**blank, **{name: value for name, value in row.items() if name in blank}}
        for name, target in references:
            value = row.get(name)
            if value:
                shown[name] = {"link": self._link(target, value), "value": value}
        return shown

    def _resolved(self, table: str) -> list[tuple[str, Path]]:
        """The fields that exist; others are silently left out. An extending table's columns count too."""
        database = self._instance.database
        family = self._instance.schema.family(table)
        found = ((name, [resolve(database, member, name) for member in family]) for name in self._view.fields)
        return [(name, next(p for p in paths if p)) for name, paths in found if any(paths)]

    def _open(self, path: Path) -> bool:
        """Neither the field nor a reference on the way to it is hidden from the user."""
        first = path.hops[0][0] if path.hops else path.column.name
        return first not in self._hidden_of(self._table) and path.column.name not in self._hidden_of(path.table)

    def _hidden_of(self, table: str) -> frozenset[str]:
        if table not in self._hidden:
            lineage = self._instance.schema.lineage(table)
            self._hidden[table] = self._instance.access.guarded_fields(lineage, "read", self._view.user)
        return self._hidden[table]

    def _at(self, name: str, path: Path, table: str, row: Row) -> Shown:
        return self._value(path, path.table if path.hops else table, owner_of(self._instance.database, path, row))

    def _value(self, path: Path, table: str, row: Row) -> Shown:
        column = path.column
        value = row.get(column.name, "")
        mode = self._view.mode
        if mode == "false":
            if column.kind == "reference" and value and self._view.links:
                return {"link": self._link(column.reference, value), "value": value}
            return value
        shown = self._display(path, table, row, value)
        if mode == "true":
            if column.kind == "reference" and value and self._view.links:
                return {"display_value": shown, "link": self._link(column.reference, value)}
            return shown
        both = {"display_value": shown, "value": value}
        if column.kind == "reference" and value and self._view.links:
            both["link"] = self._link(column.reference, value)
        return both

    def _display(self, path: Path, table: str, row: Row, value: str) -> str:
        database, choices = self._instance.database, self._instance.choices
        if path.column.is_journal:
            if "sys_id" not in row:
                return ""
            return journal.display_text(database, table, path.column.name, row["sys_id"], self._view.user)
        return display(database, choices, table, path.column, value, self._view.user)

    def _link(self, table: str, value: str) -> str:
        return f"{self._view.base}/{table}/{value}"
