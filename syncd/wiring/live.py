"""Clients that follow their settings: made when first needed, and anew when the connection was changed.

Routes are built once and live as long as the process; what stands in them as source and target is one of these. A call
that is under way ends with the client it began with. Connections of syncd.yaml never change, and cost nothing here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from syncd.core.ports import Page, Source, Target
from syncd.errors import AuthError
from syncd.settings import Connection
from syncd.store.connections import Stamp
from syncd.wiring.book import Book

T = TypeVar("T")


class Live(Generic[T]):
    """What is made of one connection, as it is now."""

    def __init__(self, book: Book, name: str, kind: str, make: Callable[[str, Connection], T]) -> None:
        self.name = name
        self._book = book
        self._kind = kind
        self._make = make
        self._lock = threading.Lock()
        self._made: T | None = None
        self._stamp: Stamp | None = None

    def now(self) -> T:
        """The present one. Raises AuthError if there is no such connection, or none that can be used."""
        stamp = self._book.stamp(self.name)
        made = self._made
        if made is not None and stamp == self._stamp:
            return made
        with self._lock:
            if self._made is None or stamp != self._stamp:
                self._made = None
                self._made = self._make(self.name, self._book.connection(self.name, self._kind))
                self._stamp = stamp
            return self._made


class LiveSource:
    """A source whose every call goes to the present client."""

    def __init__(self, live: Live[Source]) -> None:
        self._live = live

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live.now(), name)

    def changed_since(self, query: str, since: datetime | None) -> Iterator[Page]:
        """A listing may take hours: when its client is replaced, it goes on with the new one from where it was."""
        while True:
            source = self._live.now()
            try:
                for page in source.changed_since(query, since):
                    yield page
                    since = page.reached or since
                    if self._live.now() is not source:
                        break
                else:
                    return
            except AuthError:
                # The credentials were changed at the other end first, and here a moment later.
                if self._live.now() is source:
                    raise


class LiveTarget:
    """A table of an instance whose every call goes to the present client."""

    def __init__(self, live: Live[Any], make: Callable[[Any], Target]) -> None:
        self._live = live
        self._make = make
        self._made: tuple[Any, Target] | None = None

    def __getattr__(self, name: str) -> Any:
        client, made = self._live.now(), self._made
        if made is None or made[0] is not client:
            made = self._made = (client, self._make(client))
        return getattr(made[1], name)
