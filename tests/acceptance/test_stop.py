"""SIGTERM in the middle of the work: what is in hand is finished, nothing is left in doubt, the next start goes on."""

from __future__ import annotations

import json
import signal
import socket
import time

import pytest
import yaml

from syncd.daemon.daemon import STOP_SECONDS
from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import eventually, staged


def test_stopped_while_working(tmp_path):
    with staged(tmp_path, generate_issues(150, seed=4)) as stage:
        stage.servicenow.set_options(latency=0.05)
        with stage.daemon():
            eventually(lambda: stage.servicenow.calls["POST", "table.create"] >= 10)
            asked = time.monotonic()
        assert time.monotonic() - asked < 30
        (mapping,) = json.loads(stage.run("status", "--json"))["mappings"]
        assert mapping["in_doubt"] == 0
        assert 10 <= mapping["linked"] < 150
        stage.servicenow.set_options(latency=0.0)
        with stage.daemon():
            eventually(lambda: len(stage.incidents()) == 150)
        stage.run("sync")
        assert len(stage.incidents()) == 150
        assert stage.servicenow.calls["POST", "table.create"] == 150


@pytest.mark.long
def test_stopped_while_jira_does_not_answer(tmp_path):
    """Nobody waits until the read is given up, and repeated, and given up: what supervises it would kill it."""
    with staged(tmp_path, generate_issues(1, seed=4)) as stage, socket.create_server(("127.0.0.1", 0)) as silent:
        settings = yaml.safe_load(stage.config.read_text())
        settings["connections"]["jira"]["url"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stage.config.write_text(yaml.safe_dump(settings))
        process = stage.start("run")
        asked, _ = silent.accept()
        with asked:
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=100)
        assert time.monotonic() - begun < STOP_SECONDS + 10
        assert process.returncode == 1
        assert "stopped before everything in hand was done" in said
