"""Which schema a database has, which one this program needs, and the way from one to the other.

alembic is imported where it is used: it takes long to load, and who finds the schema as it should be does without.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from syncd.errors import SchemaError
from syncd.store.database import Database
from syncd.store.postgres import be_patient
from syncd.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

REVISION = "0010"
"""The schema of this program: the last of its migrations, as a test says."""

MIGRATION_LOCK = 0x5D_0001
"""The advisory lock under which Postgres replicas take turns at creating or upgrading the schema."""


def revision_of(database: Database) -> str | None:
    """The database's revision, None if it has none of our tables."""
    with database.read() as connection:
        has_history = inspect(connection).has_table("alembic_version")
        query = text("SELECT version_num FROM alembic_version")
        revision = connection.execute(query).scalar_one_or_none() if has_history else None
    if revision is None and database.tables() & set(metadata.tables):
        raise SchemaError(
            f"{database.name} has tables named like syncd's but no migration history; "
            "point `database` at an empty database, or restore this one from a backup"
        )
    return revision


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the schema to this program's revision. Returns (revision before, revision now)."""
    from alembic import command

    before = revision_of(database)
    if before is not None:
        _refuse_newer(database, before)
    config = _config()
    with database.write() as connection:
        if not database.is_sqlite:
            be_patient(connection, 0)
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, REVISION


def make_ready(database: Database) -> None:
    """Create the schema in an empty database, accept the right one, refuse any other."""
    revision = revision_of(database)
    if revision is None:
        upgrade(database)
    else:
        check(database)


def check(database: Database) -> None:
    """Raise SchemaError unless the schema is exactly this program's; the message names the command to run."""
    revision = revision_of(database)
    if revision == REVISION:
        return
    if revision is None:
        raise SchemaError(f"{database.name} is empty; run `syncd db upgrade` to create its tables")
    _refuse_newer(database, revision)
    raise SchemaError(
        f"{database.name} has schema {revision}, this syncd needs {REVISION}; "
        "stop every syncd that uses it, back it up, and run `syncd db upgrade`"
    )


def _refuse_newer(database: Database, revision: str) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision not in known:
        raise SchemaError(
            f"{database.name} has schema {revision}, which a newer syncd made; this one knows up to "
            f"{REVISION}. Install that newer version, or restore the backup made before the upgrade"
        )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())
