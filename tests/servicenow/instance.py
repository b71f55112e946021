"""A simulated instance on a port of this machine, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from syncd.http import Limits
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.servicenow import BasicAuth, ServiceNowClient

QUICK = Limits(connect_timeout=5, read_timeout=10, first_wait=0.001, longest_wait=0.01)


class Served:
    """One instance that runs."""

    def __init__(self, sandbox: ServiceNowSandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self._clients: list[ServiceNowClient] = []

    def client(self, auth: Any = None, **options: Any) -> ServiceNowClient:
        options.setdefault("limits", QUICK)
        client = ServiceNowClient(self.url, auth or BasicAuth("svc_syncd", "syncd"), **options)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()


@contextmanager
def served(**options: Any) -> Iterator[Served]:
    sandbox = ServiceNowSandbox(**options)
    with Server(sandbox.app) as server:
        running = Served(sandbox, server.url)
        try:
            yield running
        finally:
            running.close()
