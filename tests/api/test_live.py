"""Clients that follow their settings: made anew when a connection changed; a listing goes on from where it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from syncd.core.access import Actor
from syncd.core.ports import Page, Stub
from syncd.errors import AuthError
from syncd.settings import JiraConnection
from syncd.settings.stored import checked, parted
from syncd.store.connections import Connections
from syncd.store.secrets import Keyring, new_key
from syncd.store.tables import secrets
from syncd.wiring.book import LOOK_SECONDS, Book
from syncd.wiring.live import Live, LiveSource
from tests.api.conftest import IN_FILE, JIRA, PUBLIC

ANN = Actor("ann", "admin")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class World:
    """A book over a database, and what was made of its connections."""

    def __init__(self, database) -> None:
        self.clock = Clock()
        self.stored = Connections(database, Keyring([new_key()]))
        resolve = lambda host: PUBLIC.get(host, [])  # noqa: E731
        self.book = Book({"file-jira": IN_FILE}, self.stored, ["*.atlassian.net"], resolve=resolve, clock=self.clock)
        self.made: list[str] = []

    def live(self, name: str = "jira", kind: str = "jira") -> Live[str]:
        return Live(self.book, name, kind, self.make)

    def make(self, name: str, connection: JiraConnection) -> str:
        self.made.append(f"{name} {connection.auth.password.get_secret_value()}")
        return self.made[-1]

    def create(self, password: str, name: str = "jira") -> None:
        self.stored.create(name, "jira", *parted(settings(password)), ANN)
        self.later()

    def change(self, password: str) -> None:
        kept = self.stored.get("jira")
        self.stored.replace("jira", *parted(settings(password)), kept.stamp, ANN)

    def later(self) -> None:
        self.clock.now += LOOK_SECONDS


def settings(password: str):
    return checked({**JIRA, "type": "jira", "auth": {**JIRA["auth"], "password": password}})


@pytest.fixture
def world(database) -> World:
    return World(database)


class TestAClient:
    def test_it_is_made_once_while_nothing_changes(self, world):
        world.create("one")
        live = world.live()
        for _ in range(3):
            world.later()
            assert live.now() == "jira one"
        assert world.made == ["jira one"]

    def test_it_is_made_anew_when_its_settings_changed(self, world):
        world.create("one")
        live = world.live()
        live.now()
        world.change("two")
        assert live.now() == "jira one", "looked up a moment ago"
        world.later()
        assert live.now() == "jira two"

    def test_one_of_the_file_is_never_asked_for_again(self, world):
        live = world.live("file-jira")
        live.now()
        world.create("one", "file-jira")
        assert live.now() == "file-jira jira-pw"

    def test_one_that_is_made_later_is_waited_for(self, world):
        live = world.live()
        with pytest.raises(AuthError, match="POST /api/jira/config"):
            live.now()
        world.create("one")
        assert live.now() == "jira one"

    def test_one_that_was_taken_away_is_not_used_any_more(self, world):
        world.create("one")
        live = world.live()
        live.now()
        world.stored.delete("jira", world.stored.get("jira").stamp, ANN)
        world.later()
        with pytest.raises(AuthError, match="no such connection"):
            live.now()

    def test_one_that_was_made_again_is_another(self, world):
        world.create("one")
        live = world.live()
        live.now()
        world.stored.delete("jira", world.stored.get("jira").stamp, ANN)
        world.create("two")
        assert live.now() == "jira two"

    def test_one_of_another_type_is_refused(self, world):
        world.create("one")
        with pytest.raises(AuthError, match="is of type jira"):
            world.live(kind="servicenow").now()

    def test_one_whose_secrets_are_lost_says_so_without_the_rest(self, world, database):
        world.create("one")
        with database.write() as connection:
            connection.execute(delete(secrets))
        with pytest.raises(AuthError, match="PUT it anew") as caught:
            world.live().now()
        assert caught.value.__cause__ is None

    def test_one_whose_key_is_lost_says_so(self, world, database):
        world.create("one")
        world.book.stored = Connections(database, Keyring([new_key()]))
        with pytest.raises(AuthError, match="secrets cannot be read"):
            world.live().now()

    def test_one_whose_host_has_moved_into_the_network_is_not_asked(self, world, monkeypatch):
        world.create("one")
        monkeypatch.setitem(PUBLIC, "acme.atlassian.net", ["10.0.0.1"])
        with pytest.raises(AuthError, match="not public"):
            world.live().now()


class Listing:
    """A source that lists hours of changes, page by page, until its credentials are refused."""

    def __init__(self, pages: int, refused_after: int | None = None) -> None:
        self.begun: list[datetime | None] = []
        self._pages, self._refused_after = pages, refused_after

    def changed_since(self, query, since):
        self.begun.append(since)
        first = 0 if since is None else since.hour
        for number in range(first, self._pages):
            if number == self._refused_after:
                raise AuthError("refused", system="jira")
            at = datetime(2026, 1, 1, number, tzinfo=UTC)
            yield Page((Stub(str(number), f"OPS-{number}", at),), at)


class Switch:
    """Something live that is replaced by hand."""

    def __init__(self, *sources: Listing) -> None:
        self.sources = list(sources)

    def now(self) -> Listing:
        return self.sources[0]


def seen(pages) -> list[str]:
    return [stub.key for page in pages for stub in page.stubs]


class TestAListing:
    def test_it_goes_on_with_the_new_client_from_where_it_was(self):
        switch = Switch(Listing(5), Listing(5))
        old, new = switch.sources
        pages = LiveSource(switch).changed_since("q", None)
        keys = seen([next(pages), next(pages)])
        switch.sources.pop(0)
        keys += seen(pages)
        assert set(keys) == {f"OPS-{n}" for n in range(5)}
        assert (len(old.begun), new.begun[0].hour) == (1, 1)

    def test_credentials_that_were_changed_there_first_do_not_end_it(self):
        switch = Switch(Listing(5, refused_after=2), Listing(5))
        keys = []
        for page in LiveSource(switch).changed_since("q", None):
            keys += seen([page])
            if keys[-1] == "OPS-1" and len(switch.sources) == 2:
                switch.sources.pop(0)
        assert set(keys) == {f"OPS-{n}" for n in range(5)}

    def test_credentials_that_are_refused_and_stay_the_same_do(self):
        with pytest.raises(AuthError):
            seen(LiveSource(Switch(Listing(5, refused_after=2))).changed_since("q", None))

    def test_everything_else_goes_to_the_present_one(self):
        switch = Switch(Listing(1), Listing(2))
        live = LiveSource(switch)
        assert live.begun is switch.sources[0].begun
        switch.sources.pop(0)
        assert live.begun is switch.sources[0].begun
