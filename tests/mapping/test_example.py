"""mappings/ops-incidents.yaml, over made-up issues of the demo and over real ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from syncd.core.model import Audience, Comment, Issue, Json, Reference, User
from syncd.mapping import desired_for, fingerprint_of, load_mappings
from tests.mapping.build import ANNA, NOON, issue

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "jira-issues.jsonl.gz"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real issues are not on this machine")

(EXAMPLE,) = load_mappings(ROOT / "mappings" / "ops-incidents.yaml")


def test_every_file_of_the_folder_is_a_mapping() -> None:
    assert "ops-incidents" in {mapping.name for mapping in load_mappings(ROOT / "mappings")}


@pytest.mark.parametrize("priority", ["Highest", "High", "Medium", "Low", "Lowest"])
@pytest.mark.parametrize(
    ("status", "category", "state"),
    [("To Do", "new", "1"), ("In Progress", "indeterminate", "2"), ("Done", "done", "6")],
)
def test_an_issue_of_the_demo(priority: str, status: str, category: str, state: str) -> None:
    of = issue(
        {
            "summary": "Printer on fire",
            "description": "Bring water",
            "priority": {"name": priority},
            "assignee": ANNA,
            "status": {"name": status, "statusCategory": {"key": category}},
        }
    )
    desired = desired_for(EXAMPLE, of)
    assert desired.fields["state"] == state
    assert desired.fields["short_description"] == "Printer on fire"
    assert desired.fields["impact"] in ("1", "2", "3")
    assert desired.fields["urgency"] in ("1", "2", "3")
    assert isinstance(desired.fields["assigned_to"], Reference)
    # An incident resolves only with both of these (servicenow facts 4.5).
    closing = {"close_code": "Solution provided", "close_notes": "OPS-1: Done in Jira"}
    assert {k: v for k, v in desired.fields.items() if k in closing} == (closing if state == "6" else {})


@needs_data
def test_all_real_issues_map_without_an_error() -> None:
    states: dict[str, int] = {}
    notes = cut = 0
    fingerprints = set()
    for of in real_issues():
        desired = desired_for(EXAMPLE, of)
        state = desired.fields["state"]
        states[str(state)] = states.get(str(state), 0) + 1
        notes += len(desired.notes)
        cut += str(desired.fields["short_description"]).endswith("…")
        assert ("close_notes" in desired.fields) == (state == "6")
        assert not desired.withheld
        fingerprints.add(fingerprint_of(EXAMPLE, of))
    assert states == {"6": 1560, "1": 277, "2": 29}
    assert notes == 5956
    assert cut == 7
    assert len(fingerprints) == 1866


def real_issues() -> Iterator[Issue]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            fields = raw["fields"]
            said = tuple(map(_comment, fields["comment"]["comments"]))
            url = f"https://example.atlassian.net/browse/{raw['key']}"
            yield Issue("example.atlassian.net", raw["id"], raw["key"], url, NOON, fields, comments=said)


def _comment(raw: Json) -> Comment:
    author = raw.get("author")
    body = raw.get("body") or ""
    return Comment(
        raw["id"],
        User(author["key"], author["displayName"]) if author else None,
        body,
        body,
        "",
        datetime.fromisoformat(raw["created"]),
        datetime.fromisoformat(raw["updated"]),
        Audience.PUBLIC,
    )
