"""A budget of calls that two processes share: what one of them spends, the other one has not."""

from __future__ import annotations

import yaml

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged


def test_what_one_process_has_spent_the_next_one_has_not(tmp_path):
    """Twenty calls an hour, ten of them at once: some later process finds none left, and makes none."""
    with staged(tmp_path, generate_issues(2, seed=1)) as stage:
        settings = yaml.safe_load(stage.config.read_text(encoding="utf-8"))
        settings["connections"]["servicenow"]["limits"] = {"requests_per_hour": 20}
        stage.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        stage.run("plan")
        first = stage.servicenow.calls.total
        for _ in range(10):
            process = stage.start("plan")
            _, err = process.communicate(timeout=60)
            if process.returncode:
                break
        assert "servicenow: is not asked now" in err
        assert "20 calls per hour are used up" in err
        assert first < stage.servicenow.calls.total == 10
