from pathlib import Path

import pytest

from syncd.store import Store
from tests.engine.world import MAPPING, FakeJira, FakeServiceNow, World


@pytest.fixture
def mapping_file(tmp_path: Path) -> Path:
    file = tmp_path / "ops.yaml"
    file.write_text(MAPPING)
    return file


@pytest.fixture
def world(store: Store, mapping_file: Path) -> World:
    return World(FakeJira(), FakeServiceNow(), store, mapping_file)
