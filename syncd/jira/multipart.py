"""A file as the one part of a multipart form, read piece by piece while it is sent. Knows no Jira and no HTTP.

`requests` would read the whole file into memory. This body can be sent again from its start (after a token was
renewed), which an open file cannot.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import BinaryIO

from urllib3.fields import RequestField

CHUNK = 65_536


class FilePart:
    """The body of an upload. `file` is sent from where it stands now, to its end; `size` is how much that is."""

    def __init__(self, field: str, name: str, content_type: str, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self.size = file.seek(0, 2) - self._start
        boundary = secrets.token_hex(16)
        part = RequestField(name=field, data="", filename=name)
        part.make_multipart(content_type=content_type)
        self._head = f"--{boundary}\r\n{part.render_headers()}".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"

    def __len__(self) -> int:
        """Of the whole body, so that it is announced and not sent in chunks, which some proxies refuse."""
        return len(self._head) + self.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self.content()
        yield self._tail

    def content(self) -> Iterator[bytes]:
        """The bytes of the file alone."""
        self._file.seek(self._start)
        rest = self.size
        while rest and (piece := self._file.read(min(CHUNK, rest))):
            rest -= len(piece)
            yield piece
