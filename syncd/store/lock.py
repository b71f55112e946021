"""One working process per SQLite database: a lock beside the file, which the system drops even after a `kill -9`.

Postgres needs none; there the claims keep any number of processes apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from syncd.errors import RefusedError
from syncd.store.database import Database


@contextmanager
def only_worker(database: Database) -> Iterator[None]:
    """Hold the right to work on this database, or refuse."""
    file = database.engine.url.database
    if not database.is_sqlite or file is None:
        yield
        return
    lock = FileLock(f"{file}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RefusedError(
            f"another syncd is working on {file}; SQLite serves one working process. Stop the other one, or move to "
            "Postgres, which serves as many as you like"
        ) from error
    try:
        yield
    finally:
        lock.release()
