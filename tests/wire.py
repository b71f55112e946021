"""A server made of bytes, for what no well-behaved HTTP server does: it breaks off wherever the test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

Behaviour = Callable[[socket.socket, bytes], None]


def answers(
    body: bytes = b"{}", *, status: str = "200 OK", kind: str = "application/json", headers: Sequence[str] = ()
) -> Behaviour:
    """A whole answer; the connection stays open."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


def redirects(location: str) -> Behaviour:
    return answers(b"", status="302 Found", headers=[f"Location: {location}"])


def breaks_off_before_answering(connection: socket.socket, request: bytes) -> None:
    connection.close()


def breaks_off_in_the_headers(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")
    connection.close()


def breaks_off_in_the_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    connection.close()


def speaks_no_http(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")
    connection.close()


class Wire:
    """Answers each request by the next behaviour, the last one for ever. `requests` are the bytes it was sent."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0
        self.released = threading.Event()
        """Set when the test is over; a behaviour that never answers waits for it."""
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def never_answers(self, connection: socket.socket, request: bytes) -> None:
        self.released.wait(10)
        connection.close()

    def add(self, behaviour: Behaviour) -> None:
        self._behaviours.append(behaviour)

    def __enter__(self) -> Wire:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        # Closing a socket does not wake a thread that waits on it; shutting it down does.
        for waiting in (self._listener, *self._open):
            try:
                waiting.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already, as the behaviour wanted
        for thread in self._threads:
            thread.join(5)
        for done in (self._listener, *self._open):
            done.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        while connection.fileno() != -1:
            request = _read_request(connection)
            if not request:
                return
            with self._lock:
                self.requests.append(request)
                behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
            behaviour(connection, request)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body
