"""Import sets: rows are staged, a map carries them over, and coalesce makes that an upsert (facts 5.8, 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd.sandbox.servicenow import writing
from syncd.sandbox.servicenow.access import SYSTEM, User
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.problems import Problem

STAGED = "sys_import_set_row"


@dataclass(frozen=True, slots=True)
class Transformed:
    """What became of one staged row through one map. `status` is inserted, updated, ignored or error."""

    map_name: str
    table: str
    status: str
    sys_id: str = ""
    message: str = ""


class ImportSets:
    """Stages and transforms rows."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def new_set(self, staging: str, user: User, state: str = "loading") -> Row:
        number = self._instance.numbers.next("sys_import_set")
        values = {"number": number, "table_name": staging, "state": state}
        return self._instance.store("sys_import_set", values, user)

    def stage(self, staging: str, sent: Mapping[str, Any], import_set: Row, user: User) -> Row:
        """One row into the staging table. Values are flat strings: nested JSON comes in with `=` for `:`."""
        columns = self._instance.schema.columns(staging)
        values = {name: _flat(value) for name, value in sent.items() if name in columns}
        count = len(self._instance.database.having(STAGED, "sys_import_set", [import_set["sys_id"]]))
        staged = {
            "sys_import_set": import_set["sys_id"],
            "sys_import_state": "pending",
            "sys_import_row": str(count),
        }
        return self._instance.store(staging, values | staged, user)

    def transform(self, staging: str, row: Row, user: User) -> list[Transformed]:
        """Carry one staged row through every active map of its table, and note on the row what came of it."""
        done = [self._through(chart, row, user) for chart in self._maps(staging)]
        if done:
            first = done[0]
            noted = {
                "sys_import_state": first.status,
                "sys_import_state_comment": first.message,
                "sys_target_sys_id": first.sys_id,
                "sys_target_table": first.table,
            }
            self._instance.database.tables[staging].change(row["sys_id"], noted)
        return done

    def finish(self, import_set: Row) -> None:
        changes = {"state": "processed", "load_completed": self._instance.clock.stamp()}
        self._instance.database.tables["sys_import_set"].change(import_set["sys_id"], changes)

    def run_pending(self) -> int:
        """What the scheduler does with sets that wait for their transform; how many rows were carried over."""
        count = 0
        for import_set in self._instance.database.tables["sys_import_set"]:
            if import_set.get("state") != "loaded":
                continue
            user = self._instance.users.get(import_set["sys_created_by"], SYSTEM)
            for row in self._instance.database.having(STAGED, "sys_import_set", [import_set["sys_id"]]):
                self.transform(import_set["table_name"], row, user)
                count += 1
            self.finish(import_set)
        return count

    def _maps(self, staging: str) -> list[Row]:
        maps = self._instance.database.tables["sys_transform_map"]
        return [m for m in maps if m.get("source_table") == staging and m.get("active", "true") == "true"]

    def _through(self, chart: Row, row: Row, user: User) -> Transformed:
        table = chart["target_table"]
        entries = [e for e in self._instance.database.tables["sys_transform_entry"] if e.get("map") == chart["sys_id"]]
        values = {e["target_field"]: row[e["source_field"]] for e in entries if row.get(e["source_field"])}
        keys = [e["target_field"] for e in entries if e.get("coalesce") == "true"]
        existing = self._existing(table, keys, values)
        name = chart.get("name", "")
        try:
            # a transform runs as the platform: table rights of the caller do not count, rules do
            actor = _as_platform(user)
            if existing is None:
                created = writing.insert(self._instance, table, values, actor)
                return Transformed(name, table, "inserted", created["sys_id"])
            before = existing.get("sys_mod_count")
            writing.update(self._instance, table, existing["sys_id"], values, actor)
            status = "updated" if existing.get("sys_mod_count") != before else "ignored"
            message = "" if status == "updated" else "No field values changed"
            return Transformed(name, table, status, existing["sys_id"], message)
        except Problem as problem:
            return Transformed(name, table, "error", message=problem.detail or problem.message)

    def _existing(self, table: str, keys: list[str], values: Mapping[str, str]) -> Row | None:
        if not keys or not all(values.get(key) for key in keys):
            return None
        rows = self._instance.database.rows(table)
        return next((r for r in rows if all(r.get(k, "").lower() == values[k].lower() for k in keys)), None)


def _as_platform(user: User) -> User:
    return User(user.user_name, user.sys_id, user.name, user.roles | {"admin"}, user.zone)


def _flat(value: Any) -> str:
    """Only strings come through; in nested JSON a colon becomes an equals sign (facts 5.9)."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_flat(part)}" for key, part in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
