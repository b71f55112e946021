"""Both sandboxes over HTTP and syncd as a user runs it: a settings file, a mapping, processes with exit codes."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from syncd.core.marker import Mark, marks_of_note
from syncd.sandbox.jira import JiraSandbox
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox

MAPPING = Path(__file__).parents[2] / "mappings" / "ops-incidents.yaml"
PATIENCE = 120.0
_numbers = itertools.count(1)


@dataclass
class Stage:
    """One Jira, one ServiceNow, one folder with settings."""

    jira: JiraSandbox
    servicenow: ServiceNowSandbox
    folder: Path
    config: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "syncd", *words, "--config", str(self.config)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a command to its end; its exit code must be `code`. Returns stdout."""
        process = self.start(*words)
        out, err = process.communicate(timeout=600)
        assert code is None or process.returncode == code, f"{words}: exit code {process.returncode}\n{out}\n{err}"
        return out

    @contextmanager
    def daemon(self) -> Iterator[str]:
        """`syncd run`, until the block ends; yields the address that it says it serves. It must end cleanly."""
        # Into a file: a pipe that nobody empties would stop the daemon.
        log = self.folder / f"daemon-{next(_numbers)}.log"
        with log.open("w") as said:
            command = [sys.executable, "-m", "syncd", "run", "--config", str(self.config)]
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            eventually(lambda: "status page" in log.read_text() or process.poll() is not None)
            line = next((line for line in log.read_text().splitlines() if "status page" in line), "")
            yield line.split()[-1].rstrip("/")
        finally:
            process.terminate()
            code = process.wait(timeout=60)
        assert code == 0, log.read_text()[-2000:]

    def writes(self) -> int:
        return self.servicenow.calls.writes

    def incidents(self) -> dict[str, dict[str, str]]:
        """Our incidents by Jira issue id; two for one issue fail here."""
        found: dict[str, dict[str, str]] = {}
        for row in self.servicenow.rows("incident"):
            if row["correlation_id"].startswith("jira:"):
                issue_id = row["correlation_id"].split(":")[-2]
                assert issue_id not in found, f"two incidents for issue {issue_id}"
                found[issue_id] = row
        return found

    def marks(self, sys_id: str) -> list[Mark]:
        """The marks in a record's journal, in the order they were written; a note without one fails here."""
        entries = [entry["value"] for entry in self.servicenow.journal(sys_id)]
        assert all(len(marks_of_note(entry)) == 1 for entry in entries)
        return [marks_of_note(entry)[0] for entry in entries]

    def assert_mirrored(self) -> None:
        """Every issue has its one incident, every public comment its one note, in the order they were written."""
        incidents = self.incidents()
        issues = list(self.jira.site.world.issues.values())
        assert set(incidents) == {str(issue.id) for issue in issues}
        for issue in issues:
            public = [comment for comment in issue.comments if not (comment.visibility or comment.internal)]
            comments = sorted(public, key=lambda comment: (comment.created, int(comment.id)))
            written = [mark.comment_id for mark in self.marks(incidents[str(issue.id)]["sys_id"]) if mark.version == 1]
            assert written == [str(comment.id) for comment in comments], issue.key

    def mirrored(self) -> bool:
        """Whether it is so already, notes and all: only now does a fault that is put in strike what comes after."""
        try:
            self.assert_mirrored()
        except AssertionError:
            return False
        return True


@contextmanager
def staged(
    folder: Path,
    issues: Iterable[Mapping[str, Any]],
    flavour: str = "cloud",
    *,
    settings: Mapping[str, Any] | None = None,
    webhook: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[Stage]:
    jira = JiraSandbox(flavour=flavour, issues=list(issues), seed=1, **options)
    servicenow = ServiceNowSandbox(seed=1)
    with Server(jira.app) as jira_server, Server(servicenow.app) as servicenow_server:
        auth = (
            {"type": "basic", "username": "bot@example.com", "password": "jira-token"}
            if flavour == "cloud"
            else {"type": "bearer", "token": "jira-pat"}
        )
        written = {
            "database": f"sqlite:///{folder / 'syncd.db'}",
            "mappings": "mappings",
            "poll_interval": "1s",
            "http": {"port": 0},
            "connections": {
                "jira": {
                    "type": "jira",
                    "url": jira_server.url,
                    "auth": auth,
                    "limits": {"refused_rest": "1s"},  # nobody waits a minute for a test
                    **({"webhook": dict(webhook)} if webhook else {}),
                },
                "servicenow": {
                    "type": "servicenow",
                    "url": servicenow_server.url,
                    "auth": {"type": "basic", "username": "svc_syncd", "password": "syncd"},
                    # This instance answers within milliseconds: what has not arrived after a second never will.
                    "transaction_limit": "1s",
                    "limits": {"refused_rest": "1s"},
                },
            },
            **(settings or {}),
        }
        (folder / "mappings").mkdir()
        (folder / "mappings" / MAPPING.name).write_text(MAPPING.read_text(encoding="utf-8"), encoding="utf-8")
        config = folder / "syncd.yaml"
        config.write_text(yaml.safe_dump(written), encoding="utf-8")
        yield Stage(jira, servicenow, folder, config)


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def ready(url: str) -> tuple[bool, list[str]]:
    code, body = get(f"{url}/readyz")
    document = json.loads(body)
    assert (code == 200) is document["ready"]
    return document["ready"], document["reasons"]


def eventually(what: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until it is so; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while not what():
        assert time.monotonic() < deadline, f"did not come true within {patience} s"
        pause.wait(0.05)
