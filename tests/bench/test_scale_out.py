"""Three replicas finish a backlog nearly three times as fast as one, and keep the budget that they share.

ServiceNow's latency is what a replica waits for, so the sizes are chosen for it to dominate: the table that is printed
says how busy the cores were. `SYNCD_BENCH_LATENCY` (seconds) and `SYNCD_BENCH_ISSUES` choose others.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncd.store import Database, Store
from syncd.store.quotas import Quota
from syncd.store.schema import make_ready
from tests import postgres
from tests.chaos.replicas import Replica, cpu_seconds, running, settings_of
from tests.chaos.systems import Remote, sandbox

pytestmark = pytest.mark.bench

LATENCY = float(os.environ.get("SYNCD_BENCH_LATENCY", "0.3"))
ISSUES = int(os.environ.get("SYNCD_BENCH_ISSUES", "900"))
MAPPING = "ops-incidents"
WORKERS = 8
FASTER = 2.7
PER_HOUR = 36_000
"""A budget small enough to be what three replicas wait for."""

START_SECONDS = 3.0
"""How long at most the first of them had been at work when all of them served."""


@dataclass(frozen=True)
class Figures:
    """What one backlog took."""

    replicas: int
    seconds: float
    writes: int
    syncd_cores: float
    sandbox_cores: float

    def __str__(self) -> str:
        return (
            f"| {self.replicas} | {self.seconds:.1f} | {self.writes} | {self.writes / self.seconds:.0f} "
            f"| {self.syncd_cores:.2f} | {self.sandbox_cores:.2f} |"
        )


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    try:
        with postgres.own_server() as running_server:
            yield running_server
    except postgres.NoPostgresError as error:
        pytest.skip(f"no Postgres: {error}")


@pytest.fixture
def jira(tmp_path: Path) -> Iterator[Remote]:
    with sandbox(tmp_path, "jira", "--issues", str(ISSUES)) as remote:
        yield remote


def backlog(folder: Path, server: postgres.Server, jira: Remote, count: int) -> Figures:
    """All issues are new to `count` replicas: from the first write to the last."""
    folder.mkdir()
    database = Database(server.new_database(f"backlog_{count}"))
    make_ready(database)
    cursors = Store(database).cursors
    with closing(database), sandbox(folder, "servicenow", "--latency", str(LATENCY)) as servicenow:
        url = database.engine.url.render_as_string(hide_password=False)
        settings = settings_of(url, jira.url, servicenow.url, workers=WORKERS, limits={"concurrency": WORKERS})
        replicas = [Replica(f"replica-{number}", folder, settings) for number in range(count)]
        # They start before there is anything to do, since starting takes a core for a second.
        cursors.pause(MAPPING, True)
        with running(replicas):
            used = sum(replica.cpu_seconds for replica in replicas), cpu_seconds(servicenow.pid)
            cursors.pause(MAPPING, False)
            began, over, writes = watched(servicenow)
            seconds = over - began
            busy = sum(replica.cpu_seconds for replica in replicas) - used[0], cpu_seconds(servicenow.pid) - used[1]
        assert len(servicenow.get("records/incident")) == ISSUES
        return Figures(count, seconds, writes, busy[0] / seconds, busy[1] / seconds)


def ready_database(server: postgres.Server, name: str) -> str:
    url = server.new_database(name)
    database = Database(url)
    make_ready(database)
    database.close()
    return url


def watched(servicenow: Remote) -> tuple[float, float, int]:
    """When the writes began and ended, and how many they were. Ended is: none for four seconds."""
    pause = threading.Event()
    began = changed = 0.0
    writes = 0
    while not began or time.monotonic() - changed < 4 + LATENCY:
        pause.wait(0.25)
        now = servicenow.get("calls")["writes"]
        if now != writes:
            writes, changed = now, time.monotonic()
            began = began or changed
    return began, changed, writes


def test_three_replicas_are_nearly_three_times_as_fast_as_one(tmp_path, server, jira):
    one = backlog(tmp_path / "one", server, jira, 1)
    three = backlog(tmp_path / "three", server, jira, 3)
    print(f"\n\n{ISSUES} issues, {WORKERS} workers each, {LATENCY * 1000:.0f} ms for every answer of ServiceNow")
    print("\n| replicas | seconds | writes | writes a second | cores of syncd | cores of the sandbox |")
    print(f"|---:|---:|---:|---:|---:|---:|\n{one}\n{three}\n")
    print(f"{one.seconds / three.seconds:.2f} times as fast")
    assert one.writes == three.writes, "nothing is done twice"
    assert one.seconds / three.seconds >= FASTER


def test_three_replicas_together_keep_the_budget(tmp_path, server, jira):
    """At no moment are there more calls than the burst and the rate allow, which together are the budget of an hour."""
    quota = Quota(PER_HOUR)
    url = ready_database(server, "budget")
    with sandbox(tmp_path, "servicenow") as servicenow:
        limits = {"concurrency": WORKERS, "requests_per_hour": PER_HOUR}
        settings = settings_of(url, jira.url, servicenow.url, workers=WORKERS, limits=limits)
        with running([Replica(f"replica-{number}", tmp_path, settings) for number in range(3)]):
            began, pause, most = time.monotonic(), threading.Event(), 0.0
            while (passed := time.monotonic() - began) < 45:
                calls = servicenow.get("calls")["total"]
                most = max(most, calls / (quota.burst + (passed + START_SECONDS) / quota.interval))
                pause.wait(0.5)
        print(f"\n{calls} calls in {passed:.0f} s; at most {most:.1%} of what the budget allowed by then")
    assert calls > quota.burst, "the budget was what they waited for"
    assert most <= 1.02
