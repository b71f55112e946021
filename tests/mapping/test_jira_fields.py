"""Every kind of field that Jira has, as a mapping reads it: whole, as a person would say it, and part by part."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.jira.convert import Place, issue_of
from syncd.mapping.mapper import desired_for
from tests.mapping.build import mapping

SITE = "https://jira.example.com"
PLACE = Place("jira.example.com", SITE, cloud=True)
UPDATED = "2024-05-01T14:00:00.742+0200"
JAVA_SPRINT = (
    "com.atlassian.greenhopper.service.sprint.Sprint@1f39706[id=1,rapidViewId=2,state=ACTIVE,name=Sprint 1,"
    "startDate=<null>,endDate=<null>,completeDate=<null>,sequence=1]"
)
CLOUD_SPRINT = {"id": 1, "name": "Sprint 1", "state": "active", "boardId": 2, "goal": "", "startDate": UPDATED}
ANNA = {"self": f"{SITE}/u", "accountId": "5b10", "displayName": "Anna Berg", "active": True, "avatarUrls": {}}
BOB = {"self": f"{SITE}/u", "name": "bob", "key": "JIRAUSER1", "displayName": "Bob Day", "emailAddress": "bob@x.org"}
LINKS = [
    {
        "id": "1",
        "self": f"{SITE}/l/1",
        "type": {"id": "1", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
        "outwardIssue": {"id": "2", "key": "OPS-2", "fields": {"summary": "Disk", "status": {"name": "Done"}}},
    },
    {
        "id": "2",
        "self": f"{SITE}/l/2",
        "type": {"id": "1", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
        "inwardIssue": {"id": "3", "key": "OPS-3", "fields": {"summary": "Net"}},
    },
]

FIELDS: dict[str, tuple[str, Any]] = {
    "summary": ("Summary", " Printer\r\non fire "),
    "status": (
        "Status",
        {"self": SITE, "name": "Läuft", "id": "3", "statusCategory": {"id": 4, "key": "indeterminate"}},
    ),
    "priority": ("Priority", {"self": SITE, "iconUrl": SITE, "name": "High", "id": "2"}),
    "resolution": ("Resolution", None),
    "issuetype": ("Issue Type", {"self": SITE, "id": "1", "name": "Bug", "subtask": False}),
    "project": ("Project", {"self": SITE, "id": "9", "key": "OPS", "name": "Operations"}),
    "assignee": ("Assignee", ANNA),
    "reporter": ("Reporter", BOB),
    "labels": ("Labels", ["db", "urgent"]),
    "components": ("Component/s", [{"self": SITE, "id": "1", "name": "Net"}, {"self": SITE, "id": "2", "name": "DB"}]),
    "fixVersions": ("Fix Version/s", [{"self": SITE, "id": "1", "name": "1.10", "released": True, "archived": False}]),
    "duedate": ("Due Date", "2026-05-11"),
    "created": ("Created", UPDATED),
    "updated": ("Updated", UPDATED),
    "parent": ("Parent", {"id": "5", "key": "OPS-5", "self": SITE, "fields": {"summary": "Epic"}}),
    "subtasks": ("Sub-Tasks", [{"id": "6", "key": "OPS-6", "self": SITE, "fields": {"summary": "Part"}}]),
    "issuelinks": ("Linked Issues", LINKS),
    "timetracking": ("Time Tracking", {"originalEstimate": "1d", "timeSpentSeconds": 3600}),
    "watches": ("Watchers", {"self": SITE, "watchCount": 3, "isWatching": False}),
    "votes": ("Votes", {"self": SITE, "votes": 0, "hasVoted": False}),
    "security": ("Security Level", {"self": SITE, "id": "1", "name": "Board", "description": ""}),
    "attachment": ("Attachment", [{"id": 1, "filename": "a.txt", "created": UPDATED, "size": 3}]),
    "customfield_1": ("Severity", {"self": SITE, "value": "Major", "id": "10021"}),
    "customfield_2": (
        "Service",
        {"self": SITE, "value": "Payments", "id": "1", "child": {"value": "Ledger", "id": "2"}},
    ),
    "customfield_3": ("Approvers", [ANNA, BOB]),
    "customfield_4": ("Sprint", [CLOUD_SPRINT]),
    "customfield_5": ("Old Sprint", [JAVA_SPRINT]),
    "customfield_6": ("Story Points", 1.0),
    "customfield_7": ("Ratio", 1.25),
    "customfield_8": ("Detected At", UPDATED),
    "customfield_9": ("Panel", {"hasEpicLinkFieldDependency": False, "showField": False, "nonEditableReason": {}}),
    "customfield_10": ("Development", "{}"),
    "customfield_11": ("Runbook", "https://x.example/r?a=1"),
    "customfield_12": ("Rank", "0|r02167:"),
    "customfield_13": ("Environments", [{"value": "Production", "id": "1"}, {"value": "Test", "id": "2"}]),
    "customfield_14": ("Team", "Blue"),
    "customfield_15": ("Team", "Red"),
    "customfield_16": ("a.b [c]", "odd name"),
    "customfield_17": ("Flag", True),
}


def read(path: str, **more: Any) -> str:
    """What a column becomes by this path."""
    raw = {"id": "1", "key": "OPS-1", "fields": {name: value for name, (_, value) in FIELDS.items()}}
    issue = issue_of(raw, {name: shown for name, (shown, _) in FIELDS.items()}, (), PLACE)
    quoted = path.replace("'", "''")
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    value = desired_for(mapping(f"fields: {{u_x: {{from: '{quoted}'{extra}}}}}"), issue).fields["u_x"]
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("summary", " Printer\non fire "),
        ("status", "Läuft"),
        ("status.id", "3"),
        ("status.statusCategory.key", "indeterminate"),
        ("priority", "High"),
        ("resolution", ""),
        ("resolution.name", ""),
        ("issuetype.name", "Bug"),
        ("issuetype.subtask", "false"),
        ("project.key", "OPS"),
        ("project", "Operations"),
        ("assignee", "Anna Berg"),
        ("assignee.accountId", "5b10"),
        ("assignee.emailAddress", ""),
        ("reporter", "Bob Day"),
        ("reporter.name", "bob"),
        ("labels", "db, urgent"),
        ("labels.0", "db"),
        ("components", "Net, DB"),
        ("components.name", "Net, DB"),
        ("Component/s", "Net, DB"),
        ("fixVersions.0.name", "1.10"),
        ("fixVersions.released", "true"),
        ("duedate", "2026-05-11"),
        ("created", "2024-05-01T12:00:00.742+0000"),
        ("parent", "OPS-5"),
        ("parent.fields.summary", "Epic"),
        ("subtasks", "OPS-6"),
        ("issuelinks", "blocks OPS-2, is blocked by OPS-3"),
        ("issuelinks.outwardIssue.key", "OPS-2"),
        ("issuelinks.type.name", "Blocks, Blocks"),
        ("timetracking.originalEstimate", "1d"),
        ("watches.watchCount", "3"),
        ("votes.votes", "0"),
        ("security", "Board"),
        ("attachment", "a.txt"),
        ("attachment.0.size", "3"),
        ("Severity", "Major"),
        ("customfield_1.value", "Major"),
        ("Service", "Payments / Ledger"),
        ("Service.value", "Payments"),
        ("Service.child.value", "Ledger"),
        ("Approvers", "Anna Berg, Bob Day"),
        ("Approvers.displayName", "Anna Berg, Bob Day"),
        ("Sprint", "Sprint 1"),
        ('fields["Sprint"].name', "Sprint 1"),
        ("Sprint.0.state", "active"),
        ("Sprint.boardId", "2"),
        ("Old Sprint", "Sprint 1"),
        ('fields["Old Sprint"].name', "Sprint 1"),
        ("Old Sprint.0.state", "active"),
        ("Old Sprint.boardId", "2"),
        ("Story Points", "1"),
        ("story points", "1"),
        ("Ratio", "1.25"),
        ("Panel.showField", "false"),
        ("Development", "{}"),
        ("Runbook", "https://x.example/r?a=1"),
        ("Rank", "0|r02167:"),
        ("Environments", "Production, Test"),
        ("customfield_14", "Blue"),
        ('fields["a.b [c]"]', "odd name"),
        ("Flag", "true"),
        ("Not There", ""),
    ],
)
def test_a_field_reads_as_a_person_would_say_it(path: str, text: str) -> None:
    assert read(path) == text


@pytest.mark.parametrize(
    ("path", "transform", "text"),
    [
        ("Detected At", "datetime", "2024-05-01 12:00:00"),
        ("Detected At", "date", "2024-05-01"),
        ("Sprint.0.startDate", "datetime", "2024-05-01 12:00:00"),
        ("duedate", "date", "2026-05-11"),
        ("duedate", "datetime", "2026-05-11 00:00:00"),
    ],
)
def test_times_are_written_as_servicenow_stores_them(path: str, transform: str, text: str) -> None:
    assert read(path, transform=transform) == text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("Team", r"names 2 fields \(customfield_14, customfield_15\); use the id"),
        ("Panel", "is an object without a name"),
        ("timetracking", "is an object without a name"),
        ("summary.name", "is a plain value"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_write_instead(path: str, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        read(path)
