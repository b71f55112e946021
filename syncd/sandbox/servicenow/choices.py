"""The choice lists: which values a column accepts, and their labels. Read from sys_choice; editing that edits this."""

from __future__ import annotations

from syncd.sandbox.servicenow.database import Database, Row

BASE = "en"
"""The language of labels that nobody has translated."""


class Choices:
    """The rows of sys_choice, as look-ups. A table inherits the choices of the table it extends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: dict[tuple[str, str], dict[str, str]] = {}
        self._translated: dict[tuple[str, str, str], dict[str, str]] = {}
        self.forget()

    def forget(self) -> None:
        """Read sys_choice anew; called after every write to it."""
        self._lists.clear()
        self._translated.clear()
        for row in self._database.tables["sys_choice"]:
            self._enter(row)

    def of(self, table: str, element: str) -> dict[str, str] | None:
        """Values and labels of a column's list, None if it has none."""
        owner = self._owner(table, element)
        return None if owner is None else self._lists[owner, element]

    def label(self, table: str, element: str, value: str, language: str = BASE) -> str:
        """What people of this language read (facts 1.30); the base label where nobody has translated it."""
        owner = self._owner(table, element)
        if owner is None:
            return ""
        translated = self._translated.get((owner, element, language), {})
        return translated.get(value) or self._lists[owner, element].get(value, "")

    def value_of(self, table: str, element: str, label: str, language: str = BASE) -> str | None:
        """The value whose label this is, whatever the case; or the value itself."""
        owner = self._owner(table, element)
        if owner is None:
            return None
        options = self._lists[owner, element]
        if label in options:
            return label
        options = options | self._translated.get((owner, element, language), {})
        return next((value for value, name in options.items() if name.lower() == label.lower()), None)

    def _enter(self, row: Row) -> None:
        if row.get("inactive") == "true" or not row.get("value"):
            return
        key = (row.get("name", ""), row.get("element", ""))
        label, language = row.get("label", row["value"]), row.get("language", BASE)
        if language == BASE:
            self._lists.setdefault(key, {})[row["value"]] = label
        else:  # the same choice once more, in the words of a language pack
            self._lists.setdefault(key, {}).setdefault(row["value"], label)
            self._translated.setdefault((*key, language), {})[row["value"]] = label

    def _owner(self, table: str, element: str) -> str | None:
        """The nearest table of the lineage that has a list for the column."""
        return next((t for t in self._database.schema.lineage(table) if (t, element) in self._lists), None)
