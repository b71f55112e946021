"""Fills in what the API asks of the rest of the program."""

from __future__ import annotations

from collections.abc import Callable

from syncd.api.services import Services, Web
from syncd.engine.backfill import within
from syncd.engine.health import ready_now, status
from syncd.engine.poll import claim_name
from syncd.errors import SyncdError
from syncd.settings import Settings
from syncd.wiring import VERSION, App
from syncd.wiring.checking import problems_of_text
from syncd.wiring.proving import Prover


def services_of(app: App, alive: Callable[[], bool]) -> Services:
    """The services of this process."""
    settings, store, book = app.settings, app.store, app.book
    by_name = {mapping.name: mapping for mapping in app.mappings}

    def issue_url(mapping: str, key: str) -> str | None:
        if mapping not in by_name:
            return None
        try:
            connection = book.connection(by_name[mapping].source.connection, "jira")
        except SyncdError:  # it is not there, and that is told elsewhere
            return None
        return f"{connection.base_url}/browse/{key}"

    def record_url(mapping: str, record_id: str) -> str | None:
        if mapping not in by_name:
            return None
        try:
            return app.engine.routes[mapping].target.record_url(record_id)
        except SyncdError:
            return None

    return Services(
        version=VERSION,
        store=store,
        mappings=app.mappings,
        connections=book.stored,
        in_file=book.in_file,
        test=Prover(store.database, settings.secret_keys, app.metrics.call, app.mappings, book.vet),
        refuse_address=book.refused,
        want=lambda mapping, issue: app.engine.want(app.engine.routes[mapping], issue),
        query_of=lambda mapping, jql: within(app.engine.routes[mapping], jql),
        poll_soon=lambda mapping: store.claims.hasten(claim_name(mapping)),
        check_mapping=lambda text: problems_of_text(text, settings.mappings),
        issue_url=issue_url,
        record_url=record_url,
        alive=alive,
        ready=lambda: ready_now(store, app.names, settings.poll_interval),
        status=lambda: status(store, app.names, settings.poll_interval),
        metrics=app.metrics.text,
    )


def web_of(settings: Settings) -> Web:
    """How this process is reached."""
    http = settings.http
    return Web(
        host=http.host,
        tls=http.tls_cert is not None,
        public_url=None if http.public_url is None else str(http.public_url),
        allowed_hosts=http.allowed_hosts,
        open_metrics=http.metrics == "open",
    )
