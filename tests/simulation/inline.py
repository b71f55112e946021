"""A pool without threads: a history is the same each time it is told."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any


class Inline:
    """Does at once, in the caller's thread, what is submitted."""

    def __init__(self, *_: object, **__: object) -> None:
        self._nothing = None

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def submit(self, what: Any, *args: Any) -> Future[None]:
        future: Future[None] = Future()
        try:
            future.set_result(what(*args))
        except Exception as error:
            future.set_exception(error)
        return future
