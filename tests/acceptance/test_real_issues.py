"""Real Jira issues through the whole program, as a user runs it. The long form takes all 1,866."""

from __future__ import annotations

import random
import signal
import threading
from pathlib import Path

import pytest

from syncd.sandbox.jira import load_issues
from tests.acceptance.stage import staged

SHORT, ALL = 120, 1866
FLAVOURS = ["cloud", "datacenter"]
SIZES = [SHORT, pytest.param(ALL, marks=pytest.mark.long)]


@pytest.fixture(params=FLAVOURS)
def flavour(request):
    return request.param


def some(real_issues: Path, count: int):
    """The first `count` issues, so that the busiest minute of the file is among them only in the long form."""
    return list(load_issues(real_issues))[:count]


@pytest.mark.parametrize("count", SIZES)
def test_backfill_then_nothing_then_exactly_the_edits(tmp_path, real_issues, flavour, count):
    with staged(tmp_path, some(real_issues, count), flavour) as stage:
        stage.run("backfill")
        stage.assert_mirrored()
        comments = sum(len(issue.comments) for issue in stage.jira.site.world.issues.values())
        assert stage.writes() == count + comments

        stage.servicenow.calls.clear()
        stage.run("backfill")
        assert stage.servicenow.calls.total == 0, "an unchanged issue costs no call"

        chosen = random.Random(1).sample(sorted(stage.jira.site.world.issues.values(), key=lambda i: i.key), 50)
        for number, issue in enumerate(chosen):
            if number % 2:
                stage.jira.act.edit(issue.key, {"summary": f"Edited {number}"})
            else:
                stage.jira.act.comment(issue.key, f"One more {number}")
        stage.run("backfill")
        assert stage.writes() == 50
        stage.assert_mirrored()
        incidents = stage.incidents()
        for number, issue in enumerate(chosen):
            if number % 2:
                assert incidents[str(issue.id)]["short_description"] == f"Edited {number}"


@pytest.mark.parametrize("count", SIZES)
def test_killed_ten_times_while_backfilling(tmp_path, real_issues, flavour, count, record_property):
    seed = random.randrange(10**6)
    record_property("seed", seed)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with staged(tmp_path, some(real_issues, count), flavour) as stage:
        kills = 0
        for _ in range(10):
            process = stage.start("backfill")
            begun = stage.servicenow.calls.total
            goal = begun + chance.randrange(1, max(count * 4 // 10, 2))
            pause = threading.Event()
            while process.poll() is None and stage.servicenow.calls.total < goal:
                pause.wait(0.002)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
        assert kills > 0
        stage.run("backfill")
        stage.assert_mirrored()
        stage.servicenow.calls.clear()
        stage.run("backfill")
        assert stage.writes() == 0
