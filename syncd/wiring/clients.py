"""From the settings of a connection to its client: credentials, limits, certificates. Sends nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

from syncd.http import Limits, Listener
from syncd.jira.client import Basic, Bearer, JiraClient
from syncd.jira.source import JiraSource
from syncd.servicenow import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    ClientCredentialsGrant,
    JwtGrant,
    OAuth,
    PasswordGrant,
    ServiceNowClient,
    Slot,
)
from syncd.settings import (
    ApiKeyAuthSettings,
    BasicAuthSettings,
    ClientCredentialsAuthSettings,
    Connection,
    JiraConnection,
    JwtAuthSettings,
    PasswordGrantAuthSettings,
    ServiceNowAuth,
    ServiceNowConnection,
)
from syncd.store.database import Database
from syncd.store.quotas import Quota, Quotas, SharedGate
from syncd.store.secrets import Keyring, Secrets

log = logging.getLogger(__name__)

TokenSlot = Callable[[], AbstractContextManager[Slot]]


class Clients:
    """Makes the clients of one process, and closes them. With `keys`, tokens are kept encrypted in the database."""

    def __init__(self, database: Database, keys: Sequence[str], listen: Listener) -> None:
        self._quotas = Quotas(database)
        self._secrets = Secrets(database, Keyring(keys)) if keys else None
        if self._secrets is not None:
            self._secrets.check()
        self._listen = listen
        self._told = False
        self._open: list[JiraClient | ServiceNowClient] = []
        self._budgets: dict[str, Quota] = {}

    def close(self) -> None:
        for client in self._open:
            client.close()

    def budgets(self) -> dict[str, float]:
        """By connection that has an hourly budget: how many calls may be made at once now."""
        return {name: self._quotas.ready_calls(name, quota) for name, quota in self._budgets.items()}

    def jira(self, name: str, connection: Connection) -> JiraSource:
        assert isinstance(connection, JiraConnection), "checked with the mappings"
        auth = connection.auth
        client = JiraClient(
            connection.base_url,
            Basic(auth.username, auth.password.get_secret_value())
            if isinstance(auth, BasicAuthSettings)
            else Bearer(auth.token.get_secret_value()),
            connection=name,
            limits=Limits(read_timeout=connection.timeout),
            verify=_verify(connection),
            proxy=connection.proxy,
            listen=self._listen,
        )
        self._open.append(client)
        overlap = None if connection.overlap is None else timedelta(seconds=connection.overlap)
        return JiraSource(client, site=connection.site, overlap=overlap, service_desks=connection.service_desks)

    def servicenow(self, name: str, connection: Connection) -> ServiceNowClient:
        assert isinstance(connection, ServiceNowConnection), "checked with the mappings"
        hourly = connection.limits.requests_per_hour
        quota = None if hourly is None else Quota(hourly)
        if quota is not None:
            self._budgets[name] = quota
        client = ServiceNowClient(
            connection.base_url,
            credentials(connection.auth, lambda: self._token_slot(name)),
            connection=name,
            limits=Limits(read_timeout=connection.timeout, transaction_limit=connection.transaction_limit),
            concurrency=connection.limits.concurrency,
            verify=_verify(connection),
            cert=_certificate(connection),
            proxy=connection.proxy,
            gate=SharedGate(self._quotas, name, quota),
            listen=self._listen,
        )
        self._open.append(client)
        return client

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


def credentials(auth: ServiceNowAuth, token_slot: Callable[[], TokenSlot | None]) -> Auth:
    """What the client proves itself with. `token_slot` is asked only where tokens are fetched."""
    match auth:
        case BasicAuthSettings():
            return BasicAuth(auth.username, auth.password.get_secret_value())
        case ApiKeyAuthSettings():
            return ApiKeyAuth(auth.key.get_secret_value())
        case PasswordGrantAuthSettings():
            secret, password = auth.client_secret.get_secret_value(), auth.password.get_secret_value()
            return OAuth(PasswordGrant(auth.client_id, secret, auth.username, password), shared=token_slot())
        case ClientCredentialsAuthSettings():
            secret = auth.client_secret.get_secret_value()
            return OAuth(ClientCredentialsGrant(auth.client_id, secret), shared=token_slot())
        case JwtAuthSettings():
            secret, key = auth.client_secret.get_secret_value(), auth.private_key.get_secret_value()
            return OAuth(JwtGrant(auth.client_id, secret, key, auth.key_id, auth.subject), shared=token_slot())


def _verify(connection: JiraConnection | ServiceNowConnection) -> bool | str:
    return connection.verify if isinstance(connection.verify, bool) else str(connection.verify)


def _certificate(connection: ServiceNowConnection) -> str | tuple[str, str] | None:
    if connection.cert is None:
        return None
    return str(connection.cert) if connection.key is None else (str(connection.cert), str(connection.key))
