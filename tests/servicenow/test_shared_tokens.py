"""One token for all processes: one of them renews it, the others find it, and none is lost (law 12 is the store's)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import responses

from syncd.errors import DatabaseError
from syncd.servicenow import OAuth, PasswordGrant, RefreshTokenGrant, ServiceNowClient, Slot
from syncd.store.database import Database
from syncd.store.schema import make_ready
from syncd.store.secrets import Keyring, Secrets, new_key
from tests.servicenow.canned import rows
from tests.servicenow.conftest import URL
from tests.servicenow.instance import Served

GRANT = PasswordGrant("syncd-client", "syncd-secret", "svc_syncd", "syncd")


def tokens_asked(instance: Served) -> int:
    return instance.sandbox.calls.count(method="POST", route="oauth.token")


@pytest.fixture
def secrets(database: Database) -> Secrets:
    return Secrets(database, Keyring([new_key()]))


def test_the_next_process_needs_no_password(instance: Served, secrets: Secrets) -> None:
    shared = partial(secrets.owned, "tokens")
    instance.client(OAuth(GRANT, shared=shared)).test_connection()
    restarted = instance.client(OAuth(GRANT, shared=shared))
    assert restarted.test_connection().user_name == "svc_syncd"
    assert tokens_asked(instance) == 1


def test_many_processes_fetch_one_token_when_theirs_is_refused(instance: Served, secrets: Secrets) -> None:
    shared = partial(secrets.owned, "tokens")
    processes = [instance.client(OAuth(GRANT, shared=shared)) for _ in range(4)]
    for client in processes:
        client.test_connection()
    instance.sandbox.tokens.expire_all()
    ready = threading.Barrier(4)

    def work(client: ServiceNowClient) -> None:
        ready.wait(5)
        client.create("incident", {"short_description": "x"})

    threads = [threading.Thread(target=work, args=(client,)) for client in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(instance.sandbox.rows("incident")) == 4
    assert tokens_asked(instance) == 2


def test_a_token_of_another_user_is_not_used(instance: Served, secrets: Secrets) -> None:
    """The connection was given other credentials since."""
    shared = partial(secrets.owned, "tokens")
    instance.client(OAuth(GRANT, shared=shared)).test_connection()
    other = PasswordGrant("syncd-client", "syncd-secret", "admin", "admin")
    assert instance.client(OAuth(other, shared=shared)).test_connection().user_name == "admin"


class Rotating:
    """A token endpoint that spends a refresh token by its use, as many do."""

    def __init__(self, web: responses.RequestsMock) -> None:
        self.valid = "refresh-0"
        self.issued = 0
        web.add_callback(responses.POST, f"{URL}/oauth_token.do", self.answer)

    def answer(self, request: object) -> tuple[int, dict[str, str], str]:
        if f"refresh_token={self.valid}&" not in f"{request.body}&":  # type: ignore[attr-defined]
            return 401, {}, '{"error": "access_denied"}'
        self.issued += 1
        self.valid = f"refresh-{self.issued}"
        body = f'{{"access_token": "t{self.issued}", "refresh_token": "{self.valid}", "expires_in": 100}}'
        return 200, {"Content-Type": "application/json"}, body


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_that_is_spent_by_its_use_goes_from_process_to_process(
    web: responses.RequestsMock, secrets: Secrets
) -> None:
    endpoint, clock = Rotating(web), Clock()
    rows(web, "incident")
    grant = RefreshTokenGrant("client", "secret", "refresh-0")
    shared = partial(secrets.owned, "tokens")
    processes = [ServiceNowClient(URL, OAuth(grant, shared=shared, clock=clock, wall=clock)) for _ in range(3)]
    for _ in range(4):
        for client in processes:
            client.count("incident")
        clock.now += 60  # of the 100 seconds that a token lives, the first 50 are used
    assert endpoint.issued == 4
    for client in processes:
        client.close()


def test_a_token_that_could_not_be_stored_is_neither_used_nor_lost(web: responses.RequestsMock) -> None:
    """The old one is spent, so this process keeps the new one until the database is back."""
    endpoint, working = Rotating(web), False
    rows(web, "incident")

    class Kept:
        text = ""

        def put(self, text: str) -> None:
            if not working:
                raise DatabaseError("the database does not answer")
            Kept.text = text

    @contextmanager
    def slot() -> Iterator[Slot]:
        yield Kept()

    with ServiceNowClient(URL, OAuth(RefreshTokenGrant("c", "s", "refresh-0"), shared=slot)) as client:
        with pytest.raises(DatabaseError):
            client.count("incident")
        assert len(web.calls) == 1, "nothing was sent with it"
        working = True
        client.count("incident")
    assert endpoint.issued == 1
    assert "refresh-1" in Kept.text


def test_a_token_that_could_not_be_stored_gives_way_to_what_another_process_has_stored_since() -> None:
    """The other one asked later, so its refresh token is the one that is still good."""
    shelf, working = {"text": ""}, True

    class Kept:
        def __init__(self) -> None:
            self.text = shelf["text"]

        def put(self, text: str) -> None:
            if not working:
                raise DatabaseError("the database does not answer")
            shelf["text"] = text

    @contextmanager
    def slot() -> Iterator[Slot]:
        yield Kept()

    grant = RefreshTokenGrant("c", "s", "refresh-0")
    with responses.RequestsMock() as web:
        endpoint = Rotating(web)
        rows(web, "incident")
        ours, theirs = (ServiceNowClient(URL, OAuth(grant, shared=slot)) for _ in range(2))
        working = False
        with pytest.raises(DatabaseError):
            ours.count("incident")
        working, endpoint.valid = True, "refresh-0"  # for some minutes the one before serves, too
        theirs.count("incident")
        stored = shelf["text"]
        ours.count("incident")
        assert shelf["text"] == stored, "the newer one still stands"
        assert web.calls[-1].request.headers["Authorization"] == "Bearer t2"
        ours.close()
        theirs.close()


def test_the_database_file_shows_no_token(instance: Served, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    shared = partial(Secrets(database, Keyring([new_key()])).owned, "tokens")
    instance.client(OAuth(GRANT, shared=shared)).test_connection()
    token = next(iter(instance.sandbox.tokens._access))
    database.close()
    assert all(token.encode() not in file.read_bytes() for file in tmp_path.iterdir())
