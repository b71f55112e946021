"""A file as the one part of a multipart form, read piece by piece while it is sent. Knows no Jira and no HTTP.

`requests` would read the whole file into memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import BinaryIO

from urllib3.fields import RequestField

from syncd.http import FileBody


class FilePart:
    """The body of an upload; `content` is the file alone, from where it stands now to its end."""

    def __init__(self, field: str, name: str, content_type: str, file: BinaryIO) -> None:
        self.content = FileBody(file)
        boundary = secrets.token_hex(16)
        part = RequestField(name=field, data="", filename=name)
        part.make_multipart(content_type=content_type)
        self._head = f"--{boundary}\r\n{part.render_headers()}".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"

    def __len__(self) -> int:
        """Of the whole body, so that it is announced and not sent in chunks, which some proxies refuse."""
        return len(self._head) + len(self.content) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self.content
        yield self._tail
