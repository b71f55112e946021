"""Connections kept in the database: settings in the open, secrets sealed, a version that moves with every change.

Knows nothing of what the settings mean. The secrets of one connection are one sealed text in the table `secrets`, so
`syncd secrets rotate` treats them like all others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, update

from syncd.core.access import Actor
from syncd.errors import RefusedError
from syncd.store.audit import append
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.secrets import Keyring
from syncd.store.tables import connections, secrets

Stamp = tuple[int, float]
"""Which state of a connection: its version, and when it was made."""

NO_KEY = (
    "secrets cannot be kept without a key: put what `syncd secrets keygen` prints into secret_key, secret_key_file or "
    "SYNCD_SECRET_KEY of every process, and restart"
)


class TakenError(RefusedError):
    """There is a connection of this name already."""


class GoneError(RefusedError):
    """There is no connection of this name any more."""


class OutdatedError(RefusedError):
    """Somebody else changed the connection meanwhile."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One connection. `secrets` is empty where they were not asked for."""

    name: str
    type: str
    settings: Mapping[str, Any]
    version: int
    changed_at: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def stamp(self) -> Stamp:
        return self.version, self.changed_at


class Connections:
    """The verbs of stored connections. Each is one transaction, with its row of the audit trail."""

    def __init__(self, database: Database, keyring: Keyring | None) -> None:
        self._database = database
        self._keyring = keyring

    @property
    def possible(self) -> bool:
        """Whether there is a key, without which nothing can be kept."""
        return self._keyring is not None

    def all(self) -> list[Stored]:
        """Every connection, without its secrets."""
        with self._database.read() as connection:
            return [_stored(row) for row in connection.execute(select(connections).order_by(connections.c.name))]

    def stamps(self) -> dict[str, Stamp]:
        """The present state of each, by name."""
        query = select(connections.c.name, connections.c.version, connections.c.changed_at)
        with self._database.read() as connection:
            return {row.name: (row.version, row.changed_at) for row in connection.execute(query)}

    def get(self, name: str) -> Stored | None:
        """One connection with its secrets. Raises UnreadableSecretError if the keys do not open them."""
        with self._database.read() as connection:
            row = connection.execute(select(connections).where(connections.c.name == name)).one_or_none()
            if row is None:
                return None
            sealed = connection.execute(select(secrets.c.sealed).where(secrets.c.name == _slot(name)))
            text = self._keys().open(_slot(name), sealed.scalar_one_or_none() or "")
        return _stored(row, json.loads(text) if text else {})

    def create(
        self, name: str, type: str, settings: Mapping[str, Any], hidden: Mapping[str, str], actor: Actor
    ) -> Stored:
        """Keep a new connection. Raises TakenError."""
        with self._database.write() as connection:
            values = {"name": name, "type": type, "settings": dict(settings), "version": 1}
            made = connection.execute(
                insert_if_absent(connection, connections, {**values, "changed_at": now()}).returning(connections.c.name)
            ).scalar_one_or_none()
            if made is None:
                raise TakenError(f"there is a connection {name!r} already; PUT changes it")
            self._seal(connection, name, hidden)
            append(connection, actor, "connection.create", name, {"type": type, "after": settings})
            return _one(connection, name)

    def replace(
        self, name: str, settings: Mapping[str, Any], hidden: Mapping[str, str], expected: Stamp, actor: Actor
    ) -> Stored:
        """Change it, if it is still as expected. Raises OutdatedError, GoneError."""
        with self._database.write() as connection:
            before = self._locked(connection, name, expected)
            connection.execute(
                update(connections)
                .where(connections.c.name == name)
                .values(settings=dict(settings), version=before.version + 1, changed_at=now())
            )
            renewed = self._seal(connection, name, hidden)
            detail = {"before": before.settings, "after": settings, "secrets_changed": renewed}
            append(connection, actor, "connection.change", name, detail)
            return _one(connection, name)

    def delete(self, name: str, expected: Stamp, actor: Actor) -> None:
        """Forget it, its secrets and its tokens. Raises OutdatedError, GoneError."""
        with self._database.write() as connection:
            before = self._locked(connection, name, expected)
            connection.execute(delete(connections).where(connections.c.name == name))
            connection.execute(delete(secrets).where(secrets.c.name.in_([_slot(name), f"{name}: tokens"])))
            append(connection, actor, "connection.delete", name, {"before": before.settings})

    def _locked(self, connection: Connection, name: str, expected: Stamp) -> Stored:
        row = connection.execute(select(connections).where(connections.c.name == name).with_for_update()).one_or_none()
        if row is None:
            raise GoneError(f"there is no connection {name!r} in the database")
        if (row.version, row.changed_at) != expected:
            raise OutdatedError(f"connection {name!r} was changed meanwhile; look at it again and repeat your change")
        return _stored(row)

    def _seal(self, connection: Connection, name: str, hidden: Mapping[str, str]) -> list[str]:
        """Keep these secrets; returns the names of those that differ from what was kept before."""
        keys, slot = self._keys(), _slot(name)
        connection.execute(insert_if_absent(connection, secrets, {"name": slot, "sealed": "", "changed_at": now()}))
        kept = connection.execute(select(secrets.c.sealed).where(secrets.c.name == slot)).scalar_one()
        text = keys.open(slot, kept)
        before: dict[str, str] = json.loads(text) if text else {}
        sealed = keys.seal(slot, json.dumps(dict(hidden)))
        connection.execute(update(secrets).where(secrets.c.name == slot).values(sealed=sealed, changed_at=now()))
        return sorted(key for key in {*before, *hidden} if before.get(key) != hidden.get(key))

    def _keys(self) -> Keyring:
        if self._keyring is None:
            raise RefusedError(NO_KEY)
        return self._keyring


def _slot(name: str) -> str:
    return f"connection: {name}"


def _one(connection: Connection, name: str) -> Stored:
    row = connection.execute(select(connections).where(connections.c.name == name)).one()
    return _stored(row)


def _stored(row: Any, hidden: Mapping[str, str] | None = None) -> Stored:
    return Stored(row.name, row.type, row.settings, row.version, row.changed_at, hidden or {})
