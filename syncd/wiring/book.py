"""The connections of this process by name: those of syncd.yaml, and those of the database as they are now.

What the database has may change at any time, by any process; who uses a connection asks for its stamp, and looks again
when that moved. A connection that is missing or unusable is refused like wrong credentials: its mappings wait, and the
others go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import urlsplit

from pydantic import ValidationError

from syncd.api.outbound import Resolve, refusals, resolved, vet_for
from syncd.errors import AuthError
from syncd.http import Vet
from syncd.settings import Connection
from syncd.settings.stored import addresses, joined
from syncd.store.connections import Connections, Stamp
from syncd.store.secrets import UnreadableSecretError

LOOK_SECONDS = 2.0
"""How long the stamps are believed: so soon a change is seen everywhere, and so rarely is asked."""

IN_FILE: Stamp = (0, 0.0)
"""The stamp of what never changes."""


class Book:
    """All connections. `patterns` are the hosts that those of the database may have."""

    def __init__(
        self,
        in_file: Mapping[str, Connection],
        stored: Connections,
        patterns: Collection[str] = (),
        *,
        resolve: Resolve = resolved,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.in_file = dict(in_file)
        self.stored = stored
        self._patterns = tuple(patterns)
        self._trusted = {host for one in in_file.values() for host in _hosts(one)}
        self._resolve = resolve
        self._clock = clock
        self._lock = threading.Lock()
        self._stamps: dict[str, Stamp] = {}
        self._seen = float("-inf")

    def types(self) -> dict[str, str]:
        """The type of every connection there is now."""
        kept = {one.name: one.type for one in self.stored.all()} if self.stored.possible else {}
        return kept | {name: connection.type for name, connection in self.in_file.items()}

    def stamp(self, name: str) -> Stamp | None:
        """Which state of the connection there is now; None if there is none."""
        if name in self.in_file:
            return IN_FILE
        if not self.stored.possible:
            return None
        with self._lock:
            if self._clock() - self._seen >= LOOK_SECONDS:
                self._stamps = self.stored.stamps()
                self._seen = self._clock()
            return self._stamps.get(name)

    def connection(self, name: str, kind: str) -> Connection:
        """The settings of this connection now. Raises AuthError: nothing can be done with it until somebody acts."""
        found = self.in_file.get(name) or self._kept(name)
        if found is None:
            raise AuthError(
                f"there is no such connection: make it with POST /api/{kind}/config?name={name}, or in syncd.yaml",
                system=name,
            )
        if found.type != kind:
            raise AuthError(f"is of type {found.type}, and a mapping names it as its {kind}", system=name)
        return found

    def refused(self, connection: Connection) -> Sequence[str]:
        """Why the addresses of these settings may not be asked, if they do not come from the file."""
        return refusals(addresses(connection), self._patterns, self._trusted, self._resolve)

    def vet(self, connection: Connection) -> Vet:
        """Judges what is connected to for these settings, at each connection. The file's own hosts may be anywhere."""
        in_file = any(connection is one for one in self.in_file.values())
        return vet_for(self._patterns, self._trusted, _hosts(connection) if in_file else ())

    def _kept(self, name: str) -> Connection | None:
        if not self.stored.possible:
            return None
        try:
            kept = self.stored.get(name)
            if kept is None:
                return None
            connection = joined(kept.settings, kept.secrets)
        except UnreadableSecretError as error:
            raise AuthError("its secrets cannot be read", system=name, detail=str(error)) from error
        except ValidationError:
            # The cause would quote the settings.
            raise AuthError("its settings are incomplete; PUT it anew with its secrets", system=name) from None
        refused = self.refused(connection)
        if refused:
            raise AuthError("is not asked", system=name, detail="; ".join(refused))
        return connection


def _hosts(connection: Connection) -> set[str]:
    return {urlsplit(url).hostname or "" for url in addresses(connection)}
