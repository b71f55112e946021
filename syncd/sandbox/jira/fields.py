"""The fields of a site: system fields and custom ones, with what `/field` says of them and what may be done with them.

Two custom fields share the name "Team" on purpose: names are neither unique nor stable (facts 5.8).
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.sandbox.jira.model import Flavour, Json, Option


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` decides how a value is read, written, shown and searched. `names` are what JQL calls it."""

    id: str
    name: str
    kind: str
    names: tuple[str, ...] = ()
    navigable: bool = True
    editable: bool = False
    custom_type: str = ""
    options: tuple[Option, ...] = ()

    @property
    def custom(self) -> bool:
        return self.id.startswith("customfield_")


_SCHEMA_TYPES = {
    "text": "string",
    "rich": "string",
    "url": "string",
    "labels": "array",
    "components": "array",
    "versions": "array",
    "options": "array",
    "users": "array",
    "sprints": "array",
    "attachments": "array",
    "links": "array",
    "subtasks": "array",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "option": "option",
    "cascade": "option-with-child",
    "security": "securitylevel",
    "comments": "comments-page",
    "odd": "any",
    "rank": "any",
    "string": "string",
    "timetracking": "timetracking",
    "worklog": "array",
    "parent": "issuelink",
}
_ITEM_TYPES = {
    "labels": "string",
    "components": "component",
    "versions": "version",
    "options": "option",
    "users": "user",
    "sprints": "json",
    "attachments": "attachment",
    "links": "issuelinks",
    "subtasks": "issuelinks",
    "worklog": "worklog",
}

_CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"

SEVERITIES = tuple(Option(str(10021 + n), name) for n, name in enumerate(("Critical", "Major", "Minor")))
SERVICES = (
    Option("10031", "Payments", Option("10041", "Card gateway")),
    Option("10031", "Payments", Option("10042", "Ledger")),
    Option("10032", "Network", Option("10043", "VPN")),
    Option("10032", "Network"),
)
ENVIRONMENTS = (Option("10051", "Production"), Option("10052", "Staging"), Option("10053", "Test"))

SYSTEM_FIELDS = (
    Field("issuetype", "Issue Type", "issuetype", ("issuetype", "type"), editable=True),
    Field("project", "Project", "project", ("project",)),
    Field("summary", "Summary", "text", ("summary",), editable=True),
    Field("description", "Description", "rich", ("description",), editable=True),
    Field("environment", "Environment", "rich", ("environment",), editable=True),
    Field("status", "Status", "status", ("status",)),
    Field("statuscategorychangedate", "Status Category Changed", "datetime", ("statusCategoryChangedDate",)),
    Field("priority", "Priority", "priority", ("priority",), editable=True),
    Field("resolution", "Resolution", "resolution", ("resolution",)),
    Field("resolutiondate", "Resolved", "datetime", ("resolutiondate", "resolved")),
    Field("assignee", "Assignee", "user", ("assignee",), editable=True),
    Field("reporter", "Reporter", "user", ("reporter",), editable=True),
    Field("creator", "Creator", "user", ("creator",)),
    Field("labels", "Labels", "labels", ("labels",), editable=True),
    Field("components", "Component/s", "components", ("component",), editable=True),
    Field("fixVersions", "Fix Version/s", "versions", ("fixVersion",), editable=True),
    Field("versions", "Affects Version/s", "versions", ("affectedVersion",), editable=True),
    Field("duedate", "Due Date", "date", ("due", "duedate"), editable=True),
    Field("created", "Created", "datetime", ("created", "createdDate")),
    Field("updated", "Updated", "datetime", ("updated", "updatedDate")),
    Field("lastViewed", "Last Viewed", "datetime", ("lastViewed",)),
    Field("security", "Security Level", "security", ("level",)),
    Field("parent", "Parent", "parent", ("parent",)),
    Field("subtasks", "Sub-Tasks", "subtasks", ("subtasks",)),
    Field("issuelinks", "Linked Issues", "links", ()),
    Field("votes", "Votes", "votes", ("votes",)),
    Field("watches", "Watchers", "watches", ("watchers",)),
    Field("workratio", "Work Ratio", "number", ("workratio",)),
    Field("progress", "Progress", "progress", ("progress",)),
    Field("attachment", "Attachment", "attachments", ("attachments",), navigable=False),
    Field("comment", "Comment", "comments", ("comment",), navigable=False),
    Field("worklog", "Log Work", "worklog", (), navigable=False),
    Field("timetracking", "Time Tracking", "timetracking", (), navigable=False),
)

CUSTOM_FIELDS = (
    Field(
        "customfield_10000",
        "Development",
        "string",
        custom_type="com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf",
    ),
    Field("customfield_10016", "Story Points", "number", editable=True, custom_type=_CUSTOM + "float"),
    Field("customfield_10019", "Rank", "rank", custom_type="com.pyxis.greenhopper.jira:gh-lexo-rank"),
    Field("customfield_10020", "Sprint", "sprints", custom_type="com.pyxis.greenhopper.jira:gh-sprint"),
    Field("customfield_10030", "Severity", "option", editable=True, custom_type=_CUSTOM + "select", options=SEVERITIES),
    Field(
        "customfield_10031",
        "Affected Service",
        "cascade",
        editable=True,
        custom_type=_CUSTOM + "cascadingselect",
        options=SERVICES,
    ),
    Field("customfield_10032", "Root Cause", "rich", editable=True, custom_type=_CUSTOM + "textarea"),
    Field("customfield_10033", "Team", "text", editable=True, custom_type=_CUSTOM + "textfield"),
    Field("customfield_10034", "Team", "text", custom_type="com.atlassian.teams:rm-teams-custom-field-team"),
    Field("customfield_10035", "Approvers", "users", editable=True, custom_type=_CUSTOM + "multiuserpicker"),
    Field("customfield_10036", "Detected At", "datetime", editable=True, custom_type=_CUSTOM + "datetime"),
    Field("customfield_10037", "Epic Panel", "odd", custom_type="com.example.vendor:panel"),
    Field(
        "customfield_10038",
        "Environments",
        "options",
        editable=True,
        custom_type=_CUSTOM + "multiselect",
        options=ENVIRONMENTS,
    ),
    Field("customfield_10039", "Runbook", "url", editable=True, custom_type=_CUSTOM + "url"),
)

FIELDS = {field.id: field for field in (*SYSTEM_FIELDS, *CUSTOM_FIELDS)}


def schema_of(field: Field) -> Json:
    kind = "string" if field.kind in ("text", "rich", "url") else _SCHEMA_TYPES.get(field.kind, field.kind)
    schema: dict[str, Json] = {"type": kind}
    if field.kind in _ITEM_TYPES:
        schema["items"] = _ITEM_TYPES[field.kind]
    if field.custom:
        schema["custom"] = field.custom_type
        schema["customId"] = int(field.id.removeprefix("customfield_"))
    else:
        schema["system"] = field.id
    return schema


def described(field: Field, flavour: Flavour) -> Json:
    """The field as `/field` lists it. Data Center has no `key` (facts 5.8)."""
    names = [f"cf[{field.id.removeprefix('customfield_')}]", field.name] if field.custom else list(field.names)
    answer: dict[str, Json] = {"id": field.id}
    if flavour is Flavour.CLOUD:
        answer["key"] = field.id
    return answer | {
        "name": field.name,
        "custom": field.custom,
        "orderable": field.editable,
        "navigable": field.navigable,
        "searchable": True,
        "clauseNames": names,
        "schema": schema_of(field),
    }


ISSUE_KEY = {
    "id": "issuekey",
    "name": "Key",
    "custom": False,
    "orderable": False,
    "navigable": True,
    "searchable": False,
    "clauseNames": ["id", "issue", "issuekey", "key"],
}
"""The one entry of `/field` that is no field and has no schema."""
