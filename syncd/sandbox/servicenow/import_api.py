"""The Import Set API: one row at once, or many for later (facts 5.8, 5.10). Its answers have no `result` envelope."""

from __future__ import annotations

from typing import Any

from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.import_sets import STAGED, ImportSets, Transformed
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_document, read_object
from syncd.sandbox.servicenow.problems import acl, invalid_table, unreadable_payload


class ImportApi:
    """`POST /api/now/import/{staging}` and `.../insertMultiple`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._sets = ImportSets(instance)

    def insert(self, call: Call, version: str, staging: str) -> Answer:
        """Stage and transform one row now. The status is 201 even if the transform ignored it or failed."""
        self._check(call, staging)
        sent = read_object(call, self._instance.options.max_body)
        import_set = self._sets.new_set(staging, call.user)
        row = self._sets.stage(staging, sent, import_set, call.user)
        results = [self._shown(call, version, done) for done in self._sets.transform(staging, row, call.user)]
        self._sets.finish(import_set)
        body = {"import_set": import_set["number"], "staging_table": staging, "result": results}
        return answer(call, body, 201)

    def insert_multiple(self, call: Call, version: str, staging: str) -> Answer:
        """Stage many rows under their column labels. What becomes of them must be asked for later (facts 5.11)."""
        self._check(call, staging)
        document = read_document(call, self._instance.options.max_body)
        records = document.get("records") if isinstance(document, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise unreadable_payload("records must be a list of objects")
        import_set = self._sets.new_set(staging, call.user, state="loaded")
        names = {column.label: column.name for column in self._instance.schema.table(staging).columns}
        for record in records:
            by_name: dict[str, Any] = {names[label]: value for label, value in record.items() if label in names}
            self._sets.stage(staging, by_name, import_set, call.user)
        multi = call.param("multi_import_set_id") or self._instance.new_id()
        return answer(call, {"import_set_id": import_set["sys_id"], "multi_import_set_id": multi}, 201)

    def row(self, call: Call, version: str, staging: str, sys_id: str) -> Answer:
        """What became of a staged row."""
        self._check(call, staging)
        _, row = self._instance.visible(staging, sys_id, call.user)
        done = Transformed(
            "",
            row.get("sys_target_table", ""),
            row.get("sys_import_state", ""),
            row.get("sys_target_sys_id", ""),
            row.get("sys_import_state_comment", ""),
        )
        import_set = self._instance.database.tables["sys_import_set"][row["sys_import_set"]]
        body = {
            "import_set": import_set["number"],
            "staging_table": staging,
            "result": [self._shown(call, version, done)],
        }
        return answer(call, body)

    def _check(self, call: Call, staging: str) -> None:
        schema = self._instance.schema
        if staging not in schema or STAGED not in schema.lineage(staging):
            raise invalid_table(staging)
        if not self._instance.access.allows_table(call.user, schema.lineage(staging), "create"):
            raise acl("Insert")

    def _shown(self, call: Call, version: str, done: Transformed) -> dict[str, str]:
        shown = {"transform_map": done.map_name, "table": done.table, "status": done.status}
        if done.status == "error":
            return {**shown, "error_message": done.message, "status_message": done.message}
        display = self._instance.schema.display_column(done.table)
        found = self._instance.database.find(done.table, done.sys_id)
        api = f"/api/now/{version}/table" if version else "/api/now/table"
        if done.status == "ignored":
            shown["status_message"] = done.message
        return {
            **shown,
            "display_name": display,
            "display_value": found[1].get(display, "") if found else "",
            "record_link": f"{call.base_url}{api}/{done.table}/{done.sys_id}",
            "sys_id": done.sys_id,
        }
