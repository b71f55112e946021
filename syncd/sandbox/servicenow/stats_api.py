"""The Aggregate API: counts, sums and the like, whole or grouped (facts 5.13). Every number is a string."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.display import display
from syncd.sandbox.servicenow.encoded_query import parse
from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.paths import Path, reader, resolve
from syncd.sandbox.servicenow.problems import invalid_table, query_denied

_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "sum": sum,
}


class StatsApi:
    """`GET /api/now/stats/{table}`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def aggregate(self, call: Call, version: str, table: str) -> Answer:
        """One result, or one per group."""
        schema = self._instance.schema
        if table not in schema:
            raise invalid_table(table)
        if not self._instance.access.allows_table(call.user, schema.lineage(table), "read"):
            raise query_denied()
        rows = self._instance.search(table, parse(call.param("sysparm_query")), call.user)
        names = [n.strip() for n in call.param("sysparm_group_by").split(",") if n.strip()]
        paths = [(n, p) for n in names if (p := resolve(self._instance.database, table, n)) is not None]
        if not paths:
            return answer(call, {"result": {"stats": self._stats(call, table, rows)}})
        return answer(call, {"result": self._grouped(call, table, rows, paths)})

    def _grouped(self, call: Call, table: str, rows: list[Row], paths: list[tuple[str, Path]]) -> list[dict[str, Any]]:
        reads = [(name, path, reader(self._instance.database, path)) for name, path in paths]
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(read(row) for _, _, read in reads), []).append(row)
        return [
            {
                "stats": self._stats(call, table, members),
                "groupby_fields": [
                    {"field": name, "value": self._group_value(call, path, value)}
                    for (name, path, _), value in zip(reads, key, strict=True)
                ],
            }
            for key, members in sorted(groups.items())
        ]

    def _group_value(self, call: Call, path: Path, value: str) -> str:
        if call.param("sysparm_display_value") not in ("true", "all"):
            return value
        return display(self._instance.database, self._instance.choices, path.table, path.column, value, call.user)

    def _stats(self, call: Call, table: str, rows: list[Row]) -> dict[str, Any]:
        stats: dict[str, Any] = {}
        if call.flag("sysparm_count"):
            stats["count"] = str(len(rows))
        for name, function in _FUNCTIONS.items():
            wanted = call.param(f"sysparm_{name}_fields")
            if wanted:
                stats[name] = {f.strip(): self._number(table, f.strip(), rows, function) for f in wanted.split(",")}
        return stats

    def _number(self, table: str, field: str, rows: Iterable[Row], function: Callable[[list[float]], float]) -> str:
        column = self._instance.schema.column(table, field)
        values = [float(row[field]) for row in rows if row.get(field)] if column and column.is_number else []
        return f"{function(values):g}" if values else ""
