"""The same issues make the same records and notes through Cloud and through Data Center, but for what is listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd.sandbox.jira import generate_issues, load_issues
from tests.acceptance.stage import Stage, staged

COUNT = 60
NINE = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

OWN = {"sys_id", "number", "correlation_id", "sys_created_on", "sys_updated_on", "opened_at"}
OWN |= {"resolved_at", "closed_at", "business_duration", "calendar_duration"}
"""Columns that differ between any two records: identities and clocks. `correlation_id` names the site."""

MATRIX = """
extends: ops-incidents.yaml
name: matrix
fields:
  description:
    template: |-
      {{ issue.key }} {{ issue.id }} {{ issue.summary }}
      type {{ issue.issuetype }} priority {{ issue.priority }} status {{ issue.status.statusCategory.key }}
      resolution {{ issue.resolution }} on {{ issue.resolutiondate }} due {{ issue.duedate }}
      by {{ issue.reporter }} {{ issue.reporter.emailAddress }} for {{ issue.assignee }} made by {{ issue.creator }}
      project {{ issue.project.key }} {{ issue.project }}
      labels {{ issue.labels }} components {{ issue.components }}
      versions {{ issue.fixVersions }} / {{ issue.versions.name }}
      points {{ issue["Story Points"] }} severity {{ issue.Severity }} service {{ issue["Affected Service"] }}
      sprints {{ issue.Sprint }} {{ issue.Sprint.state }} approvers {{ issue.Approvers }}
      found {{ issue["Detected At"] }} environments {{ issue.Environments }} runbook {{ issue.Runbook }}
      links {{ issue.issuelinks }} parent {{ issue.parent }} subtasks {{ issue.subtasks }}
      cause {{ issue["Root Cause"] }}
      created {{ issue.created }} updated {{ issue.updated }}
      {{ issue.description }}
      {{ issue.environment }}
"""

ODDITIES: dict[str, Any] = {
    "description": "h1. Outage\r\n\r\n* one\r\n** two\r\n\r\n||a||b||\r\n|1|2|\r\n\r\n{code}x < y{code}\r\n[code]z",
    "environment": "{panel:title=Where}db1{panel}",
    "customfield_10016": 2,
    "customfield_10020": [{"id": 7, "name": "Sprint 7", "state": "closed"}],
    "customfield_10031": {"value": "Payments", "child": {"value": "Ledger"}},
    "customfield_10032": "Because of *this*.",
    "customfield_10035": ["alice", "bruno"],
    "customfield_10036": "2026-03-09T10:00:00.000+0100",
    "customfield_10038": [{"value": "Production"}, {"value": "Test"}],
    "customfield_10039": "https://example.com/runbook?a=1&b=2",
}
COMMENTS = (
    "plain",
    "*bold* [~bruno] and !a.png!",
    "|a|b|",
    "{noformat}\r\n  as it is\r\n{noformat}",
    "a\u2028b\x07c",
    "",
)


def busy(stage: Stage) -> None:
    """Things that the files do not have: values of every field, markup, comments that some may not see."""
    first, second = list(stage.jira.site.world.issues.values())[:2]
    stage.jira.clock.freeze(NINE)
    stage.jira.act.edit(first.key, ODDITIES)
    for body in COMMENTS:
        stage.jira.act.comment(first.key, body)
    stage.jira.act.comment(first.key, "inside", internal=True)
    stage.jira.act.comment(first.key, "for some", role="Administrators")
    stage.jira.act.comment(second.key, "nobody's", as_user=None)
    stage.jira.clock.thaw()


def synced(folder: Path, issues: list[Mapping[str, Any]], flavour: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The records and their notes, by issue id, without what is each record's own."""
    folder.mkdir()
    with staged(folder, issues, flavour) as stage:
        name = folder / "mappings" / "ops-incidents.yaml"
        base = name.read_text(encoding="utf-8").replace("name: ops-incidents\n", "")
        name.write_text(base, encoding="utf-8")
        (folder / "mappings" / "matrix.yaml").write_text(MATRIX, encoding="utf-8")
        busy(stage)
        stage.run("backfill")
        incidents = stage.incidents()
        records = {
            issue: {column: value for column, value in row.items() if column not in OWN}
            for issue, row in incidents.items()
        }
        notes = {
            issue: [entry["value"] for entry in stage.servicenow.journal(row["sys_id"])]
            for issue, row in incidents.items()
        }
        return records, notes


@pytest.fixture
def some_issues(request: pytest.FixtureRequest) -> list[Mapping[str, Any]]:
    if request.param == "generated":
        return list(generate_issues(COUNT, seed=5))
    return list(load_issues(request.getfixturevalue("real_issues"), COUNT))


@pytest.mark.parametrize("some_issues", ["generated", "real"], indirect=True)
def test_both_flavours_of_jira_make_the_same_records_and_notes(
    tmp_path: Path, some_issues: list[Mapping[str, Any]]
) -> None:
    cloud_records, cloud_notes = synced(tmp_path / "cloud", some_issues, "cloud")
    server_records, server_notes = synced(tmp_path / "datacenter", some_issues, "datacenter")
    assert set(cloud_records) == set(server_records)
    assert len(cloud_records) == COUNT
    for issue, record in cloud_records.items():
        assert record == server_records[issue], issue
        assert cloud_notes[issue] == server_notes[issue], issue
    assert sum(map(len, cloud_notes.values())) > COUNT
    assert any("Sprint 7" in record["description"] for record in cloud_records.values())
