"""`syncd why`: what is known of one issue, with the rule of each value and the reason of each wait."""

from __future__ import annotations

import json

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged


def test_each_value_with_its_rule_each_note_with_its_fate_and_what_is_waiting(tmp_path):
    with staged(tmp_path, generate_issues(2, seed=2)) as stage:
        stage.run("sync")
        told = stage.run("why", "OPS-1")
        assert "done: as Jira was when it was last listed" in told
        assert "ops-incidents.yaml:29: fields.short_description" in told
        assert told.count(": posted") == len(stage.marks(stage.incidents()["10001"]["sys_id"]))
        by_number = json.loads(stage.run("why", stage.incidents()["10001"]["number"], "--json"))
        assert by_number[0]["link"]["issue_key"] == "OPS-1"
        assert by_number[0]["rules"]["urgency"].endswith("fields.urgency")
        category = stage.jira.site.world.issues[10001].status.category.key
        assert by_number[0]["rules"]["state"].endswith(f"status.by_category.{category}.state")

        stage.jira.act.edit("10001", {"summary": "Refused"})
        stage.servicenow.faults.add("aborted", method="PATCH", count=0)
        stage.run("sync", code=1)
        told = stage.run("why", "OPS-1")
        assert "parked (rejected) after 1 tries" in told

        stage.run("links", "detach", "OPS-1")
        assert "it is detached" in stage.run("why", "OPS-1")
        process = stage.start("why", "OPS-99")
        _, said = process.communicate(timeout=60)
        assert (process.returncode, "no mapping has taken it" in said) == (2, True)
