"""Record numbers: a prefix, at least seven digits, always rising, sometimes with gaps (facts 4.13)."""

from __future__ import annotations

from random import Random

from syncd.sandbox.servicenow.schema import Schema


class Numbers:
    """Hands out the numbers of all tables. A number that was handed out is never handed out again."""

    def __init__(self, schema: Schema, random: Random, *, gaps: bool) -> None:
        self._schema = schema
        self._random = random
        self._gaps = gaps
        self._last: dict[str, int] = {}

    def next(self, table: str) -> str:
        """The next number of this table, "" if its records have none."""
        scheme = self._schema.table(table).number
        if scheme is None:
            return ""
        prefix, first = scheme
        step = self._random.randint(1, 5) if self._gaps else 1
        self._last[table] = self._last.get(table, first - 1) + step
        return f"{prefix}{self._last[table]:07d}"
