"""A folder with settings and one mapping, and the database that commands run there use."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.store import Database, Store
from tests.engine.world import MAPPING


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "ops.yaml").write_text(MAPPING)
    config = tmp_path / "syncd.yaml"
    config.write_text(f"database: sqlite:///{tmp_path / 'syncd.db'}\nmappings: mappings\n")
    return config


@pytest.fixture
def store(config: Path):
    database = Database(f"sqlite:///{config.parent / 'syncd.db'}")
    yield Store(database)
    database.close()
