"""SIGTERM in the middle of the work: what is in hand is finished, nothing is left in doubt, the next start goes on."""

from __future__ import annotations

import json
import time

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
