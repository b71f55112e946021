"""Serves an ASGI app in a thread of this process. Knows nothing of what it serves."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn

from syncd.daemon.patience import LARGEST_HEAD, PatientProtocol
from syncd.errors import UserError

START_SECONDS = 10.0

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For clients of TLS 1.2: forward secrecy and authenticated encryption, which uvicorn's own choice may lack."""


class WebServer:
    """One listening address. Port 0 takes a free one, `url` says which. `tls` are certificate chain and key."""

    def __init__(
        self, app: Any, host: str, port: int, *, tls: tuple[Path, Path] | None = None, behind_proxy: bool = False
    ) -> None:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, reuse_port=False)
        except OSError as error:
            raise UserError(
                f"cannot listen on {host}:{port}: {error.strerror}; set http.port (in the demo: --port) to a free one"
            ) from error
        address = self._socket.getsockname()
        self.url = f"{'https' if tls else 'http'}://{host if ':' not in host else f'[{host}]'}:{address[1]}"
        certificate, key = tls or (None, None)
        config = uvicorn.Config(
            app,
            http=PatientProtocol,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            server_header=False,
            # Who calls directly could otherwise say that he is somebody else.
            proxy_headers=behind_proxy,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            ssl_ciphers=CIPHERS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
