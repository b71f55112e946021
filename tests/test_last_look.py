"""What is asked right before a write leaves, after its wait for a turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import responses
from requests.auth import HTTPBasicAuth
from responses.matchers import header_matcher

from syncd.errors import LostClaimError
from syncd.http import Request, looking, new_session
from syncd.http.door import _then_look
from tests.test_http import door

URL = "https://jira.example.com/rest/thing"


def request_of(*, reads: bool) -> Request:
    return Request("POST", "/rest/thing", "thing", "doing a thing", reads)


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def one_door(heard):
    @contextmanager
    def gate(request: Request) -> Iterator[None]:
        heard.append("turn")
        yield

    return door("https://jira.example.com", gate=gate)


@responses.activate
def test_a_write_is_asked_about_after_its_turn_has_come(one_door, heard):
    responses.post(URL, json={})
    with looking(lambda: heard.append("look")):
        one_door.request(request_of(reads=False))
    assert heard == ["turn", "look"]


@responses.activate
def test_what_the_look_raises_keeps_it_from_being_sent(one_door):
    def look():
        raise LostClaimError("taken over")

    with looking(look), pytest.raises(LostClaimError):
        one_door.request(request_of(reads=False))
    assert len(responses.calls) == 0


@responses.activate
def test_it_is_asked_about_after_a_token_was_fetched_for_it(heard):
    """That is a call of its own, and may take longer than a claim lasts."""

    def with_a_token(request):
        heard.append("token")
        request.headers["Authorization"] = "Bearer new"
        return request

    responses.post(URL, json={}, match=[header_matcher({"Authorization": "Bearer new"})])
    with looking(lambda: heard.append("look")):
        door("https://jira.example.com", open_session=lambda: new_session(with_a_token)).request(
            request_of(reads=False)
        )
    assert heard == ["token", "look"]


@responses.activate
def test_what_was_not_sent_is_not_told_as_a_call_that_went_well():
    calls = []

    def look():
        raise LostClaimError("taken over")

    with looking(look), pytest.raises(LostClaimError):
        door("https://jira.example.com", listen=calls.append).request(request_of(reads=False))
    assert [call.outcome for call in calls] == ["unavailable"]


@responses.activate
def test_reads_and_the_writes_of_others_are_not_asked_about(one_door, heard):
    responses.post(URL, json={})
    with looking(lambda: heard.append("look")):
        one_door.request(request_of(reads=True))
    one_door.request(request_of(reads=False))
    assert heard == ["turn", "turn"]


@pytest.mark.parametrize("auth", [("bot", "secret"), HTTPBasicAuth("bot", "secret")], ids=["a pair", "a signer"])
def test_a_write_that_is_looked_at_keeps_its_credentials(auth: object) -> None:
    prepared = requests.Request("POST", "https://jira.example/x").prepare()
    assert _then_look(auth)(prepared).headers["Authorization"] == "Basic Ym90OnNlY3JldA=="
