"""Clocks that differ are said, and change nothing in the line."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.engine import health


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, []),
        (50, []),
        (300, ["Jira at jira.example is 300 s ahead of"]),
        (-300, ["Jira at jira.example is 300 s behind"]),
    ],
)
def test_jiras_clock(world, seconds, said):
    # The fake's `prove` says a minute later than its `now`.
    world.jira.now = datetime.now(UTC) + timedelta(seconds=seconds - 60)
    world.engine.poll(world.route)
    status = health.status(world.store, ["ops"], 30.0)
    assert len(status.readiness.warnings) == len(said)
    for warning, words in zip(status.readiness.warnings, said, strict=True):
        assert words.split(" is ")[0] in warning
        assert words.split(" s ")[1] in warning
    assert status.readiness.ready, "nothing is decided by clocks that differ"


def test_this_machines_clock(world, monkeypatch):
    world.jira.now = datetime.now(UTC) - timedelta(seconds=60)
    world.engine.poll(world.route)
    here = world.store.links.time() - 500
    monkeypatch.setattr(health.time, "time", lambda: here)
    (warning,) = health.status(world.store, ["ops"], 30.0).readiness.warnings
    assert "the clock of this machine is" in warning
    assert "behind the database's" in warning
