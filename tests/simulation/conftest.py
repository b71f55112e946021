import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from syncd.engine import work
from syncd.store import Database, Store
from syncd.store.schema import make_ready
from tests.simulation.inline import Inline


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history must be the same each time it is told."""
    monkeypatch.setattr(work, "ThreadPoolExecutor", Inline)


NOW = 2_461_000.0
"""The database's own clock stands still (a Julian day): how busy the machine is must not change a history."""


def prepare_connection(raw: sqlite3.Connection, _: object) -> None:
    raw.execute("PRAGMA synchronous=OFF")  # only processes die here, never the power
    raw.create_function("julianday", 1, lambda _: NOW)


@pytest.fixture
def quick(tmp_path: Path):
    """A store on SQLite in which time passes only as a history says."""
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    event.listen(database.engine, "connect", prepare_connection)
    make_ready(database)
    yield Store(database)
    database.close()


@pytest.fixture
def on_postgres(fresh_postgres: str):
    database = Database(fresh_postgres)
    make_ready(database)
    yield Store(database)
    database.close()
