"""Settings that are changed again and again: each makes a new client, and the ones before it are let go."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from syncd.servicenow import ServiceNowClient
from syncd.settings import load_settings
from syncd.store.database import Database
from syncd.store.schema import make_ready
from syncd.wiring import clients as subject
from syncd.wiring.clients import MOST_RETIRED, Clients


@pytest.fixture
def closed(monkeypatch):
    """The clients that were closed, in that order."""
    closed: list[ServiceNowClient] = []
    close = ServiceNowClient.close
    monkeypatch.setattr(ServiceNowClient, "close", lambda client: closed.append(client) or close(client))
    return closed


@pytest.fixture
def remake(tmp_path: Path):
    auth = {"type": "basic", "username": "svc_syncd", "password": "syncd"}
    connection = {"type": "servicenow", "url": "http://127.0.0.1:1", "auth": auth}
    (tmp_path / "syncd.yaml").write_text(yaml.safe_dump({"connections": {"servicenow": connection}}))
    settings = load_settings(tmp_path / "syncd.yaml")
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    clients = Clients(database, (), lambda call: None, lambda connection: None)
    yield lambda: clients.servicenow("servicenow", settings.connections["servicenow"])
    clients.close()
    database.close()


def test_many_changes_keep_the_threads_and_connections_of_a_few(remake, closed):
    made = [remake() for _ in range(60)]
    assert closed == made[: 60 - 1 - MOST_RETIRED], "the oldest first; the present one and a few may be at work"


def test_one_that_may_be_at_work_is_not_closed_under_its_hands_and_later_it_is(remake, closed, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(subject.time, "monotonic", lambda: clock[0])
    old, _ = remake(), remake()
    assert closed == []
    clock[0] += subject.RETIRED_SECONDS + 1
    remake()
    assert closed == [old]
