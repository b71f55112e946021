"""Puts the parts together: settings and mappings in, a ready engine out. Decides nothing, knows every part by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TypeVar, cast

from syncd.core.model import Outcome
from syncd.core.ports import Source, Target
from syncd.engine.engine import Engine
from syncd.engine.health import readiness
from syncd.engine.route import Route
from syncd.errors import UserError
from syncd.mapping import Mapping, load_mappings
from syncd.observe import logs
from syncd.observe.gauges import Gauges
from syncd.observe.metrics import Metrics
from syncd.observe.sums import Sums
from syncd.servicenow import ServiceNowClient, ServiceNowTarget
from syncd.settings import Settings
from syncd.store import Store
from syncd.store.connections import Connections
from syncd.store.database import Database
from syncd.store.figures import figures
from syncd.store.lock import only_worker
from syncd.store.schema import make_ready
from syncd.store.secrets import Keyring
from syncd.wiring.book import Book
from syncd.wiring.clients import Clients
from syncd.wiring.live import Live, LiveSource, LiveTarget

VERSION = version("syncd")

Event = TypeVar("Event")
"""What listeners listen to: outcomes, calls."""


@dataclass(frozen=True, slots=True)
class App:
    """One process's parts, ready to work."""

    settings: Settings
    store: Store
    engine: Engine
    metrics: Metrics
    mappings: tuple[Mapping, ...]
    clients: Clients
    book: Book
    sums: Sums

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(mapping.name for mapping in self.mappings)

    def gauges(self) -> Gauges:
        """What a scrape asks: once, of the database and the budgets."""
        now, interval = figures(self.store.database), self.settings.poll_interval
        return Gauges(
            self.names,
            now,
            ready=readiness(dict(now.cursors), self.names, now.now, interval).ready,
            poll_interval=interval,
            budgets=self.clients.budgets(),
            allowances=self.clients.allowances(),
        )


@contextmanager
def opened(settings: Settings, *, working: bool, listen: Sequence[Callable[[Outcome], None]] = ()) -> Iterator[App]:
    """Everything needed to run the line. `working` takes the right to write; without it nothing is claimed."""
    mappings = checked_mappings(settings)
    with opened_store(settings, working=working) as store:
        book = Book(settings.connections, stored_connections(settings, store), settings.http.connection_hosts)
        metrics = Metrics([mapping.name for mapping in mappings], book.types(), VERSION)
        sums = Sums()
        clients = Clients(store.database, settings.secret_keys, _to_all([metrics.call, logs.call, sums.call]), book.vet)
        try:
            routes = _routes(book, mappings, clients)
            engine = Engine(
                store,
                routes,
                _to_all([metrics.outcome, logs.outcome, sums.outcome, *listen]),
                threads=settings.workers,
                cycle_failed=metrics.cycle_failed,
                guarded=metrics.guarded,
                ceiling_hit=metrics.ceiling_hit,
            )
            app = App(settings, store, engine, metrics, mappings, clients, book, sums)
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


def stored_connections(settings: Settings, store: Store) -> Connections:
    """The connections of the database; none can be kept without a key."""
    return Connections(store.database, Keyring(settings.secret_keys) if settings.secret_keys else None)


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
        if connection is None and settings.secret_keys:
            continue  # it may be in the database, or be made there while the daemon runs
        if connection is None:
            known = ", ".join(sorted(settings.connections)) or "none"
            yield f"{mapping.file}: {end}.connection: there is no connection {name!r}; there are: {known}"
        elif connection.type != kind:
            yield f"{mapping.file}: {end}.connection: {name!r} is of type {connection.type}, it must be {kind}"


def _routes(book: Book, mappings: Sequence[Mapping], clients: Clients) -> list[Route]:
    """One client a connection, shared by the mappings; one source and one target a mapping."""
    jiras: dict[str, Live[Source]] = {}
    instances: dict[str, Live[ServiceNowClient]] = {}
    routes = []
    for mapping in mappings:
        origin, destination, table = mapping.source.connection, mapping.target.connection, mapping.target.table
        if origin not in jiras:
            jiras[origin] = Live(book, origin, "jira", clients.jira)
        if destination not in instances:
            instances[destination] = Live(book, destination, "servicenow", clients.servicenow)
        for live in (jiras[origin], instances[destination]):
            if live.name in book.in_file:
                live.now()  # what cannot be used is told at the start
        target = LiveTarget(instances[destination], partial(ServiceNowTarget, table=table))
        # Their calls go to the present client by name, which no type says.
        routes.append(Route(mapping, cast(Source, LiveSource(jiras[origin])), cast(Target, target)))
    return routes


def _to_all(listeners: Sequence[Callable[[Event], None]]) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return listen
