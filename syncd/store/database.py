"""Open a database, keep its transactions, and refuse one whose schema is not ours.

SQLite runs one process: WAL, full synchronisation (an intent that a power cut forgets is a note sent twice), foreign
keys, and one writer at a time by a lock of our own, which is fairer than SQLite's busy waiting. Postgres runs many.
Foreign exceptions stop here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect
from sqlalchemy import exc as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from syncd.errors import DatabaseError, UserError
from syncd.store.postgres import bound_sessions, connect_args

BUSY_SECONDS = 30.0
"""How long a SQLite statement waits for another process's transaction (`syncd status` beside the daemon)."""

LARGEST_LOG = 64 * 1024 * 1024
"""Bytes that SQLite's log of changes keeps on the disk after something large, a long backup beside the work, say."""


class Database:
    """One database: `read()` and `write()` give a connection inside one transaction."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.engine = _engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writer = self.engine.execution_options(writes=True)
        self._one_writer: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def name(self) -> str:
        """The database's URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._told(), self._one_writer, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    def tables(self) -> set[str]:
        with self._told():
            return set(inspect(self.engine).get_table_names())

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database did wrong into one sentence; bugs of ours pass through as bugs."""
        try:
            yield
        except (sa.OperationalError, sa.InterfaceError, sa.TimeoutError) as error:
            raise DatabaseError(f"the database {self.name} does not answer: {_words(error)}") from error
        except sa.DatabaseError as error:
            if isinstance(error, sa.IntegrityError | sa.ProgrammingError | sa.DataError):
                raise
            raise DatabaseError(f"the database {self.name} cannot be used: {_words(error)}") from error


def insert_if_absent(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """An insert of these values that leaves alone what is there already, e.g. by another process a moment ago."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table).values(**values).on_conflict_do_nothing()


def _engine(url: str, pool_size: int) -> Engine:
    try:
        parsed = make_url(url)
        # What a statement carries (digests, sealed secrets, names) is nobody's business in a log (law 12).
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size, "hide_parameters": True}
        match parsed.get_backend_name():
            case "sqlite":
                _refuse_unusable_file(parsed.database)
                options["connect_args"] = {"timeout": BUSY_SECONDS}
            case "postgresql":
                options["pool_pre_ping"] = True
                options["connect_args"] = connect_args(parsed)
            case other:
                raise UserError(f"database: {other} is not supported; use sqlite:/// or postgresql+psycopg://")
        engine = create_engine(parsed, **options)
    except sa.ArgumentError as error:
        raise UserError(
            "database: this is no database URL; use sqlite:///syncd.db or postgresql+psycopg://user@host/db"
        ) from error
    except ModuleNotFoundError as error:
        raise UserError(f"database: the driver {error.name} is not installed; install syncd[postgres]") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        bound_sessions(engine, parsed)
    return engine


def _refuse_unusable_file(file: str | None) -> None:
    if file in (None, "", ":memory:"):
        raise UserError("database: SQLite in memory forgets every link at exit; name a file, e.g. sqlite:///syncd.db")
    folder = Path(str(file)).absolute().parent
    if not folder.is_dir():
        raise UserError(f"database: the folder {folder} does not exist; create it, or name another")


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, in _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"journal_size_limit={LARGEST_LOG}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot be upgraded while another writes; so say it at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _words(error: sa.SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:300]
