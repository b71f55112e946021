"""Fills a site with issues in the shape that Server's API v2 shows them: exported ones and made-up ones alike.

What the issues name (projects, people, statuses, priorities, types, resolutions, components, versions) becomes part of
the site. Values without a home there (board fields like `flagged`) are left behind, closed sprints become the Sprint
field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from syncd.sandbox.jira import catalog
from syncd.sandbox.jira.fields import FIELDS
from syncd.sandbox.jira.model import (
    Attachment,
    Category,
    Comment,
    Component,
    Issue,
    IssueType,
    Json,
    Priority,
    Project,
    Resolution,
    Rich,
    Status,
    Version,
    Visibility,
)
from syncd.sandbox.jira.people import STAFF, People
from syncd.sandbox.jira.texts import SERVICES
from syncd.sandbox.jira.world import World

RICH = frozenset(f.id for f in FIELDS.values() if f.kind == "rich")
PASSED_ON = ("summary", "duedate", "workratio")


OPERATIONS = {"id": "10000", "key": "OPS", "name": "Platform Operations", "template": "operations"}
"""A project with this `template` has every type, status and component from the start, whatever its issues use."""

COMPONENTS = tuple(Component(str(10100 + n), service[0]) for n, service in enumerate(SERVICES))


def ingest(rows: Iterable[Mapping[str, Json]], world: World, people: People) -> None:
    """Issues in any order; parents may come after their subtasks."""
    reader = _Reader(world, people)
    for row in rows:
        world.put(reader.issue(row))
    if not world.projects:
        reader.project(OPERATIONS)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class _Reader:
    def __init__(self, world: World, people: People) -> None:
        self._world = world
        self._people = people

    def issue(self, row: Mapping[str, Json]) -> Issue:
        raw = row["fields"]
        project = self.project(raw["project"])
        fields: dict[str, Any] = {name: raw[name] for name in PASSED_ON if name in raw}
        fields |= {name: Rich(raw[name]) for name in RICH if raw.get(name)}
        fields |= {name: self.user(raw.get(name)) for name in ("assignee", "reporter", "creator")}
        fields["issuetype"] = self._issue_type(raw["issuetype"])
        fields["status"] = self._status(raw["status"])
        fields["priority"] = self._priority(raw.get("priority"))
        fields["resolution"] = self._resolution(raw.get("resolution"))
        if raw.get("resolutiondate"):
            fields["resolutiondate"] = moment(raw["resolutiondate"])
        fields["labels"] = tuple(raw.get("labels") or ())
        fields["components"] = tuple(
            Component(c["id"], c["name"], c.get("description", "")) for c in raw.get("components") or ()
        )
        for name in ("fixVersions", "versions"):
            fields[name] = tuple(_version(v) for v in raw.get(name) or ())
        fields["issuelinks"] = tuple(raw.get("issuelinks") or ())
        if raw.get("closedSprints"):
            fields["customfield_10020"] = tuple(raw["closedSprints"])
        fields |= self._custom(raw)
        self._used(project.key, fields)
        comments = tuple(self.comment(c) for c in (raw.get("comment") or {}).get("comments", ()))
        attachments = tuple(self._attachment(a) for a in raw.get("attachment") or ())
        level = (raw.get("security") or {}).get("name")
        return Issue(
            id=int(row["id"]),
            key=row["key"],
            project=project.key,
            fields=fields,
            created=moment(raw["created"]),
            updated=moment(raw["updated"]),
            comments=comments,
            attachments=attachments,
            parent=int(raw["parent"]["id"]) if raw.get("parent") else None,
            security=next((s for s in self._world.security_levels.values() if s.name == level), None),
        )

    def comment(self, raw: Mapping[str, Json]) -> Comment:
        self._world.reserve("comment", int(raw["id"]))
        visibility = raw.get("visibility")
        author = self.user(raw.get("author"))
        return Comment(
            id=str(raw["id"]),
            author=author,
            update_author=self.user(raw.get("updateAuthor")) or author,
            body=Rich(raw.get("body") or ""),
            created=moment(raw["created"]),
            updated=moment(raw["updated"]),
            visibility=Visibility(visibility["type"], visibility["value"]) if visibility else None,
            properties={p["key"]: p["value"] for p in raw.get("properties") or ()},
        )

    def user(self, raw: Mapping[str, Json] | None) -> str | None:
        if not raw:
            return None
        known = self._people.get(raw["key"]) or self._people.find(raw.get("name"))
        if known is None:
            known = self._people.add(
                raw["key"],
                raw["name"],
                raw["displayName"],
                raw.get("emailAddress") or "",
                zone=raw.get("timeZone"),
                active=raw.get("active", True),
                groups=STAFF,
            )
        return known.key

    def project(self, raw: Mapping[str, Json]) -> Project:
        known = self._world.projects.get(raw["key"])
        if known is not None:
            return known
        bot = self._people.bot.key
        roles = {"Administrators": frozenset({bot, "JIRAUSER10001"}), "Developers": frozenset({"JIRAUSER10002"})}
        category = raw.get("projectCategory")
        project = Project(raw["id"], raw["key"], raw["name"], bot, category=category, roles=roles)
        if raw.get("template") == "operations":
            project = replace(
                project, issue_types=catalog.ISSUE_TYPES, statuses=catalog.STATUSES, components=COMPONENTS
            )
        return self._world.put_project(project)

    def _used(self, key: str, fields: Mapping[str, Any]) -> None:
        """The project offers what its issues use."""
        project = self._world.projects[key]
        grown = replace(
            project,
            issue_types=_with(project.issue_types, fields["issuetype"]),
            statuses=_with(project.statuses, fields["status"]),
            components=_with(project.components, *fields["components"]),
            versions=_with(project.versions, *fields["fixVersions"], *fields["versions"]),
        )
        if grown != project:
            self._world.put_project(grown)

    def _status(self, raw: Mapping[str, Json]) -> Status:
        known = self._world.statuses.get(raw["id"])
        if known is None or known.name != raw["name"]:
            category: Category = catalog.CATEGORIES[raw["statusCategory"]["key"]]
            known = Status(raw["id"], raw["name"], category, raw.get("description", ""))
            self._world.statuses[known.id] = known
        return known

    def _priority(self, raw: Mapping[str, Json] | None) -> Priority | None:
        if raw is None:
            return None
        known = self._world.priorities.get(raw["id"])
        if known is None or known.name != raw["name"]:
            known = Priority(raw["id"], raw["name"])
            self._world.priorities[known.id] = known
        return known

    def _issue_type(self, raw: Mapping[str, Json]) -> IssueType:
        made = IssueType(raw["id"], raw["name"], raw.get("subtask", False), raw.get("description", ""))
        return self._world.issue_types.setdefault(made.id, made)

    def _resolution(self, raw: Mapping[str, Json] | None) -> Resolution | None:
        if raw is None:
            return None
        made = Resolution(raw["id"], raw["name"], raw.get("description", ""))
        return self._world.resolutions.setdefault(made.id, made)

    def _attachment(self, raw: Mapping[str, Json]) -> Attachment:
        self._world.reserve("attachment", int(raw["id"]))
        return Attachment(
            str(raw["id"]),
            raw["filename"],
            self.user(raw.get("author")),
            moment(raw["created"]),
            raw["size"],
            raw.get("mimeType") or "application/octet-stream",
        )

    def _custom(self, raw: Mapping[str, Json]) -> dict[str, Any]:
        """The custom fields that made-up issues carry."""
        values: dict[str, Any] = {}
        for name, value in raw.items():
            field = FIELDS.get(name)
            if field is None or not field.custom or value is None:
                continue
            if field.kind == "option":
                values[name] = next(o for o in field.options if o.value == value["value"])
            elif field.kind == "options":
                values[name] = tuple(o for o in field.options if o.value in {v["value"] for v in value})
            elif field.kind == "cascade":
                child = (value.get("child") or {}).get("value")
                values[name] = next(
                    o
                    for o in field.options
                    if o.value == value["value"] and (o.child.value if o.child else None) == child
                )
            elif field.kind == "users":
                values[name] = tuple(key for key in (self.user(v) for v in value) if key)
            elif field.kind == "datetime":
                values[name] = moment(value)
            elif field.kind == "rich":
                values[name] = Rich(value)
            else:
                values[name] = value
        return values


def _version(raw: Mapping[str, Json]) -> Version:
    return Version(
        raw["id"],
        raw["name"],
        raw.get("description", ""),
        raw.get("archived", False),
        raw.get("released", False),
        raw.get("releaseDate"),
    )


def _with(known: tuple[Any, ...], *used: Any) -> tuple[Any, ...]:
    return known + tuple(value for value in dict.fromkeys(used) if value not in known)
