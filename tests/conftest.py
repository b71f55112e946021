"""Fixtures that many suites share: databases of both kinds, the real issues."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from hypothesis import HealthCheck, settings

from syncd.store import Database, Store
from syncd.store.schema import make_ready
from tests import postgres

REAL_ISSUES = Path(__file__).parents[2] / "shared" / "data" / "jira-issues.jsonl.gz"
_numbers = itertools.count(1)

# How busy the machine is proves nothing. The rest stays as Hypothesis has it, which tells the same examples each time
# where CI is set.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: twice the cores, since half of the time is waited for processes that were started."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def real_issues() -> Path:
    """1,866 real Jira issues; they are not part of the project."""
    if not REAL_ISSUES.exists():
        pytest.skip("the real issues are not here")
    return REAL_ISSUES


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running Postgres, one a test process."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoPostgresError as error:
        pytest.skip(f"no Postgres: {error}")


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of an empty Postgres database of this test's own."""
    name = f"syncd_test_{next(_numbers)}"
    admin = sqlalchemy.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    yield str(sqlalchemy.make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'syncd.db'}"
    return str(request.getfixturevalue("fresh_postgres"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    make_ready(database)
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)
