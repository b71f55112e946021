"""Puts the parts together: settings and mappings in, a ready engine out. Decides nothing, knows every part by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from syncd.core.model import Outcome
from syncd.engine.engine import Engine
from syncd.engine.health import status
from syncd.engine.route import Route
from syncd.errors import UserError
from syncd.jira.source import JiraSource
from syncd.mapping import Mapping, load_mappings
from syncd.observe import logs
from syncd.observe.metrics import Gauges, Metrics
from syncd.servicenow import ServiceNowClient, ServiceNowTarget
from syncd.settings import Settings
from syncd.store import Store
from syncd.store.database import Database
from syncd.store.lock import only_worker
from syncd.store.schema import make_ready
from syncd.wiring.clients import Clients

VERSION = version("syncd")


@dataclass(frozen=True, slots=True)
class App:
    """One process's parts, ready to work."""

    settings: Settings
    store: Store
    engine: Engine
    metrics: Metrics
    mappings: tuple[Mapping, ...]
    clients: Clients

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(mapping.name for mapping in self.mappings)

    def gauges(self) -> Gauges:
        now = status(self.store, self.names, self.settings.poll_interval)
        causes = self.store.reports.parked_causes()
        return Gauges(now.counts, now.cursors, causes, ready=now.readiness.ready, budgets=self.clients.budgets())


@contextmanager
def opened(settings: Settings, *, working: bool, listen: Sequence[Callable[[Outcome], None]] = ()) -> Iterator[App]:
    """Everything needed to run the line. `working` takes the right to write; without it nothing is claimed."""
    mappings = checked_mappings(settings)
    with opened_store(settings, working=working) as store:
        metrics = Metrics([mapping.name for mapping in mappings], list(settings.connections), VERSION)
        clients = Clients(store.database, settings.secret_keys, metrics.call)
        try:
            routes = _routes(settings, mappings, clients)
            engine = Engine(
                store,
                routes,
                _to_all([metrics.outcome, logs.outcome, *listen]),
                threads=settings.workers,
                cycle_failed=metrics.cycle_failed,
            )
            app = App(settings, store, engine, metrics, mappings, clients)
            metrics.watch(app.gauges)
            yield app
        finally:
            clients.close()


@contextmanager
def opened_store(settings: Settings, *, working: bool = False) -> Iterator[Store]:
    """The store, its schema made or checked. `working` takes back what a dead process had claimed (SQLite)."""
    database = Database(settings.database.get_secret_value(), pool_size=settings.workers + 4)
    try:
        if not working:
            make_ready(database)
            yield Store(database)
            return
        with only_worker(database):
            make_ready(database)
            store = Store(database)
            if database.is_sqlite:
                store.queue.release_all()
            yield store
    finally:
        database.close()


def checked_mappings(settings: Settings) -> tuple[Mapping, ...]:
    """The mappings, each with connections that exist and are of the right kind; all problems at once."""
    mappings = load_mappings(settings.mappings)
    problems = [problem for mapping in mappings for problem in _connection_problems(mapping, settings)]
    if problems:
        raise UserError("the mappings name connections that are not there:", problems)
    return mappings


def _connection_problems(mapping: Mapping, settings: Settings) -> Iterator[str]:
    for end, name, kind in (
        ("source", mapping.source.connection, "jira"),
        ("target", mapping.target.connection, "servicenow"),
    ):
        connection = settings.connections.get(name)
        if connection is None:
            known = ", ".join(sorted(settings.connections)) or "none"
            yield f"{mapping.file}: {end}.connection: there is no connection {name!r}; there are: {known}"
        elif connection.type != kind:
            yield f"{mapping.file}: {end}.connection: {name!r} is of type {connection.type}, it must be {kind}"


def _routes(settings: Settings, mappings: Sequence[Mapping], clients: Clients) -> list[Route]:
    """One client a connection, shared by the mappings; one source and one target a mapping."""
    jiras: dict[str, JiraSource] = {}
    instances: dict[str, ServiceNowClient] = {}
    routes = []
    for mapping in mappings:
        origin, destination = mapping.source.connection, mapping.target.connection
        if origin not in jiras:
            jiras[origin] = clients.jira(origin, settings.connections[origin])
        if destination not in instances:
            instances[destination] = clients.servicenow(destination, settings.connections[destination])
        routes.append(Route(mapping, jiras[origin], ServiceNowTarget(instances[destination], mapping.target.table)))
    return routes


def _to_all(listeners: Sequence[Callable[[Outcome], None]]) -> Callable[[Outcome], None]:
    def listen(outcome: Outcome) -> None:
        for listener in listeners:
            listener(outcome)

    return listen
