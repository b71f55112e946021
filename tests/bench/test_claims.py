"""What docs/decisions/009-claims.md rests on: rows that say who holds an issue, against locks of a session.

Prints figures. Judges only what does not hang on the machine: who may send twice, and who waits for whom.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests.adapters

from syncd.sandbox.jira import generate_issues
from syncd.settings import load_settings
from syncd.store.links import Links
from syncd.wiring import opened
from tests.acceptance.stage import staged
from tests.bench import claims_worker

pytestmark = pytest.mark.bench

FREEZES = 12
ITEMS = 12_000


@pytest.fixture
def items(fresh_postgres: str) -> str:
    url = fresh_postgres.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, owner text, until timestamptz, done bool)")
        connection.execute("CREATE TABLE sent (item int, worker int, at timestamptz DEFAULT clock_timestamp())")
    return url


def refilled(url: str, count: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE items, sent")
        connection.execute("INSERT INTO items SELECT n, NULL, NULL, false FROM generate_series(1, %s) n", (count,))


@contextmanager
def worker(url: str, way: str, *freeze: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, claims_worker.__file__, url, way, *freeze])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def asked(url: str, query: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def left(url: str) -> int:
    return asked(url, "SELECT count(*) FROM items WHERE NOT done")


def doubles(url: str) -> int:
    return asked(url, "SELECT count(*) FROM (SELECT item FROM sent GROUP BY item HAVING count(*) > 1) twice")


def state_of(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def until(what, patience: float = 60.0) -> float:
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < patience
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.mark.parametrize("way", ["lease", "lock"])
def test_frozen_at_the_worst_moment(items: str, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Stopped between the check and the send; thawed after another process has done all that it could."""
    refilled(items, 20)
    with worker(items, way, "freeze") as frozen:
        until(lambda: state_of(frozen) == "T")
        with worker(items, way):
            until(lambda: left(items) <= (0 if way == "lease" else claims_worker.PAGE))
            threading.Event().wait(2 * claims_worker.LEASE)
            waiting = left(items)
            frozen.send_signal(signal.SIGCONT)
            until(lambda: left(items) == 0)
            frozen.wait(30)
    with capsys.disabled():
        print(f"\n{way}: frozen at the worst moment: {doubles(items)} sent twice, {waiting} waited for the frozen one")
    assert (doubles(items), waiting) == ((1, 0) if way == "lease" else (0, claims_worker.PAGE))


@pytest.mark.parametrize("way", ["lease", "lock"])
def test_frozen_at_any_moment(items: str, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    refilled(items, ITEMS)
    chance = random.Random(7)
    frozen = 0
    with worker(items, way) as one, worker(items, way) as other:
        until(lambda: left(items) < ITEMS)
        while frozen < FREEZES and left(items) > 200:
            victim = chance.choice([one, other])
            victim.send_signal(signal.SIGSTOP)
            threading.Event().wait(1.5 * claims_worker.LEASE)
            victim.send_signal(signal.SIGCONT)
            frozen += 1
            threading.Event().wait(chance.uniform(0.02, 0.2))
        sends = asked(items, "SELECT count(*) FROM sent")
    with capsys.disabled():
        print(f"\n{way}: {frozen} freezes at any moment, {sends} sends: {doubles(items)} sent twice")
    assert doubles(items) <= frozen


@pytest.mark.parametrize("way", ["lease", "lock"])
def test_killed(items: str, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    refilled(items, 20)
    with worker(items, way, "freeze") as dead:
        until(lambda: state_of(dead) == "T")
        with worker(items, way):
            until(lambda: left(items) <= claims_worker.PAGE)
            dead.kill()
            took = until(lambda: left(items) == 0)
    with capsys.disabled():
        print(f"\n{way}: a killed process's items were done by another after {took:.2f} s")
    assert doubles(items) == 0


def test_the_window_between_the_check_and_the_send(
    tmp_path: Path, fresh_postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How long after the commit of an intent its write leaves, in the real line over real HTTP."""
    mine = threading.local()
    windows: list[float] = []
    for name in ("intend_write", "intend_note", "intend_still"):
        intend = getattr(Links, name)

        def intended(*args, _intend=intend, **more):
            _intend(*args, **more)
            mine.since = time.perf_counter()

        monkeypatch.setattr(Links, name, intended)
    send = requests.adapters.HTTPAdapter.send

    def sent(self, request, *args, **more):
        if request.method != "GET" and getattr(mine, "since", None):
            windows.append((time.perf_counter() - mine.since) * 1000)
            mine.since = None
        return send(self, request, *args, **more)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", sent)
    issues = generate_issues(100, seed=3)
    with (
        staged(tmp_path, issues, settings={"database": fresh_postgres}) as stage,
        opened(load_settings(stage.config), working=True) as app,
    ):
        for route in app.engine.routes.values():
            app.engine.backfill(route, jql="", since=None, limit=None, watch=None)
    windows.sort()
    with capsys.disabled():
        half, nearly_all = windows[len(windows) // 2], windows[len(windows) * 99 // 100]
        print(
            f"\nfrom the commit of the intent to the send: {len(windows)} writes, median {half:.2f} ms, "
            f"99 % {nearly_all:.2f} ms, longest {windows[-1]:.2f} ms"
        )
    assert len(windows) > 100
