"""The connection: who it says it is, what it asks, what it makes of broken answers."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from syncd.errors import UnavailableError, UnreadableError
from syncd.http import Call
from syncd.jira.client import Auth, Basic, Bearer, CutOffError, JiraClient
from tests.jira.support import CLOUD, DATA_CENTER, IMPATIENT, URL, client, server_is


def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = "Signed"
    return request


CREDENTIALS = [
    pytest.param(Basic("bot", "word"), "Basic " + base64.b64encode(b"bot:word").decode(), id="basic"),
    pytest.param(Bearer("pat"), "Bearer pat", id="bearer"),
    pytest.param(signed, "Signed", id="anything that signs"),
]


@pytest.mark.parametrize(("auth", "header"), CREDENTIALS)
@responses.activate
def test_credentials_go_with_every_request(auth: Auth, header: str) -> None:
    server_is(CLOUD)
    JiraClient(URL, auth, limits=IMPATIENT).ask_server()
    assert responses.calls[0].request.headers["Authorization"] == header


def test_secrets_are_not_shown() -> None:
    assert "word" not in repr(Basic("bot", "word"))
    assert "pat-1" not in repr(Bearer("pat-1"))


@responses.activate
def test_the_flavour_is_what_the_server_says() -> None:
    server_is(CLOUD)
    assert client().server.cloud
    responses.reset()
    server_is(DATA_CENTER)
    assert not client().server.cloud  # "Server" is what Data Center says, too


@responses.activate
def test_the_clock_is_jiras_in_utc() -> None:
    server_is(DATA_CENTER)
    assert client().ask_server().clock == datetime(2026, 3, 31, 16, 43, 50, tzinfo=UTC)


@responses.activate
def test_the_server_is_asked_once_for_what_does_not_change() -> None:
    server_is(CLOUD)
    jira = client()
    assert jira.server is jira.server
    assert len(responses.calls) == 1


@pytest.mark.parametrize("info", [{}, [], {"baseUrl": URL}, CLOUD | {"serverTime": "soon"}])
@responses.activate
def test_something_else_that_answers_json_is_not_taken_for_jira(info: Any) -> None:
    server_is(info)
    with pytest.raises(UnreadableError, match="as a Jira would"):
        client().ask_server()


@pytest.mark.parametrize("body", ['{"issues": [{"id": "1', "not json", ""])
@responses.activate
def test_json_that_breaks_off_is_told_from_other_failures(body: str) -> None:
    responses.get(f"{URL}/x", body=body, content_type="application/json")
    with pytest.raises(CutOffError, match="cut off"):
        client().get("/x", endpoint="x", step="reading")


@responses.activate
def test_a_read_that_is_cut_by_the_network_is_repeated_a_few_times() -> None:
    responses.get(f"{URL}/x", body=requests.ConnectionError("reset"))
    with pytest.raises(UnavailableError):
        client().get("/x", endpoint="x", step="reading")
    assert len(responses.calls) == 4  # the library alone would have slept minutes between them


@responses.activate
def test_searches_by_post_are_reads_and_repeat_too() -> None:
    responses.post(f"{URL}/x", status=502)
    responses.post(f"{URL}/x", json={"ok": 1})
    assert client().ask("/x", {"jql": "a"}, endpoint="x", step="searching") == {"ok": 1}


@responses.activate
def test_every_call_is_heard_of() -> None:
    server_is(CLOUD)
    heard: list[Call] = []
    client(listen=heard.append).ask_server()
    assert [(call.connection, call.endpoint, call.outcome, call.status) for call in heard] == [
        ("jira", "server", "ok", 200)
    ]


@responses.activate
def test_each_thread_has_a_session_of_its_own() -> None:
    jira = client()
    sessions: list[requests.Session] = []  # alive, or the next thread's might be at the same place in memory

    def work() -> None:
        sessions.append(jira._door.session())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jira.close()
    assert len({id(session) for session in sessions}) == 3


@responses.activate
def test_verification_and_proxy_reach_the_session() -> None:
    jira = client(verify="/etc/ssl/bank.pem", proxy="http://proxy.example.com:3128")
    library = jira._door.session()._library._session  # type: ignore[attr-defined]  # what the library made of it
    assert library.verify == "/etc/ssl/bank.pem"
    assert library.proxies == dict.fromkeys(("http", "https"), "http://proxy.example.com:3128")


def test_a_few_things_are_done_together_and_come_in_order() -> None:
    jira = client()
    meeting = threading.Barrier(3, timeout=5)

    def work(number: int) -> int:
        if number < 3:
            meeting.wait()  # three at least are here at once
        return number * 10

    assert jira.together(work, range(8)) == [0, 10, 20, 30, 40, 50, 60, 70]
    jira.close()


def test_an_error_among_things_done_together_is_raised() -> None:
    jira = client()

    def work(number: int) -> int:
        if number == 2:
            raise UnavailableError("away", system="jira")
        return number

    with pytest.raises(UnavailableError):
        jira.together(work, range(8))
    jira.close()
