"""Files on records: list, send, fetch, delete. Bytes are streamed, and compared by their SHA-256.

Sending a file twice makes two attachments (servicenow facts 8.6), so a doubtful upload is followed by a look: the
instance keeps the SHA-256 of every file (8.5), though older ones lack it, and fresh ones until they are `available`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from syncd.errors import DoubtfulError, UnreadableError
from syncd.http import FileBody, Request
from syncd.servicenow.answer import Row, row_in, row_of
from syncd.servicenow.query import checked_name, where
from syncd.servicenow.records import Records

ATTACHMENTS = "/api/now/attachment"
TABLE = "sys_attachment"
FIELDS = ("sys_id", "file_name", "content_type", "size_bytes", "hash", "state", "table_name", "table_sys_id")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What the instance says about a file. `sha256` is "" while it is unknown."""

    sys_id: str
    name: str
    content_type: str
    size: int
    sha256: str
    state: str


class Attachments(Records):
    """Files on records."""

    def attachments(self, table: str, sys_id: str) -> tuple[Attachment, ...]:
        """The files of one record. Raises UnreadableError rather than leaving out what is hidden."""
        query = where("table_name").is_(checked_name(table)) & where("table_sys_id").is_(checked_name(sys_id))
        step = f"listing the files of {table} {sys_id}"
        page = self.page(TABLE, query, fields=FIELDS, limit=1000, step=step, path=ATTACHMENTS)
        if page.total > len(page.rows):
            raise UnreadableError("hides files from this user", system=self.connection, step=step)
        return tuple(attachment_of(row) for row in page.rows)

    def attach(self, table: str, sys_id: str, name: str, content_type: str, file: BinaryIO) -> Attachment:
        """Send a file, once. `file` is read twice: for its hash, then for the request. Of a content type
        that no header can carry only the part before the parameters is sent, or none.
        """
        step = f"sending {name} to {table} {sys_id}"
        digest = sha256_of(file)
        request = Request(
            "POST",
            f"{ATTACHMENTS}/file",
            "attachment.upload",
            step,
            False,
            params={"table_name": checked_name(table), "table_sys_id": checked_name(sys_id), "file_name": name},
            data=FileBody(file),
            headers={"Content-Type": _fit(content_type)},
        )
        try:
            sent = attachment_of(row_of(row_in(self.door.request(request).json())))
            if not sent.sys_id:
                raise DoubtfulError("confirmed the file without saying its sys_id", system=self.connection, step=step)
        except DoubtfulError as doubt:
            for found in self.attachments(table, sys_id):
                if (found.name, found.sha256) == (name, digest):
                    return found
            raise doubt.if_absent or doubt from doubt
        if sent.sha256 and sent.sha256 != digest:
            raise DoubtfulError(
                "stored other bytes than were sent", system=self.connection, step=step, detail=f"as {sent.sys_id}"
            )
        return sent

    def fetch(self, attachment: Attachment) -> Iterator[bytes]:
        """The bytes of a file, piece by piece; raises UnreadableError at the end if they are not what was stored."""
        step = f"fetching {attachment.name}"
        request = Request(
            "GET",
            f"{ATTACHMENTS}/{checked_name(attachment.sys_id)}/file",
            "attachment.download",
            step,
            True,
            headers={"Accept": "*/*"},
        )
        digest, size = hashlib.sha256(), 0
        for piece in self.door.stream(request):
            digest.update(piece)
            size += len(piece)
            yield piece
        whole = digest.hexdigest() == attachment.sha256 if attachment.sha256 else size == attachment.size
        if not whole:
            raise UnreadableError(
                "sent other bytes than it has stored",
                system=self.connection,
                step=step,
                detail=f"{size} of {attachment.size} bytes",
            )

    def detach(self, attachment: Attachment) -> None:
        """Delete a file."""
        path = f"{ATTACHMENTS}/{checked_name(attachment.sys_id)}"
        self.door.request(Request("DELETE", path, "attachment.delete", f"deleting {attachment.name}", False))


def attachment_of(row: Row) -> Attachment:
    return Attachment(
        sys_id=row.get("sys_id", ""),
        name=row.get("file_name", ""),
        content_type=row.get("content_type", ""),
        size=int(row["size_bytes"]) if row.get("size_bytes", "").isdecimal() else 0,
        sha256=row.get("hash", "").lower(),
        state=row.get("state", ""),
    )


def _fit(content_type: str) -> str:
    """A kind that can be the value of a header; whoever uploaded a file first may have called it anything."""
    for kind in (content_type.strip(), content_type.partition(";")[0].strip()):
        if "/" in kind and kind.isascii() and kind.isprintable():
            return kind
    return "application/octet-stream"


def sha256_of(file: BinaryIO) -> str:
    """The hash of a file from where it stands; it stands there again afterwards."""
    start = file.tell()
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    file.seek(start)
    return digest.hexdigest()
