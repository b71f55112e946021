"""Bodies of requests that are read while they are sent, and can be sent again: after a token was renewed, say.

An open file cannot: once it is read, the second sending would be empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 65_536


class FileBody:
    """A file from where it stands now to its end, from the start each time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self._size = file.seek(0, 2) - self._start
        file.seek(self._start)

    def __len__(self) -> int:
        """In bytes, so that it is announced and not sent in chunks, which some proxies refuse."""
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        rest = self._size
        while rest and (piece := self._file.read(min(CHUNK, rest))):
            rest -= len(piece)
            yield piece
