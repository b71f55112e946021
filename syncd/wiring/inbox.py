"""Where Jira's webhooks arrive: known by the connection's secret, kept as hints for each of its mappings."""

from __future__ import annotations

from syncd.api.webhooks import Ear, Inbox
from syncd.errors import AuthError
from syncd.settings import JiraConnection
from syncd.wiring import App


def inbox_of(app: App) -> Inbox:
    """The inbox of this process. Any process may hear a webhook, and any may follow it."""
    store = app.store

    def ear(name: str) -> Ear | None:
        try:
            connection = app.book.connection(name, "jira")
        except AuthError:  # there is none, or none that can be used: nobody is told which
            return None
        if not isinstance(connection, JiraConnection) or connection.webhook is None:
            return None
        return Ear(connection.webhook.secret.get_secret_value(), connection.webhook.unsigned)

    def keep(name: str, issue: str) -> bool:
        mappings = [mapping.name for mapping in app.mappings if mapping.source.connection == name]
        return sum(store.hints.add(mapping, [issue]) for mapping in mappings) == 0

    return Inbox(ear, store.hints.is_known, keep, store.hints.heard, app.metrics.webhook)
