"""Daemons that share a Postgres share the listing, its pace, and the ceilings of a cycle; SQLite keeps ceilings too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import eventually, get, ready, staged


def cycles(stage) -> int:
    """How many cycles have begun: each proves its credentials once, and nothing else does."""
    return sum(count for name, count in stage.jira.calls.items() if name.endswith("/myself"))


def searches(stage) -> int:
    return sum(count for name, count in stage.jira.calls.items() if "/search" in name)


def with_ceilings(stage, text: str) -> None:
    (mapping,) = (stage.folder / "mappings").iterdir()
    mapping.write_text(f"{mapping.read_text(encoding='utf-8')}\nceilings: {text}\n", encoding="utf-8")


def thirty_new_issues(stage) -> None:
    for number in range(30):
        stage.jira.act.create(summary=f"New {number}")


def test_two_daemons_ask_jira_as_often_as_one(tmp_path, fresh_postgres):
    with staged(tmp_path, generate_issues(3, seed=1), settings={"database": fresh_postgres}) as stage:
        stage.run("db", "upgrade")
        with stage.daemon() as one, stage.daemon() as other:
            eventually(lambda: ready(one)[0] and ready(other)[0])
            stage.jira.calls.clear()
            begun = time.monotonic()
            eventually(lambda: cycles(stage) >= 10)
            took = time.monotonic() - begun
            asked = searches(stage)
        # Ten cycles of a second each, a tenth early at most; twice as many calls would have come in half the time.
        assert took >= 9 * 0.9
        assert asked <= 11 * 2, "one or two searches a cycle"


def test_a_killed_replica_is_missed_for_no_longer_than_its_claim(tmp_path, fresh_postgres):
    with staged(tmp_path, generate_issues(3, seed=1), settings={"database": fresh_postgres}) as stage:
        stage.run("db", "upgrade")
        command = [sys.executable, "-m", "syncd", "run", "--config", str(stage.config)]
        with stage.daemon() as url:
            with (stage.folder / "killed.log").open("w") as said:
                victim = subprocess.Popen(command, cwd=stage.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
                eventually(lambda: ready(url)[0])
                victim.send_signal(signal.SIGKILL)
                victim.wait()
            stage.jira.act.create(summary="After the kill")
            eventually(lambda: len(stage.incidents()) == 4, patience=60.0)
            assert ready(url)[0]


def test_two_daemons_share_the_ceiling_of_a_cycle(tmp_path, fresh_postgres):
    with staged(tmp_path, generate_issues(1, seed=1), settings={"database": fresh_postgres}) as stage:
        with_ceilings(stage, "{create: 5}")
        stage.run("sync")
        with stage.daemon() as url, stage.daemon():
            eventually(lambda: ready(url)[0])
            stage.jira.calls.clear()
            thirty_new_issues(stage)
            eventually(lambda: '"warnings":["mapping ops-incidents: ' in get(f"{url}/readyz")[1].replace(": [", ":["))
            assert ready(url)[0], "a ceiling is no reason to take a replica out"
            eventually(lambda: len(stage.incidents()) == 31)
            assert cycles(stage) >= 6
            eventually(lambda: json.loads(get(f"{url}/readyz")[1])["warnings"] == [])


def test_a_cycle_by_command_creates_as_many_as_its_ceiling_and_says_so(tmp_path):
    with staged(tmp_path, generate_issues(1, seed=1)) as stage:
        with_ceilings(stage, "{create: 5}")
        stage.run("sync")
        thirty_new_issues(stage)
        there = []
        for _ in range(6):
            last = len(there) == 5
            document = json.loads(stage.run("sync", "--json", code=0 if last else 3))
            there.append(len(stage.incidents()) - 1)
            assert document["ops-incidents"]["held_back"] == 30 - there[-1]
        assert there == [5, 10, 15, 20, 25, 30]
