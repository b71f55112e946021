"""What reaches the application, and what is cut off before: anybody who reaches the port may send anything."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from syncd.daemon import patience
from syncd.daemon.web import WebServer

PATIENCE = 10.0
"""Seconds after which a test gives up; nothing here takes nearly as long."""


async def app(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Reads the whole body and tells the method and the type of what came."""
    message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return
    told = f"{scope['type']} {scope['method']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(told))]})
    await send({"type": "http.response.body", "body": told})


@pytest.fixture
def server() -> Iterator[WebServer]:
    made = WebServer(app, "127.0.0.1", 0)
    made.start()
    yield made
    made.stop()


def call(server: WebServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=PATIENCE)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1000) == b""
    except ConnectionError:
        return True


def test_a_method_that_nobody_knows_is_the_applications_to_answer(server: WebServer) -> None:
    assert httpx.request("FOO", server.url).text == "http FOO"


def test_a_head_of_many_thousand_bytes_is_taken(server: WebServer) -> None:
    assert httpx.get(server.url, headers={"Cookie": "x" * 40_000}).text == "http GET"


def test_a_head_without_an_end_is_cut_off(server: WebServer) -> None:
    with call(server) as connection:
        head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 10_000) for n in range(1000))
        with pytest.raises(ConnectionError):
            connection.sendall(head)


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_a_request_that_does_not_come_whole_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch, server: WebServer
) -> None:
    monkeypatch.setattr(patience, "WHOLE_SECONDS", 0.2)
    with call(server) as connection:
        connection.sendall(begun)
        assert is_closed(connection)
    assert httpx.get(server.url).text == "http GET"


def test_a_request_that_came_whole_is_answered_however_often(server: WebServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        assert [client.post("/", content=b"x" * 200_000).text for _ in range(3)] == ["http POST"] * 3


def test_a_connection_too_many_is_closed_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, server: WebServer
) -> None:
    monkeypatch.setattr(patience, "MOST", 1)
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/").text == "http GET"
        with call(server) as second:
            assert is_closed(second)
        assert client.get("/").text == "http GET"


def test_a_wish_for_a_web_socket_is_a_request_like_any_other(server: WebServer) -> None:
    wish = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "eA=="}
    assert httpx.get(server.url, headers=wish).text == "http GET"
