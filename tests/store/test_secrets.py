"""Secrets are encrypted at rest, changed by one process at a time, and survive a change of keys (law 12)."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from syncd.errors import UserError
from syncd.store.secrets import Keyring, Secrets, UnreadableSecretError, new_key

OLD, NEW = new_key(), new_key()


def put(secrets, name, value):
    with secrets.owned(name) as slot:
        slot.put(value)


def value(secrets, name):
    with secrets.owned(name) as slot:
        return slot.text


def stored(database):
    with database.read() as connection:
        return {row.name: row.sealed for row in connection.execute(text("SELECT name, sealed FROM secrets"))}


@pytest.fixture
def secrets(database):
    return Secrets(database, Keyring([OLD]))


def test_what_is_put_in_is_found_again(secrets):
    assert value(secrets, "token") == ""
    put(secrets, "token", "geheim")
    assert value(secrets, "token") == "geheim"


def test_the_database_holds_no_plain_secret(database, secrets):
    put(secrets, "token", "geheim-geheim")
    assert "geheim" not in stored(database)["token"]
    assert OLD not in repr(secrets) + repr(Keyring([OLD]))


def test_a_failed_exchange_leaves_the_old_one(secrets):
    put(secrets, "token", "first")

    def fail():
        with secrets.owned("token") as slot:
            slot.put("second")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert value(secrets, "token") == "first"


def test_one_at_a_time_and_the_next_sees_what_the_last_one_left(database):
    """As with replicas: each adds one to what it found, and none is lost."""
    both = [Secrets(database, Keyring([OLD])) for _ in range(3)]
    ready = threading.Barrier(3)

    def work(secrets):
        ready.wait(5)
        for _ in range(5):
            with secrets.owned("count") as slot:
                slot.put(str(int(slot.text or "0") + 1))

    threads = [threading.Thread(target=work, args=(secrets,)) for secrets in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(both[0], "count") == "15"


def test_an_exchange_keeps_nobody_else_from_the_database(database, secrets, store):
    """A token endpoint may take a minute; the line goes on meanwhile."""
    with secrets.owned("token"):
        store.cursors.attempted("ops")
        assert [cursor.mapping for cursor in store.cursors.all()] == ["ops"]


def test_a_secret_under_another_name_is_not_taken_for_it(database, secrets):
    put(secrets, "mine", "geheim")
    put(secrets, "yours", "x")
    with database.write() as connection:
        connection.execute(text("UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'mine')"))
    with pytest.raises(UnreadableSecretError, match="yours"):
        value(secrets, "yours")


class TestRotation:
    def test_the_new_key_first_reads_what_the_old_one_wrote(self, database, secrets):
        put(secrets, "token", "geheim")
        both = Secrets(database, Keyring([NEW, OLD]))
        both.check()
        assert value(both, "token") == "geheim"

    def test_after_rotating_the_old_key_can_go(self, database, secrets):
        put(secrets, "token", "geheim")
        put(secrets, "other", "auch")
        assert Secrets(database, Keyring([NEW, OLD])).rotate() == (2, 0)
        new = Secrets(database, Keyring([NEW]))
        new.check()
        assert value(new, "token") == "geheim"
        with pytest.raises(UnreadableSecretError):
            value(secrets, "token")

    def test_a_key_that_opens_nothing_is_refused_with_the_way_out(self, database, secrets):
        put(secrets, "token", "geheim")
        with pytest.raises(UserError, match=r"\(token\).*used before.*--drop-unreadable"):
            Secrets(database, Keyring([NEW])).check()

    def test_without_the_old_key_nothing_is_changed_unless_told(self, database, secrets):
        put(secrets, "token", "geheim")
        before = stored(database)
        with pytest.raises(UnreadableSecretError):
            Secrets(database, Keyring([NEW])).rotate()
        assert stored(database) == before
        assert Secrets(database, Keyring([NEW])).rotate(drop_unreadable=True) == (0, 1)
        assert stored(database) == {}
