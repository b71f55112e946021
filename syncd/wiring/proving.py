"""Testing a connection: sign in, read what the mappings need, say what was found. Writes nothing at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from syncd.api.services import Found
from syncd.errors import RemoteError, SyncdError
from syncd.http import Listener, Vet
from syncd.mapping import Mapping
from syncd.servicenow import ServiceNowTarget
from syncd.settings import Connection, JiraConnection, RefreshTokenAuthSettings
from syncd.store.database import Database
from syncd.wiring.clients import Clients


class Prover:
    """Tests connections with clients of their own, so that what runs is not disturbed."""

    def __init__(
        self,
        database: Database,
        keys: Sequence[str],
        listen: Listener,
        mappings: Sequence[Mapping],
        vet_of: Callable[[Connection], Vet | None],
    ) -> None:
        self._database = database
        self._keys = keys
        self._listen = listen
        self._mappings = mappings
        self._vet_of = vet_of

    def __call__(self, name: str, connection: Connection, kept: bool) -> Found:
        """`kept` says that these are the settings in use: only then are its tokens shared with those who use it."""
        if isinstance(connection.auth, RefreshTokenAuthSettings) and not kept:
            return Found(problems=["a refresh token is spent by using it: keep these settings, then test them"])
        clients = Clients(self._database, self._keys if kept else (), self._listen, self._vet_of)
        try:
            clients.try_again(name, connection)  # a person asks, who may know that it was mended at the other end
            if isinstance(connection, JiraConnection):
                return self._jira(clients, name, connection)
            return self._servicenow(clients, name, connection)
        except SyncdError as error:
            return Found(problems=[str(error)])
        finally:
            clients.close()

    def _jira(self, clients: Clients, name: str, connection: Connection) -> Found:
        source = clients.jira(name, connection)
        clock = source.prove()
        account = source.account
        problems = []
        for mapping in self._mappings:
            if mapping.source.connection == name:
                try:
                    source.validate(mapping.source.jql, mapping.fields_needed())
                except RemoteError as error:
                    problems.append(f"mapping {mapping.name}: {error}")
        about = {"site": source.site, "time_zone": account.zone if account else None}
        return Found(account.name if account else "", about, clock.timestamp(), problems)

    def _servicenow(self, clients: Clients, name: str, connection: Connection) -> Found:
        client = clients.servicenow(name, connection)
        tables = sorted({one.target.table for one in self._mappings if one.target.connection == name}) or ["incident"]
        connected = client.test_connection(tables[0])
        problems = [problem for table in tables for problem in self._table_problems(client, name, table)]
        about = {"tables": tables, "time_zone": connected.time_zone}
        clock = None if connected.clock is None else connected.clock.timestamp()
        return Found(connected.user_name, about, clock, problems)

    def _table_problems(self, client: Any, name: str, table: str) -> Iterator[str]:
        target = ServiceNowTarget(client, table)
        try:
            target.prove()
            for mapping in self._mappings:
                if (mapping.target.connection, mapping.target.table) == (name, table):
                    for column, hint in target.missing_columns(mapping.columns()).items():
                        more = f" ({hint})" if hint else ""
                        yield f"mapping {mapping.name}: {table} has no column {column}, or hides it{more}"
        except RemoteError as error:
            yield str(error)
