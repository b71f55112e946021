"""The Attachment API: metadata, contents, raw and multipart upload, rename, delete (facts 8)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from urllib.parse import quote

from syncd.sandbox.servicenow import writing
from syncd.sandbox.servicenow.clock import STAMP, parse_stamp
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.filters import query_of
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.multipart import read_form
from syncd.sandbox.servicenow.payload import read_object
from syncd.sandbox.servicenow.problems import Problem, acl, no_record, wrong_media_type
from syncd.sandbox.servicenow.search import ordered

TABLE = "sys_attachment"
DEFAULT_LIMIT = 1000
SHOWN = (
    "size_bytes",
    "file_name",
    "sys_mod_count",
    "average_image_color",
    "image_width",
    "sys_updated_on",
    "sys_tags",
    "table_name",
    "sys_id",
    "image_height",
    "sys_updated_by",
    "download_link",
    "content_type",
    "sys_created_on",
    "size_compressed",
    "compressed",
    "state",
    "table_sys_id",
    "chunk_size_bytes",
    "hash",
    "sys_created_by",
)


class AttachmentApi:
    """The handlers of `/api/now[/v1]/attachment...`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def index(self, call: Call, version: str) -> Answer:
        """Metadata of attachments whose records the user may see."""
        query = query_of(self._instance, call, TABLE)
        rows = self._instance.search(TABLE, query, call.user)
        rows = ordered(self._instance.database, TABLE, rows, query.orders, self._instance.options.seed)
        limit = int(call.param("sysparm_limit")) if call.param("sysparm_limit").isdigit() else DEFAULT_LIMIT
        offset = int(call.param("sysparm_offset")) if call.param("sysparm_offset").isdigit() else 0
        page = [row for row in rows[offset : offset + limit] if self._may_see(row, call)]
        shown = [self._shown(call, version, row) for row in page]
        return answer(call, {"result": shown}, 200, ("X-Total-Count", str(len(rows))))

    def get(self, call: Call, version: str, sys_id: str) -> Answer:
        return answer(call, {"result": self._shown(call, version, self._found(call, sys_id))})

    def file(self, call: Call, version: str, sys_id: str) -> Answer:
        """The contents, with the metadata in a header."""
        row = self._found(call, sys_id)
        metadata = json.dumps(self._shown(call, version, row))
        disposition = ("Content-Disposition", f"attachment;filename*=UTF-8''{quote(row.get('file_name', ''))}")
        body = self._instance.blobs[row["sys_id"]]
        media_type = row.get("content_type") or "application/octet-stream"
        return Answer(200, body, media_type, (("X-Attachment-Metadata", metadata), disposition))

    def upload(self, call: Call, version: str) -> Answer:
        """The raw body is the file. Content-Type is mandatory."""
        if not call.header("content-type"):
            raise wrong_media_type()
        return self._attach(call, version, call.params, call.header("content-type"), call.body)

    def multipart(self, call: Call, version: str) -> Answer:
        """A form with table_name, table_sys_id and then the file, which has to be the last part."""
        fields, file = read_form(call.header("content-type"), call.body)
        if file is None:
            raise Problem(400, "Invalid or missing file part", "The file must be the last part of the form")
        named = {"file_name": file.name, **fields}
        return self._attach(call, version, named, file.content_type, file.content)

    def rename(self, call: Call, version: str, sys_id: str) -> Answer:
        row = self._found(call, sys_id)
        self._may_change(row, call)
        name = read_object(call, self._instance.options.max_body).get("file_name")
        if name and name != row.get("file_name"):
            changes = {"file_name": str(name), "sys_updated_by": call.user.user_name}
            changes |= {"sys_updated_on": self._instance.clock.stamp()}
            changes["sys_mod_count"] = str(int(row["sys_mod_count"]) + 1)
            self._instance.database.tables[TABLE].change(row["sys_id"], changes)
        return answer(call, {"result": self._shown(call, version, row)})

    def delete(self, call: Call, version: str, sys_id: str) -> Answer:
        row = self._found(call, sys_id)
        self._may_change(row, call, "Delete")
        writing.remove(self._instance, TABLE, row["sys_id"], call.user)
        return Answer(204)

    def _attach(self, call: Call, version: str, named: Mapping[str, str], content_type: str, content: bytes) -> Answer:
        missing = [name for name in ("table_name", "table_sys_id", "file_name") if not named.get(name)]
        if missing:
            raise Problem(400, "Missing required parameters", f"Missing parameter: {', '.join(missing)}")
        table, target = named["table_name"], named["table_sys_id"]
        if table not in self._instance.schema:
            raise no_record()
        real, record = self._instance.visible(table, target, call.user)
        if not self._instance.may("write", real, record, call.user):
            raise acl("Insert")
        row = self._stored(call, named, content_type, content)
        self._instance.commits += 1
        location = f"{call.base_url}{_api(version)}/{row['sys_id']}"
        if version == "v1":
            location += "/file"  # facts 8.4
        return answer(call, {"result": self._shown(call, version, row)}, 201, ("Location", location))

    def _stored(self, call: Call, named: Mapping[str, str], content_type: str, content: bytes) -> Row:
        """A second upload of the same name is a second attachment (facts 8.6)."""
        created = parse_stamp(named.get("creation_time", ""))
        values = {
            "table_name": named["table_name"],
            "table_sys_id": named["table_sys_id"],
            "file_name": named["file_name"],
            "content_type": content_type,
            "size_bytes": str(len(content)),
            "size_compressed": str(len(zlib.compress(content))),
            "hash": hashlib.sha256(content).hexdigest(),
            "state": "pending" if self._instance.options.attachments_pending else "available",
            "encryption_context": named.get("encryption_context", ""),
        }
        if created is not None:
            values["sys_created_on"] = created.strftime(STAMP)
        row = self._instance.store(TABLE, values, call.user)
        self._instance.blobs[row["sys_id"]] = content
        return row

    def _found(self, call: Call, sys_id: str) -> Row:
        row = self._instance.database.tables[TABLE].rows.get(sys_id)
        if row is None or not self._may_see(row, call):
            raise no_record()
        return row

    def _may_see(self, row: Row, call: Call) -> bool:
        """An attachment is as visible as the record it hangs on."""
        table = row.get("table_name", "")
        if table not in self._instance.schema:
            return call.user.is_admin
        owner = self._instance.database.find(table, row.get("table_sys_id", ""))
        return owner is not None and self._instance.may_see(owner[0], owner[1], call.user)

    def _may_change(self, row: Row, call: Call, operation: str = "Update") -> None:
        owner = self._instance.database.find(row["table_name"], row["table_sys_id"])
        if owner is None or not self._instance.may("write", owner[0], owner[1], call.user):
            raise acl(operation)

    def _shown(self, call: Call, version: str, row: Row) -> dict[str, str]:
        shown = {name: row.get(name, "") for name in SHOWN}
        shown["download_link"] = f"{call.base_url}{_api(version)}/{row['sys_id']}/file"
        return shown


def _api(version: str) -> str:
    return f"/api/now/{version}/attachment" if version else "/api/now/attachment"
