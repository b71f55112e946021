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


@pytest.fixture
def quick(tmp_path: Path):
    """A store on SQLite that is not careful about power cuts: only processes die here."""
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    make_ready(database)
    yield Store(database)
    database.close()


@pytest.fixture
def on_postgres(fresh_postgres: str):
    database = Database(fresh_postgres)
    make_ready(database)
    yield Store(database)
    database.close()
