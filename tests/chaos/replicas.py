"""`syncd run` as processes of the system: started, killed, frozen, ended, each by its own id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.stage import MAPPING, eventually
from tests.chaos.cable import Cable

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
"""Without the options of this suite, which are no settings."""


def settings_of(database: str, jira: str, servicenow: str, *, workers: int = 8, **instance: Any) -> dict[str, Any]:
    """What a settings file of these systems says; `instance` are more keys of the ServiceNow connection."""
    return {
        "database": database,
        "mappings": str(MAPPING),
        "poll_interval": "1s",
        "workers": workers,
        "http": {"port": 0},
        "log": {"format": "json", "level": "info"},
        "connections": {
            "jira": {
                "type": "jira", "url": jira, "timeout": "10s",
                "auth": {"type": "basic", "username": "bot@example.com", "password": "jira-token"},
            },
            "servicenow": {
                "type": "servicenow", "url": servicenow,
                "auth": {"type": "basic", "username": "svc_syncd", "password": "syncd"},
                **instance,
            },
        },
    }  # fmt: skip


class Replica:
    """One place where a process runs; after a kill there is another one in it."""

    def __init__(self, name: str, folder: Path, settings: dict[str, Any], cable: Cable | None = None) -> None:
        self.name = name
        self.cable = cable
        self.log = folder / f"{name}.log"
        self._folder = folder
        self._config = folder / f"{name}.yaml"
        self._config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def serves(self) -> bool:
        """Whether it has ever come as far as to say where."""
        return any(line.startswith("syncd runs") for line in self.log.read_text(encoding="utf-8").splitlines())

    @property
    def cpu_seconds(self) -> float:
        """What its process has used of a core so far."""
        return 0.0 if self._process is None else cpu_seconds(self._process.pid)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        command = [sys.executable, "-m", "syncd", "run", "--config", str(self._config)]
        with self.log.open("a") as said:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> int:
        """As an operator ends it. Its exit code."""
        assert self._process is not None
        self._signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=45)
        finally:
            self.kill()

    def _signal(self, number: int) -> None:
        if self.runs:
            assert self._process is not None
            os.kill(self._process.pid, number)


def cpu_seconds(pid: int) -> float:
    """What a process has used of a core so far, as the kernel counts it."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(replicas: list[Replica]) -> Iterator[None]:
    """All of them, until the block ends however it may."""
    try:
        for replica in replicas:
            replica.start()
        for replica in replicas:
            eventually(lambda replica=replica: replica.serves or not replica.runs)  # type: ignore[misc]
            assert replica.serves, replica.log.read_text(encoding="utf-8")
        yield
    finally:
        for replica in replicas:
            replica.kill()
            if replica.cable is not None:
                replica.cable.close()
