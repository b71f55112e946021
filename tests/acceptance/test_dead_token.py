"""A Jira token dies while the daemon runs: nothing is touched, everybody is told, and recovery needs no hand."""

from __future__ import annotations

import re

import pytest

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import eventually, get, ready, staged


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_dead_token_mid_run(tmp_path, flavour):
    with staged(tmp_path, generate_issues(10, seed=1), flavour) as stage, stage.daemon() as url:
        eventually(lambda: len(stage.incidents()) == 10 and ready(url)[0])
        issue = next(iter(stage.jira.site.world.issues.values()))

        stage.jira.revoke()
        stage.jira.act.edit(issue.key, {"summary": "Changed while the token was dead"})
        eventually(lambda: not ready(url)[0])
        writes = stage.writes()
        assert any("jira" in reason for reason in ready(url)[1])
        failures = re.search(r'syncd_cycle_failures_total\{cause="auth",[^}]*\} (\S+)', get(f"{url}/metrics")[1])
        assert failures is not None
        assert float(failures[1]) >= 1
        assert stage.writes() == writes
        assert stage.incidents()[str(issue.id)]["short_description"] != "Changed while the token was dead"
        assert len(stage.incidents()) == 10

        stage.jira.restore()
        eventually(lambda: ready(url)[0])
        eventually(lambda: stage.incidents()[str(issue.id)]["short_description"] == "Changed while the token was dead")
