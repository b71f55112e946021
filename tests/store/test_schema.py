"""The migrations lead to exactly the tables, and any other schema is refused with the command to run."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from syncd.errors import DatabaseError, SchemaError, UserError
from syncd.store import Database, schema
from syncd.store.schema import REVISION, check, make_ready, revision_of, upgrade
from syncd.store.tables import metadata


def test_migrations_lead_to_exactly_these_tables(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_made_ready_by_itself(database_url):
    database = Database(database_url)
    make_ready(database)
    assert revision_of(database) == REVISION
    check(database)
    database.close()


def test_upgrading_twice_changes_nothing(database):
    assert upgrade(database) == (REVISION, REVISION)


def test_an_empty_database_fails_the_check_with_the_command_to_run(database_url):
    database = Database(database_url)
    with pytest.raises(SchemaError, match="syncd db upgrade"):
        check(database)
    database.close()


def test_a_database_of_a_newer_syncd_is_refused(database):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (check, make_ready, upgrade):
        with pytest.raises(SchemaError, match="newer syncd") as caught:
            refused(database)
        assert caught.value.exit_code == 3


def test_tables_without_a_history_are_not_taken_for_ours(database):
    with database.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(SchemaError, match="no migration history"):
        make_ready(database)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("this is a shopping list\n" * 100)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(DatabaseError, match="not a database"):
        make_ready(database)
    assert file.read_text().startswith("this is a shopping list")
    database.close()


def test_a_server_that_does_not_answer_is_said_not_to():
    database = Database("postgresql+psycopg://syncd:geheim@127.0.0.1:1/syncd")
    with pytest.raises(DatabaseError, match="does not answer") as caught:
        make_ready(database)
    assert "geheim" not in str(caught.value)
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nonsense"])
def test_a_url_that_cannot_serve_is_refused(url):
    with pytest.raises(UserError, match="database"):
        Database(url)


def test_the_program_wants_the_last_of_its_migrations():
    folder = Path(schema.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
