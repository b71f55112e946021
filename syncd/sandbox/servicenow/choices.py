"""The choice lists: which values a column accepts, and their labels. Read from sys_choice; editing that edits this."""

from __future__ import annotations

from syncd.sandbox.servicenow.database import Database, Row


class Choices:
    """The rows of sys_choice, as look-ups. A table inherits the choices of the table it extends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: dict[tuple[str, str], dict[str, str]] = {}
        self.forget()

    def forget(self) -> None:
        """Read sys_choice anew; called after every write to it."""
        self._lists.clear()
        for row in self._database.tables["sys_choice"]:
            self._enter(row)

    def of(self, table: str, element: str) -> dict[str, str] | None:
        """Values and labels of a column's list, None if it has none."""
        for member in self._database.schema.lineage(table):
            found = self._lists.get((member, element))
            if found is not None:
                return found
        return None

    def label(self, table: str, element: str, value: str) -> str:
        return (self.of(table, element) or {}).get(value, "")

    def value_of(self, table: str, element: str, label: str) -> str | None:
        """The value whose label this is, whatever the case; or the value itself."""
        options = self.of(table, element) or {}
        if label in options:
            return label
        return next((value for value, name in options.items() if name.lower() == label.lower()), None)

    def _enter(self, row: Row) -> None:
        if row.get("inactive") == "true" or not row.get("value"):
            return
        key = (row.get("name", ""), row.get("element", ""))
        self._lists.setdefault(key, {})[row["value"]] = row.get("label", row["value"])
