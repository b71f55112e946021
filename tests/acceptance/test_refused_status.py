"""Jira's three states meet a change's seven: ServiceNow refuses to skip any, and everything else goes on."""

from __future__ import annotations

import json

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged

CHANGES = """
name: changes
source: {connection: jira, jql: project is not EMPTY}
target: {connection: servicenow, table: change_request}
fields:
  short_description: {from: summary}
status:
  map:
    To Do:       {state: -5}
    In Progress: {state: -1}
    Done:        {state: 3, close_code: successful, close_notes: Done in Jira}
"""


def test_what_is_refused_is_named_and_what_is_not_arrives(tmp_path):
    with staged(tmp_path, list(generate_issues(1, seed=1))) as stage:
        for file in (tmp_path / "mappings").iterdir():
            file.unlink()
        (tmp_path / "mappings" / "changes.yaml").write_text(CHANGES, encoding="utf-8")
        issue = stage.jira.act.create("OPS", summary="Patch the gateway")
        stage.run("sync")

        stage.jira.act.transition(issue.key, "In Progress")
        stage.jira.act.edit(issue.key, {"summary": "Patch both gateways"})
        stage.jira.act.comment(issue.key, "The second one, too")
        stage.run("sync", code=1)
        (change,) = stage.servicenow.rows("change_request", "short_description=Patch both gateways")
        assert change["state"] == "-5"
        assert [note["value"].splitlines()[1] for note in stage.servicenow.journal(change["sys_id"])] == [
            "The second one, too"
        ]
        (parked,) = json.loads(stage.run("parked", "list", "--json", code=1))
        assert "Check State Transition" in parked["error"]
        assert "state from '-5' to '-1'" in parked["error"]

        for state in ("-4", "-3", "-2"):  # its people take it through the states between
            stage.servicenow.edit("change_request", change["sys_id"], {"state": state})
        stage.servicenow.calls.clear()
        stage.run("parked", "retry", issue.key)
        stage.run("sync")
        assert stage.servicenow.row("change_request", change["sys_id"])["state"] == "-1"
        assert stage.writes() == 1
        assert len(stage.servicenow.journal(change["sys_id"])) == 1
