"""From the settings of a connection to its client: credentials, limits, certificates. Sends nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from syncd.errors import UserError
from syncd.http import Limits, Listener, Vet
from syncd.jira.address import Entrance
from syncd.jira.client import JiraClient
from syncd.jira.doors import Bounds
from syncd.jira.source import JiraSource
from syncd.servicenow import ServiceNowClient
from syncd.settings import Connection, JiraConnection, RefreshTokenAuthSettings, ServiceNowConnection
from syncd.settings.auth import NEEDS_KEY
from syncd.store.breaker import Breaker
from syncd.store.database import Database
from syncd.store.quotas import Quota, Quotas, SharedGate
from syncd.store.refusals import Refusals, row_of
from syncd.store.secrets import Keyring, Secrets
from syncd.wiring.credentials import TokenSlot, digest_of, jira_credentials, servicenow_credentials

log = logging.getLogger(__name__)

RETIRED_SECONDS = 600.0
"""By then every call of a client that was replaced has ended."""

MOST_RETIRED = 16
"""So many of them are kept: each has threads and open connections, and settings may be changed again and again."""

LEFT_FOR_POLLS = 5
"""One of so many calls of a burst is left for the polls: without them nobody knows what is to be done first."""


class Clients:
    """Makes the clients of one process, and closes them. With `keys`, tokens are kept encrypted in the database.

    `vet_of` gives what judges the addresses that a connection's clients connect to.
    """

    def __init__(
        self, database: Database, keys: Sequence[str], listen: Listener, vet_of: Callable[[Connection], Vet | None]
    ) -> None:
        self._vet_of = vet_of
        self._quotas = Quotas(database)
        self._refusals = Refusals(database)
        self._secrets = Secrets(database, Keyring(keys)) if keys else None
        if self._secrets is not None:
            self._secrets.check()
        self._listen = listen
        self._told = False
        self._lock = threading.Lock()
        self._open: dict[str, JiraClient | ServiceNowClient] = {}
        self._retired: list[tuple[float, JiraClient | ServiceNowClient]] = []
        self._budgets: dict[str, Quota] = {}

    def close(self) -> None:
        for client in [*self._open.values(), *(client for _, client in self._retired)]:
            client.close()

    def _opened(self, name: str, client: JiraClient | ServiceNowClient) -> None:
        """Keep it, to be closed. The one that it replaces may still be at work, so it is closed a while later."""
        moment, over = time.monotonic(), []
        with self._lock:
            before = self._open.get(name)
            self._open[name] = client
            if before is not None:
                self._retired.append((moment, before))
            kept = self._retired
            while kept and (len(kept) > MOST_RETIRED or moment - kept[0][0] > RETIRED_SECONDS):
                over.append(kept.pop(0)[1])
        for old in over:
            old.close()

    def budgets(self) -> dict[str, float]:
        """By connection that has an hourly budget: how many calls may be made at once now."""
        return {name: self._quotas.ready_calls(name, quota) for name, quota in self._budgets.items()}

    def allowances(self) -> dict[str, float]:
        """By connection that has an hourly budget: how many calls an hour it is."""
        return {name: float(quota.calls) for name, quota in self._budgets.items()}

    def jira(self, name: str, connection: Connection) -> JiraSource:
        assert isinstance(connection, JiraConnection), "checked with the mappings"
        auth = connection.auth
        self._can_keep_tokens(name, connection)
        quota = self._quota(name, connection)
        gate = SharedGate(self._quotas, name, quota, leave=0 if quota is None else quota.burst // LEFT_FOR_POLLS)
        token_url = getattr(auth, "token_url", None)
        client = JiraClient(
            connection.base_url,
            jira_credentials(auth, lambda: self._token_slot(name)),
            connection=name,
            limits=Limits(read_timeout=connection.timeout),
            bounds=Bounds(gate, self._breaker(name, connection), gate.slow_down, connection.limits.concurrency),
            entrance=Entrance(
                scoped=connection.scoped,
                gateway=str(connection.gateway),
                token_url=None if token_url is None else str(token_url),
            ),
            verify=_verify(connection),
            proxy=connection.proxy,
            vet=self._vet_of(connection),
            listen=self._listen,
        )
        self._opened(name, client)
        overlap = None if connection.overlap is None else timedelta(seconds=connection.overlap)
        return JiraSource(client, site=connection.site, overlap=overlap, service_desks=connection.service_desks)

    def servicenow(self, name: str, connection: Connection) -> ServiceNowClient:
        assert isinstance(connection, ServiceNowConnection), "checked with the mappings"
        self._can_keep_tokens(name, connection)
        client = ServiceNowClient(
            connection.base_url,
            servicenow_credentials(connection.auth, lambda: self._token_slot(name)),
            connection=name,
            limits=Limits(read_timeout=connection.timeout, transaction_limit=connection.transaction_limit),
            concurrency=connection.limits.concurrency,
            verify=_verify(connection),
            cert=_certificate(connection),
            proxy=connection.proxy,
            vet=self._vet_of(connection),
            gate=SharedGate(self._quotas, name, self._quota(name, connection)),
            guard=self._breaker(name, connection),
            listen=self._listen,
        )
        self._opened(name, client)
        return client

    def try_again(self, name: str, connection: Connection) -> None:
        """Somebody says that what made a system refuse these credentials is mended: they are tried at once."""
        self._refusals.forget(row_of(name, digest_of(name, connection)))

    def _can_keep_tokens(self, name: str, connection: Connection) -> None:
        if isinstance(connection.auth, RefreshTokenAuthSettings) and self._secrets is None:
            raise UserError(f"connections.{name}.auth: {NEEDS_KEY}")

    def _quota(self, name: str, connection: JiraConnection | ServiceNowConnection) -> Quota | None:
        hourly = connection.limits.requests_per_hour
        if hourly is None:
            return None
        self._budgets[name] = Quota(hourly)
        return self._budgets[name]

    def _breaker(self, name: str, connection: JiraConnection | ServiceNowConnection) -> Breaker:
        first_rest = connection.limits.refused_rest
        return Breaker(self._refusals, name, digest_of(name, connection), first_rest=first_rest)

    def _token_slot(self, name: str) -> TokenSlot | None:
        """Where the processes share the tokens of this connection; nowhere without a key, which is said once."""
        if self._secrets is not None:
            return partial(self._secrets.owned, f"{name}: tokens")
        if not self._told:
            self._told = True
            log.info(
                "OAuth tokens are kept in memory only, so each process fetches its own; `syncd secrets keygen` makes a "
                "secret_key with which they are kept encrypted in the database",
                extra={"action": "tokens", "connection": name},
            )
        return None


def _verify(connection: JiraConnection | ServiceNowConnection) -> bool | str:
    return connection.verify if isinstance(connection.verify, bool) else str(connection.verify)


def _certificate(connection: ServiceNowConnection) -> str | tuple[str, str] | None:
    if connection.cert is None:
        return None
    return str(connection.cert) if connection.key is None else (str(connection.cert), str(connection.key))
