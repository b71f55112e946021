"""Both sandboxes, each in a process of its own, and the handles by which people, faults and checks hold them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.acceptance.stage import eventually

Json = Any


class Remote:
    """The control API of one sandbox."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid
        self._session = requests.Session()

    def get(self, path: str) -> Json:
        return self._call("GET", path)

    def post(self, path: str, body: Json = None) -> Json:
        return self._call("POST", path, body or {})

    def patch(self, path: str, body: Json) -> Json:
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def _call(self, method: str, path: str, body: Json = None) -> Json:
        answer = self._session.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=30)
        assert answer.ok, f"{method} {path} {body}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def close(self) -> None:
        self._session.close()


@contextmanager
def sandbox(folder: Path, kind: str, *options: str) -> Iterator[Remote]:
    """`syncd sandbox <kind>` on a free port, until the block ends."""
    log = folder / f"sandbox-{kind}.log"
    with log.open("w") as said:
        command = [sys.executable, "-m", "syncd", "sandbox", kind, "--port", "0", *options]
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        eventually(lambda: "http://" in log.read_text() or process.poll() is not None)
        found = re.search(r"http://[\d.]+:\d+", log.read_text())
        assert found is not None, log.read_text()
        remote = Remote(found[0], process.pid)
        yield remote
        remote.close()
    finally:
        process.terminate()
        process.wait(timeout=10)
