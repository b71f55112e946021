"""Where Jira's webhooks arrive: known by the connection's secret, kept as hints for each of its mappings."""

from __future__ import annotations

from syncd.api.webhooks import Ear, Inbox
from syncd.errors import AuthError
from syncd.settings import JiraConnection
from syncd.store.connections import Stamp
from syncd.wiring import App
from syncd.wiring.book import Book


class Ears:
    """How the connections listen, as they are now. Anybody may ask, so a question costs nothing once it is answered."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[str, tuple[Stamp, Ear | None]] = {}

    def __call__(self, name: str) -> Ear | None:
        stamp = self._book.stamp(name)
        if stamp is None:
            return None
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            connection = self._book.connection(name, "jira")
        except AuthError:  # one that cannot be used, now at least: nobody is told which
            return None
        hook = connection.webhook if isinstance(connection, JiraConnection) else None
        ear = None if hook is None else Ear(hook.secret.get_secret_value(), hook.unsigned)
        self._known[name] = (stamp, ear)
        return ear


def inbox_of(app: App) -> Inbox:
    """The inbox of this process. Any process may hear a webhook, and any may follow it."""
    store = app.store

    def keep(name: str, issue: str) -> bool:
        mappings = [mapping.name for mapping in app.mappings if mapping.source.connection == name]
        return sum(store.hints.add(mapping, [issue]) for mapping in mappings) == 0

    return Inbox(Ears(app.book), store.hints.is_known, keep, store.hints.heard, app.metrics.webhook)
