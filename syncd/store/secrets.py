"""Secrets in the database: encrypted at rest, and changed by one process at a time. Knows nothing of what they are.

Encrypted by Fernet (AES-128-CBC with HMAC-SHA-256). Of several keys the first encrypts and all decrypt, so a key is
rotated without a moment in which some replica cannot read: put the new key first everywhere, `syncd secrets rotate`,
then take the old one away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from filelock import FileLock, Timeout
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from syncd.errors import DatabaseError, UserError
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.postgres import be_patient
from syncd.store.tables import secrets

OWNED_SECONDS = 300.0
"""How long one waits for another process that is changing the same secret: longer than any exchange of tokens."""


def new_key() -> str:
    """A new key, as `secret_key` wants it."""
    return Fernet.generate_key().decode("ascii")


class UnreadableSecretError(DatabaseError):
    """A secret that none of the keys can decrypt."""


class Keyring:
    """The keys: seals and opens. `keys` as `new_key` makes them, the one that seals first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def seal(self, name: str, text: str) -> str:
        return self._keys.encrypt(json.dumps([name, text]).encode()).decode("ascii")

    def open(self, name: str, sealed: str) -> str:
        """What was sealed under this name; nothing for nothing. Raises UnreadableSecretError."""
        if not sealed:
            return ""
        try:
            sealed_name, text = json.loads(self._keys.decrypt(sealed))
        except (InvalidToken, ValueError):
            sealed_name = text = None
        if sealed_name != name:
            raise UnreadableSecretError(
                f"the secret {name!r} in the database cannot be decrypted with the keys of this process"
            ) from None
        return str(text)

    def __repr__(self) -> str:
        return "Keyring()"


class Slot:
    """One secret, in the hands of one process. `text` is what it is now, "" if it is not there yet."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.changed = False

    def put(self, text: str) -> None:
        """Replace it. It is committed when the hands let go."""
        self.text, self.changed = text, True


class Secrets:
    """The verbs of secrets. Each is one transaction."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    @contextmanager
    def owned(self, name: str) -> Iterator[Slot]:
        """Nobody else, in whichever process, has this secret meanwhile; `text` is what the last one left.

        Postgres locks the row. SQLite could only lock everything, and an exchange of tokens may take a minute, so
        there it is a file beside the database; the system drops either lock if the process is killed.
        """
        if self._database.is_sqlite:
            with self._file_lock(name):
                with self._database.read() as connection:
                    slot = Slot(self._keyring.open(name, self._sealed(connection, name)))
                yield slot
                if slot.changed:
                    with self._database.write() as connection:
                        self._create(connection, name)
                        self._keep(connection, name, slot)
            return
        self._make_sure_of(name)
        with self._database.write() as connection:
            be_patient(connection, OWNED_SECONDS)
            slot = Slot(self._keyring.open(name, self._sealed(connection, name, lock=True)))
            yield slot
            if slot.changed:
                self._keep(connection, name, slot)

    def check(self) -> None:
        """Refuse keys that do not open everything there is."""
        with self._database.read() as connection:
            lost = [row.name for row in connection.execute(select(secrets)) if not self._opens(row.name, row.sealed)]
        if lost:
            raise UserError(
                f"secret_key does not open what the database holds ({', '.join(sorted(lost))}). Add the key that was "
                "used before, after the new one and a comma; if it is lost, `syncd secrets rotate --drop-unreadable` "
                "forgets what it sealed, and new tokens are fetched"
            )

    def rotate(self, *, drop_unreadable: bool = False) -> tuple[int, int]:
        """Seal everything with the first key. Returns how many were sealed, and how many unreadable ones forgotten."""
        sealed = dropped = 0
        with self._database.write() as connection:
            for row in connection.execute(select(secrets).with_for_update()).all():
                if self._opens(row.name, row.sealed):
                    self._keep(connection, row.name, Slot(self._keyring.open(row.name, row.sealed)))
                    sealed += 1
                elif drop_unreadable:
                    connection.execute(delete(secrets).where(secrets.c.name == row.name))
                    dropped += 1
                else:
                    self._keyring.open(row.name, row.sealed)  # raises, and nothing was changed
        return sealed, dropped

    def _opens(self, name: str, sealed: str) -> bool:
        try:
            self._keyring.open(name, sealed)
        except UnreadableSecretError:
            return False
        return True

    def _sealed(self, connection: Connection, name: str, *, lock: bool = False) -> str:
        query = select(secrets.c.sealed).where(secrets.c.name == name)
        found = connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()
        return str(found or "")

    def _keep(self, connection: Connection, name: str, slot: Slot) -> None:
        connection.execute(
            update(secrets)
            .where(secrets.c.name == name)
            .values(sealed=self._keyring.seal(name, slot.text) if slot.text else "", changed_at=now())
        )

    def _create(self, connection: Connection, name: str) -> None:
        if connection.execute(select(secrets.c.name).where(secrets.c.name == name)).one_or_none() is None:
            connection.execute(insert(secrets).values(name=name, sealed="", changed_at=now()))

    def _make_sure_of(self, name: str) -> None:
        """A row that can be locked, committed at once so that nobody waits for our exchange to make theirs."""
        try:
            with self._database.write() as connection:
                self._create(connection, name)
        except IntegrityError:  # another process was a moment faster
            return

    @contextmanager
    def _file_lock(self, name: str) -> Iterator[None]:
        lock = FileLock(f"{self._database.engine.url.database}.secrets.lock", timeout=OWNED_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise DatabaseError(f"another process has been changing the secret {name!r} for too long") from error
        try:
            yield
        finally:
            lock.release()
