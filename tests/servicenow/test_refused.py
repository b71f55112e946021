"""Credentials that an instance refuses are not tried again and again: it locks accounts, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import AuthError
from syncd.servicenow import ServiceNowClient
from syncd.settings import ServiceNowConnection
from syncd.store.database import Database
from syncd.store.schema import make_ready
from syncd.wiring.clients import Clients
from tests.servicenow.instance import Served

CLIENT = {"client_id": "syncd-client", "client_secret": "syncd-secret"}
PASSWORD = {"type": "basic", "username": "svc_syncd", "password": "last-years"}


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[Clients]:
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    made = Clients(database, (), lambda call: None, lambda connection: None)
    yield made
    made.close()
    database.close()


def client(clients: Clients, instance: Served, auth: dict[str, Any]) -> ServiceNowClient:
    return clients.servicenow("now", ServiceNowConnection(type="servicenow", url=instance.url, auth=auth))


@pytest.mark.parametrize(
    ("auth", "calls"),
    [
        pytest.param(PASSWORD, 2, id="a password: one read, and its second look"),
        pytest.param({**PASSWORD, "type": "oauth2_password", **CLIENT}, 1, id="a token endpoint"),
        pytest.param({"type": "api_key", "key": "last-years"}, 2, id="a key"),
    ],
)
def test_once_refused_they_rest(auth: dict[str, Any], calls: int, clients: Clients, instance: Served) -> None:
    made = client(clients, instance, auth)
    for _ in range(5):
        with pytest.raises(AuthError, match="nothing is sent until"):
            made.test_connection()
        with pytest.raises(AuthError, match="nothing is sent until"):
            made.create("incident", {"short_description": "x"})
    assert instance.sandbox.calls.total == calls


def test_changed_ones_are_tried_at_once(clients: Clients, instance: Served) -> None:
    with pytest.raises(AuthError):
        client(clients, instance, PASSWORD).test_connection()
    assert client(clients, instance, {**PASSWORD, "password": "syncd"}).test_connection().user_name == "svc_syncd"


def test_the_same_ones_when_somebody_says_that_it_is_mended(clients: Clients, instance: Served) -> None:
    made = client(clients, instance, PASSWORD)
    for _ in range(2):
        with pytest.raises(AuthError):
            made.test_connection()
    before = instance.sandbox.calls.total
    clients.try_again("now", ServiceNowConnection(type="servicenow", url=instance.url, auth=PASSWORD))
    with pytest.raises(AuthError):
        made.test_connection()
    assert instance.sandbox.calls.total == before + 2


def test_a_closed_api_is_no_refusal(clients: Clients, instance: Served) -> None:
    """The account is in no danger; who opens the API shall not have to wait."""
    instance.sandbox.faults.add("acl_denied", count=0)
    made = client(clients, instance, {**PASSWORD, "password": "syncd"})
    for _ in range(2):
        with pytest.raises(AuthError) as caught:
            made.test_connection()
        assert "nothing is sent until" not in str(caught.value)
