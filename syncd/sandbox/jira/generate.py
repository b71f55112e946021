"""Makes up issues of an IT operations team, in the shape of Server's API v2. The same seed makes the same issues."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.sandbox.jira import catalog, fields, texts
from syncd.sandbox.jira.ingest import COMPONENTS, OPERATIONS
from syncd.sandbox.jira.model import Json

PEOPLE = (
    ("JIRAUSER10002", "alice", "Alice Archer"),
    ("JIRAUSER10003", "bruno", "Bruno Bach"),
    ("JIRAUSER10004", "chen", "Chen Wei"),
    ("JIRAUSER10005", "dana", "Dana Díaz"),
)
_TYPES = (catalog.INCIDENT, catalog.INCIDENT, catalog.BUG, catalog.TASK)
ODD = {"hasEpicLinkFieldDependency": False, "showField": False, "nonEditableReason": {"reason": "PLUGIN_LICENSE_ERROR"}}
"""What some plug-ins put where a value should be (facts 5.6)."""

_SUMMARIES = {"Incident": texts.INCIDENTS, "Bug": texts.BUGS, "Task": texts.TASKS}


def generate_issues(
    n: int, seed: int = 1, *, now: datetime | None = None, project: dict[str, str] | None = None, days: float = 30
) -> list[dict[str, Json]]:
    """`n` issues, created and changed within the last `days` days before `now`; OPS-1 is the oldest."""
    maker = _Maker(random.Random(seed), project or OPERATIONS)
    end = (now or datetime.now(UTC)).replace(microsecond=0)
    starts = sorted(end - timedelta(seconds=maker.random.uniform(3600, days * 86400)) for _ in range(n))
    return [maker.issue(number, start, end) for number, start in enumerate(starts, 1)]


class _Maker:
    def __init__(self, chance: random.Random, project: dict[str, str]) -> None:
        self.random = chance
        self._project = project
        self._comments = 10000

    def issue(self, number: int, created: datetime, end: datetime) -> dict[str, Json]:
        chance = self.random
        component = chance.randrange(len(texts.SERVICES))
        words = self._words(component, created)
        kind = chance.choice(_TYPES)
        status = chance.choice(catalog.STATUSES)
        reporter = chance.choice(PEOPLE)
        moments = sorted(created + (end - created) * chance.random() for _ in range(chance.randint(0, 5)))
        comments = [self._comment(moment, words) for moment in moments]
        updated = max([created, *moments])
        values: dict[str, Any] = {
            "project": self._project,
            "summary": chance.choice(_SUMMARIES[kind.name]).format(**words),
            "description": chance.choice(texts.DESCRIPTIONS).format(**words) if chance.random() < 0.93 else None,
            "issuetype": _type(kind),
            "status": _status(status),
            "priority": _named(chance.choices(catalog.PRIORITIES, (1, 3, 6, 3, 1))[0]),
            "labels": sorted(chance.sample(texts.LABELS, chance.randint(0, 3))),
            "components": [_component(component)],
            "reporter": _person(reporter),
            "creator": _person(reporter),
            "assignee": _person(chance.choice(PEOPLE)) if chance.random() < 0.8 else None,
            "created": _text(created),
            "updated": _text(updated),
            "customfield_10030": {"value": chance.choice(fields.SEVERITIES).value},
            "comment": {"comments": comments, "total": len(comments), "startAt": 0, "maxResults": len(comments)},
        }
        if chance.random() < 0.4:
            values["customfield_10016"] = float(chance.choice((1, 2, 3, 5, 8)))
        if chance.random() < 0.2:
            values["customfield_10037"] = ODD
        if chance.random() < 0.3:
            values["duedate"] = (created + timedelta(days=14)).date().isoformat()
        if status is catalog.DONE:
            values["resolution"] = _named(chance.choices(catalog.RESOLUTIONS, (8, 1, 1, 1))[0])
            values["resolutiondate"] = _text(updated)
        return {"id": str(10000 + number), "key": f"{self._project['key']}-{number}", "fields": values}

    def _comment(self, at: datetime, words: dict[str, str]) -> dict[str, Json]:
        chance = self.random
        self._comments += 1
        author = _person(chance.choice(PEOPLE))
        raw: dict[str, Json] = {"id": str(self._comments), "author": author, "updateAuthor": author}
        raw |= {"created": _text(at), "updated": _text(at)}
        fate = chance.random()
        if fate < 0.06:
            raw["body"] = chance.choice(texts.INTERNAL).format(**words)
            raw["properties"] = [{"key": "sd.public.comment", "value": {"internal": True}}]
        elif fate < 0.1:
            raw["body"] = chance.choice(texts.RESTRICTED).format(**words)
            raw["visibility"] = {"type": "role", "value": "Administrators"}
        else:
            raw["body"] = chance.choice(texts.COMMENTS).format(**words)
        return raw

    def _words(self, component: int, at: datetime) -> dict[str, str]:
        chance = self.random
        service = chance.choice(texts.SERVICES[component][1:])
        host = f"{service}-{chance.randint(1, 9)}.example.com"
        return {"service": service, "host": host, "time": f"{at:%H:%M}", "person": chance.choice(PEOPLE)[1]}


def _type(value: Any) -> Json:
    return {"id": value.id, "name": value.name, "subtask": value.subtask, "description": value.description}


def _status(value: Any) -> Json:
    category = value.category
    shape = {"id": category.id, "key": category.key, "colorName": category.color, "name": category.name}
    return {"id": value.id, "name": value.name, "description": value.description, "statusCategory": shape}


def _named(value: Any) -> Json:
    return {"id": value.id, "name": value.name}


def _component(number: int) -> Json:
    return {"id": COMPONENTS[number].id, "name": COMPONENTS[number].name}


def _person(who: tuple[str, str, str]) -> Json:
    key, name, shown = who
    return {"key": key, "name": name, "displayName": shown, "emailAddress": f"{name}@example.com", "active": True}


def _text(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
