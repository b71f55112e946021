"""Files on issues: list, send, fetch. Bytes are streamed in both directions.

Sending a file twice makes two attachments of one name, and Jira keeps no hash of them (jira facts 9.1). So after a lost
answer the issue is looked at, and what has the name and the size is compared byte by byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from syncd.errors import DoubtfulError, RemoteError
from syncd.http import Request
from syncd.jira.client import API
from syncd.jira.multipart import FilePart
from syncd.jira.sending import Sending


@dataclass(frozen=True, slots=True)
class File:
    """What Jira says about a file."""

    id: str
    name: str
    size: int
    content_type: str


class Files:
    """Files of one Jira."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._client = sending.client
        self._limit: int | None = None

    def on(self, issue: str) -> tuple[File, ...]:
        """The files of an issue, in the order in which they came."""
        step = f"listing the files of issue {issue}"
        path, params = self._sending.path(issue), {"fields": "attachment"}
        raw = self._client.get(path, endpoint="issue.files", step=step, params=params)
        try:
            found = tuple(_file_of(one) for one in raw["fields"]["attachment"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._client.unreadable("does not show the issue's files", step) from error
        return tuple(sorted(found, key=lambda file: int(file.id)))

    def attach(self, issue: str, name: str, content_type: str, file: BinaryIO, known: Collection[str]) -> File:
        step = f"sending {name} to issue {issue}"
        body = FilePart("file", name, content_type or "application/octet-stream", file)
        limit = self.upload_limit()
        if len(body.content) > limit:
            size = len(body.content)
            raise self._sending.refusal(f"takes files of {limit} bytes at most, and {name} has {size}", step)
        try:
            return self._sent(issue, body, step)
        except DoubtfulError as doubt:
            try:
                found = self._like(body, issue, name, known)
            except RemoteError:
                raise doubt from None  # it can be looked for later
            if found is None:
                raise doubt.if_absent or doubt from doubt
            return found

    def find(self, issue: str, name: str, file: BinaryIO, known: Collection[str]) -> File | None:
        return self._like(FilePart("file", name, "application/octet-stream", file), issue, name, known)

    def fetch(self, file: File) -> Iterator[bytes]:
        step = f"fetching {file.name}"
        # Both addresses are built here: what Jira calls `content` may name another host, and gets no credentials (9.5).
        cloud = self._client.server.cloud
        path = (
            f"{API}/attachment/content/{file.id}" if cloud else f"/secure/attachment/{file.id}/{quote(file.name, '')}"
        )
        request = Request("GET", path, "file.fetch", step, True, headers={"Accept": "*/*"}, elsewhere=cloud)
        size = 0
        for piece in self._client.stream(request):
            size += len(piece)
            yield piece
        if size != file.size:
            raise self._client.unreadable("sent other bytes than it has stored", step, f"{size} of {file.size} bytes")

    def upload_limit(self) -> int:
        """Bytes that one file may have (jira facts 9.4)."""
        if self._limit is None:
            step = "asking how large a file may be"
            raw = self._client.get(f"{API}/attachment/meta", endpoint="files", step=step)
            try:
                enabled, limit = raw["enabled"], int(raw["uploadLimit"])
            except (KeyError, TypeError, ValueError) as error:
                raise self._client.unreadable("does not say how large a file may be", step) from error
            if enabled is False:
                raise self._sending.refusal("takes no attachments: an administrator has switched them off", step)
            self._limit = limit
        return self._limit

    def _sent(self, issue: str, body: FilePart, step: str) -> File:
        response = self._sending.send(
            "POST",
            self._sending.path(issue, "/attachments"),
            endpoint="file.send",
            step=step,
            confirmed_by=(200,),
            data=body,
            headers={"Content-Type": body.content_type},
        )
        raw = self._sending.told(response, step)
        try:
            (sent,) = raw
            stored = _file_of(sent)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._sending.doubt("confirmed the file in a form unknown to syncd", step) from error
        if stored.size != len(body.content):
            raise self._sending.doubt(f"stored {stored.size} of {len(body.content)} bytes, as file {stored.id}", step)
        return stored

    def _like(self, body: FilePart, issue: str, name: str, known: Collection[str]) -> File | None:
        """The newest file with this name, this size and these bytes."""
        wanted: str | None = None
        for one in reversed(self.on(issue)):
            if (one.name, one.size) == (name, len(body.content)) and one.id not in known:
                wanted = wanted or _digest(body.content)
                if _digest(self.fetch(one)) == wanted:
                    return one
        return None


def _file_of(raw: Any) -> File:
    """A file as Jira lists it. Its id is a string in lists and a number elsewhere (jira facts 5.10)."""
    return File(str(raw["id"]), str(raw["filename"]), int(raw["size"]), str(raw.get("mimeType") or ""))


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
