"""Connects only to addresses that may be asked: a name is looked up and judged at the moment of the connection.

Judging it earlier is not enough: who owns a name may answer with another address a moment later (DNS rebinding). So the
address that was judged is the one that is connected to. Host verification, SNI and keep-alive go by the name, as ever.

| a connection to                     | is judged by                                              |
|-------------------------------------|-----------------------------------------------------------|
| the other system, directly          | every address of its name                                 |
| a proxy that the settings name      | every address of the proxy; what lies behind is its matter |
| a proxy that the environment names  | nobody: the operator of this machine named it             |

Which addresses may be asked is not decided here: `Vet` says why one may not.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

Vet = Callable[[str, str], str]
"""(host, one address of it): why it may not be connected to; "" if it may."""


class AddressRefusedError(NewConnectionError):
    """An address that may not be asked; nothing was sent, and nobody was connected to."""

    def __init__(self, connection: HTTPConnection, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(connection, sentence)


class VettingAdapter(HTTPAdapter):
    """A transport whose every new connection is judged. `proxies_too`: its proxies come from the settings."""

    def __init__(self, vet: Vet, *, proxies_too: bool) -> None:
        self._pools = _pools(vet)
        self._proxies_too = proxies_too
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if self._proxies_too and not proxy.lower().startswith("socks"):  # those bring pools of their own
            manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(vet: Vet) -> dict[str, type[HTTPConnectionPool]]:
    class VettedHTTPConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, vet, super()._new_conn)

    class VettedHTTPSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, vet, super()._new_conn)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = VettedHTTPConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = VettedHTTPSConnection

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection, vet: Vet, connect: Callable[[], socket.socket]) -> socket.socket:
    """A socket to the first address that answers, if all of them may be asked."""
    name = connection._dns_host
    addresses = _addresses(connection, name.strip("[]"))
    for address in addresses:
        why = vet(connection.host, address)
        if why:
            raise AddressRefusedError(connection, why)
    try:
        for address in addresses[:-1]:
            try:
                connection._dns_host = address
                return connect()
            except (NewConnectionError, ConnectTimeoutError):
                continue
        connection._dns_host = addresses[-1]
        return connect()
    finally:
        connection._dns_host = name  # what certificates and the Host header go by


def _addresses(connection: HTTPConnection, name: str) -> list[str]:
    """As urllib3 asks for them; at least one."""
    try:
        found = socket.getaddrinfo(name, connection.port, allowed_gai_family(), socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except UnicodeError as error:  # a label that is empty or too long
        raise NewConnectionError(connection, "no such host can be") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))
