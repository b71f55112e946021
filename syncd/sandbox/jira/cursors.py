"""Page tokens: opaque, bound to one query, and gone after a week. They hold `=`, `+` and `/` on purpose (facts 1.5)."""

from __future__ import annotations

import base64
import random
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a search goes on: after the issue with this sort key and id, or from this position on."""

    query: str
    issued: datetime
    after: tuple[Any, ...]
    position: int


class Cursors:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()

    def issue(self, cursor: Cursor) -> str:
        token = ""
        while not ("+" in token and "/" in token):
            token = base64.b64encode(self._random.randbytes(31)).decode()
        self._cursors[token] = cursor
        if len(self._cursors) > _KEPT:
            self._cursors.popitem(last=False)
        return token

    def find(self, token: str, query: str, now: datetime, lifetime: float) -> Cursor | None:
        """The cursor, if the token is ours, is not too old, and belongs to this query."""
        cursor = self._cursors.get(token)
        if cursor is None or cursor.query != query or (now - cursor.issued).total_seconds() > lifetime:
            return None
        return cursor

    def expire(self) -> None:
        """All tokens given out so far are worth nothing."""
        self._cursors.clear()
