"""Who listens to webhooks: connections of both kinds, as they are now, without a look-up for each event."""

from __future__ import annotations

import pytest

from syncd.core.access import Actor
from syncd.settings.stored import checked, parted
from syncd.store.connections import Connections
from syncd.store.secrets import Keyring, new_key
from syncd.wiring.book import LOOK_SECONDS, Book
from syncd.wiring.inbox import Ears
from tests.api.conftest import IN_FILE, JIRA, PUBLIC

ANN = Actor("ann", "admin")


class World:
    """A book over a database, and where its hosts are."""

    def __init__(self, database) -> None:
        self.now = 1000.0
        self.resolved = 0
        self.trusted = True
        self.stored = Connections(database, Keyring([new_key()]))
        book = Book(
            {"file-jira": IN_FILE}, self.stored, ["*.atlassian.net"], resolve=self._resolve, clock=lambda: self.now
        )
        self.ears = Ears(book)

    def keep(self, **more: object) -> None:
        connection = checked({**JIRA, "type": "jira", **more})
        kept = self.stored.get("jira")
        if kept is None:
            self.stored.create("jira", "jira", *parted(connection), ANN)
        else:
            self.stored.replace("jira", *parted(connection), kept.stamp, ANN)
        self.now += LOOK_SECONDS

    def _resolve(self, host: str) -> list[str]:
        self.resolved += 1
        return PUBLIC.get(host, []) if self.trusted else ["127.0.0.1"]


@pytest.fixture
def world(database) -> World:
    return World(database)


def test_a_connection_of_the_database_listens_as_soon_as_it_has_a_secret(world):
    assert world.ears("jira") is None
    world.keep()
    assert world.ears("jira") is None
    world.keep(webhook={"secret": "a-secret-of-this-webhook"})
    assert world.ears("jira").secret == "a-secret-of-this-webhook"
    world.keep(webhook={"secret": "another-secret-of-this-webhook"})
    assert world.ears("jira").secret == "another-secret-of-this-webhook"


def test_one_of_the_file_without_a_secret_does_not(world):
    assert world.ears("file-jira") is None


def test_a_flood_from_nobody_looks_up_nothing(world):
    world.keep(webhook={"secret": "a-secret-of-this-webhook"})
    for name in ("jira", "nobody") * 50:
        world.ears(name)
    assert world.resolved == 1


def test_one_that_must_not_be_used_now_is_asked_about_again(world):
    world.keep(webhook={"secret": "a-secret-of-this-webhook"})
    world.trusted = False
    assert world.ears("jira") is None
    world.trusted = True
    assert world.ears("jira") is not None
