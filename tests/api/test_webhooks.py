"""The door for webhooks: open to whoever knows the secret, for the id of an issue, and never for too much at once."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from syncd.api import webhooks as door
from syncd.api.webhooks import Ear, Heard, Inbox, webhooks
from syncd.daemon.web import WebServer
from syncd.errors import DatabaseError
from syncd.sandbox.jira.deliveries import signature

SECRET = "hook-secret"
EVENT = {"webhookEvent": "jira:issue_updated", "issue": {"id": "10002", "fields": {"summary": "lies"}}}


class Office:
    """Two connections that listen, one that does not, and room for three issues."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []
        self.broken = False
        self.heard: Counter[tuple[str, Heard]] = Counter()
        self._known: set[tuple[str, str]] = set()
        ears = {"jira": Ear(SECRET), "old": Ear(SECRET, unsigned=True)}
        app = FastAPI()
        app.include_router(webhooks(Inbox(ears.get, self._is_known, self._keep, self._heard, self._tell)))
        self.server = WebServer(app, "127.0.0.1", 0)
        self.server.start()

    def _is_known(self, connection: str, identifier: str) -> bool:
        return (connection, identifier) in self._known

    def _heard(self, connection: str, identifier: str) -> None:
        self._known.add((connection, identifier))

    def _keep(self, connection: str, issue: str) -> bool:
        if self.broken:
            raise DatabaseError("the database is gone")
        if len(self.kept) < 3:
            self.kept.append((connection, issue))
            return True
        return False

    def _tell(self, connection: str, heard: Heard) -> None:
        self.heard[connection, heard] += 1

    def post(self, body: object = EVENT, to: str = "jira", *, secret: str | None = SECRET, id: str = "") -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Hub-Signature": signature(secret, raw)} if secret else {}
        if id:
            headers["X-Atlassian-Webhook-Identifier"] = id
        line = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=10)
        try:
            line.request("POST", f"/webhooks/jira/{to}", raw, headers)
            return line.getresponse().status
        finally:
            line.close()


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.server.stop()


def test_a_signed_event_leaves_the_id_of_its_issue_and_nothing_else(office: Office) -> None:
    assert office.post() == 202
    assert office.kept == [("jira", "10002")]


def test_a_delivery_that_is_repeated_is_heard_once(office: Office) -> None:
    assert [office.post(id="site-1"), office.post(id="site-1"), office.post(id="site-2")] == [202, 202, 202]
    assert len(office.kept) == 2
    assert office.heard["jira", Heard.REPEATED] == 1


def test_a_delivery_that_could_not_be_kept_is_heard_when_it_is_repeated(office: Office) -> None:
    office.broken = True
    assert office.post(id="site-1") == 500, "Jira repeats this"
    office.broken = False
    assert office.post(id="site-1") == 202
    assert office.kept == [("jira", "10002")]


def test_who_sends_slowly_does_not_hold_the_others_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SLOWEST", 0.0)
    line = http.client.HTTPConnection(office.server.url.removeprefix("http://"), timeout=10)
    line.putrequest("POST", "/webhooks/jira/jira")
    line.putheader("Content-Length", "1000")
    line.endheaders(b"{")
    assert line.getresponse().status == 408
    line.close()
    monkeypatch.setattr(door, "SLOWEST", 20.0)
    assert office.post() == 202


def test_a_flood_is_cut_off_and_jira_is_not_asked_to_repeat_it(office: Office) -> None:
    assert {office.post({"issue": {"id": str(number)}}) for number in range(10)} == {202}
    assert len(office.kept) == 3
    assert office.heard["jira", Heard.FLOODED] == 7


@pytest.mark.parametrize("secret", [None, "guessed"])
def test_nobody_without_the_secret_is_listened_to(office: Office, secret: str | None) -> None:
    assert office.post(secret=secret) == 401
    assert office.kept == []


def test_a_jira_that_signs_nothing_says_the_secret_in_the_address_where_that_is_allowed(office: Office) -> None:
    assert office.post(to=f"old?key={SECRET}", secret=None) == 202
    assert office.post(to="old?key=guessed", secret=None) == 401
    assert office.post(to="old", secret=None) == 401
    assert office.post(to=f"jira?key={SECRET}", secret=None) == 401


def test_a_wrong_signature_is_not_made_good_by_a_key(office: Office) -> None:
    assert office.post(to=f"old?key={SECRET}", secret="guessed") == 401


@pytest.mark.parametrize("to", ["nobody", "..%2Fjira", "jira%00"])
def test_a_connection_that_does_not_listen_is_not_there(office: Office, to: str) -> None:
    assert office.post(to=to) == 404
    assert not office.heard, "an unknown name must not become a label of a metric"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_signed_and_no_json_is_said_to_be_so(office: Office, body: bytes) -> None:
    assert office.post(body) == 400


def test_an_event_about_no_issue_is_heard_and_forgotten(office: Office) -> None:
    assert office.post({"webhookEvent": "sprint_started", "sprint": {"id": 1}}) == 202
    assert office.kept == []


def test_more_than_an_event_can_be_is_not_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LARGEST", 1000)
    assert office.post({"issue": {"id": "1", "fields": "x" * 1000}}) == 413


def test_too_many_large_ones_at_once_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "AT_ONCE", 0)
    office = Office()
    try:
        assert office.post({"issue": {"id": "1", "fields": "x" * 100_000}}) == 429
        assert office.kept == []
        assert office.post() == 202, "an event as most are waits for nobody"
    finally:
        office.server.stop()


def test_a_large_one_is_heard_and_leaves_its_turn_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "AT_ONCE", 1)
    office = Office()
    try:
        large = {"issue": {"id": "1", "fields": "x" * 1_000_000}}
        assert [office.post(large), office.post(large)] == [202, 202]
    finally:
        office.server.stop()


def test_strangers_who_send_slowly_do_not_keep_jira_out(office: Office) -> None:
    lines = [http.client.HTTPConnection(office.server.url.removeprefix("http://"), timeout=10) for _ in range(6)]
    for line in lines:
        line.putrequest("POST", "/webhooks/jira/jira")
        line.putheader("Content-Length", "1000")
        line.endheaders(b"{")
    assert office.post() == 202
    for line in lines:
        line.close()
