"""What becomes of a value on its way into a column: choices blanked, references resolved, texts cut, dates read.

ServiceNow refuses almost nothing here; it stores something else and answers 200 (facts 1.32, 1.48, 1.52, 4.20).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.choices import Choices
from syncd.sandbox.servicenow.clock import STAMP, parse_stamp
from syncd.sandbox.servicenow.database import Database
from syncd.sandbox.servicenow.display import from_local
from syncd.sandbox.servicenow.options import Options
from syncd.sandbox.servicenow.schema import VARCHAR_LIMIT, Column

SYS_ID = re.compile(r"[0-9a-fA-F]{32}")
_WIDE = re.compile(r"[\U00010000-\U0010ffff]")


class Overflow(Exception):
    """A value is longer than its VARCHAR column, on an instance whose database refuses that."""


@dataclass(frozen=True, slots=True)
class Garbling:
    """What the database does to text: 4-byte characters and line ends (facts 3.8, 4.21)."""

    emoji: str = "keep"
    newlines: str = "keep"
    trim: bool = False

    def __call__(self, text: str) -> str:
        if self.trim:
            text = text.strip()
        if self.emoji == "question_marks":
            text = _WIDE.sub("????", text)
        elif self.emoji == "truncate":
            text = _WIDE.split(text, maxsplit=1)[0]
        if self.newlines == "keep":
            return text
        text = text.replace("\r\n", "\n")
        return text.replace("\n", "\r\n") if self.newlines == "crlf" else text


@dataclass(frozen=True, slots=True)
class Coercion:
    """Turns what was sent into what is stored."""

    database: Database
    choices: Choices
    options: Options

    def values(
        self, table: str, sent: Mapping[str, Any], user: User, garbling: Garbling, *, as_display: bool
    ) -> dict[str, str]:
        """The columns that were sent, as they would be stored; unknown names are gone (facts 1.34)."""
        columns = self.database.schema.columns(table)
        return {
            name: self._value(table, columns[name], _text(value), user, garbling, as_display)
            for name, value in sent.items()
            if name in columns
        }

    def _value(self, table: str, column: Column, value: str, user: User, garbling: Garbling, as_display: bool) -> str:
        if column.is_journal:
            return garbling(value)
        if not value:
            return ""
        match column.kind:
            case "reference":
                return self._reference(column, value, as_display)
            case "boolean":
                return "true" if value.strip().lower() in ("true", "1", "yes") else "false"
            case "glide_date_time":
                return _stamp(value, user if as_display else None)
            case "glide_date":
                moment = parse_stamp(value)
                return moment.strftime("%Y-%m-%d") if moment else ""
            case "integer":
                return self._integer(table, column, value, user if as_display else None)
            case "choice":
                return self._choice(table, column, value, user if as_display else None)
            case _:
                return self._fitted(column, garbling(value))

    def _reference(self, column: Column, value: str, as_display: bool) -> str:
        """Display values are always looked up (facts 1.31); without them it is the instance that decides (1.32)."""
        if SYS_ID.fullmatch(value) or value == "global":
            return value  # there are no foreign keys: an id that points nowhere is stored all the same
        if self.options.reference_input == "keep" and not as_display:
            return value
        if self.options.reference_input == "sys_id" and not as_display:
            return ""
        return self._by_display(column.reference, value) if column.reference in self.database.schema else ""

    def _by_display(self, table: str, value: str) -> str:
        names = (self.database.schema.display_column(table), "user_name")
        for name in names:
            rows = self.database.having(table, name, [value])
            if rows:
                return rows[0]["sys_id"]
        return ""

    def _integer(self, table: str, column: Column, value: str, speaker: User | None) -> str:
        if self.choices.of(table, column.name) is not None:
            return self._choice(table, column, value, speaker)
        number = re.fullmatch(r"\s*(-?\d+)(?:\.\d+)?\s*", value)
        return str(int(number[1])) if number else ""

    def _choice(self, table: str, column: Column, value: str, speaker: User | None) -> str:
        """`speaker` is whose labels count, None where labels do not."""
        options = self.choices.of(table, column.name)
        if options is None or value in options:
            return value
        if speaker is not None:
            by_label = self.choices.value_of(table, column.name, value, speaker.language)
            if by_label is not None:
                return by_label
        return value if self.options.unknown_choice == "keep" else ""

    def _fitted(self, column: Column, text: str) -> str:
        """Short columns are VARCHAR, counted in characters; long ones take everything."""
        if column.max_length > VARCHAR_LIMIT or len(text) <= column.max_length:
            return text
        if self.options.varchar_overflow == "refuse":
            raise Overflow(column.name)
        return text[: column.max_length]


def _text(value: Any) -> str:
    """JSON's types as the strings that ServiceNow works with; null empties a field (facts 1.49)."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case dict():
            return _text(value.get("value", value.get("display_value")))
        case list():
            return ",".join(_text(part) for part in value)
        case _:
            return str(value)


def _stamp(value: str, user: User | None) -> str:
    """Dates are UTC, unless the input is display values: then they are in the user's zone (facts 1.31)."""
    if user is not None:
        return from_local(value, user) or ""
    moment = parse_stamp(value)
    return moment.strftime(STAMP) if moment else ""
