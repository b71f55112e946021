"""The demo's people: each step, one of them does one thing that people do with issues."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.sandbox.jira import texts
from syncd.sandbox.jira.generate import PEOPLE
from syncd.sandbox.jira.model import Issue
from syncd.sandbox.jira.sandbox import JiraSandbox
from syncd.sandbox.jira.workflow import transitions

_DEEDS = {"create": 2, "edit": 3, "comment": 5, "edit_comment": 1, "transition": 3}
_RECENT = 40


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, to which issue, by whom."""

    verb: str
    issue: str
    person: str


class LiveUsers:
    """Deterministic under its seed for the same site and the same order of steps.

    They work in `project`, by default the site's first, with the types and priorities that there are.
    """

    def __init__(self, sandbox: JiraSandbox, seed: int = 1, project: str | None = None) -> None:
        self._sandbox = sandbox
        self._random = random.Random(seed)
        self._project = project or next(iter(sandbox.site.world.projects))

    def step(self) -> Deed:
        """One random deed. On an empty project it is always a new issue."""
        person = self._random.choice(PEOPLE)[1]
        verb = self._random.choices(list(_DEEDS), list(_DEEDS.values()))[0]
        with self._sandbox.site.lock:
            issue = self._pick()
            if verb == "create" or issue is None:
                return self._create(person)
            if verb == "edit":
                return self._edit(issue, person)
            if verb == "transition":
                return self._transition(issue, person)
            if verb == "edit_comment" and issue.comments:
                return self._edit_comment(issue, person)
            return self._comment(issue, person)

    def _pick(self) -> Issue | None:
        """Mostly one of the issues that changed last, as in life."""
        issues = [i for i in self._sandbox.site.world.issues.values() if i.project == self._project and not i.archived]
        if not issues:
            return None
        return self._random.choice(issues[-_RECENT:] if self._random.random() < 0.8 else issues)

    def _create(self, person: str) -> Deed:
        home = self._sandbox.site.world.projects[self._project]
        summaries = {"Incident": texts.INCIDENTS, "Bug": texts.BUGS, "Task": texts.TASKS, "Story": texts.TASKS}
        kind = self._random.choice([kind.name for kind in home.issue_types if kind.name in summaries])
        words = self._words()
        issue = self._sandbox.act.create(
            self._project,
            summary=self._random.choice(summaries[kind]).format(**words),
            type=kind,
            fields={
                "description": self._random.choice(texts.DESCRIPTIONS).format(**words),
                "priority": self._priority(),
                "labels": [self._random.choice(texts.LABELS)],
                "assignee": self._random.choice(PEOPLE)[1],
            },
            as_user=person,
            status=next((status.name for status in home.statuses if status.category.key == "new"), None),
        )
        return Deed("create", issue.key, person)

    def _edit(self, issue: Issue, person: str) -> Deed:
        changes: tuple[dict[str, object], ...] = (
            {"priority": self._priority()},
            {"assignee": self._random.choice(PEOPLE)[1]},
            {"labels": self._random.sample(texts.LABELS, 2)},
            {"summary": f"{str(issue.fields['summary']).removesuffix(' (again)')} (again)"},
            {"description": self._random.choice(texts.DESCRIPTIONS).format(**self._words())},
        )
        self._sandbox.act.edit(issue.key, self._random.choice(changes), person)
        return Deed("edit", issue.key, person)

    def _transition(self, issue: Issue, person: str) -> Deed:
        possible = transitions(issue, self._sandbox.site.world.projects[issue.project])
        if not possible:
            return self._comment(issue, person)
        self._sandbox.act.transition(issue.key, self._random.choice(possible).to.name, person)
        return Deed("transition", issue.key, person)

    def _comment(self, issue: Issue, person: str) -> Deed:
        fate = self._random.random()
        words = self._words()
        if fate < 0.1:
            text = self._random.choice(texts.INTERNAL).format(**words)
            self._sandbox.act.comment(issue.key, text, person, internal=True)
        elif fate < 0.15:
            text = self._random.choice(texts.RESTRICTED).format(**words)
            self._sandbox.act.comment(issue.key, text, person, role="Administrators")
        else:
            self._sandbox.act.comment(issue.key, self._random.choice(texts.COMMENTS).format(**words), person)
        return Deed("comment", issue.key, person)

    def _edit_comment(self, issue: Issue, person: str) -> Deed:
        comment = self._random.choice(issue.comments)
        self._sandbox.act.edit_comment(comment.id, f"{comment.body.wiki}\r\n\r\n_Edit:_ see below.", person)
        return Deed("edit_comment", issue.key, person)

    def _priority(self) -> str:
        return self._random.choice([priority.name for priority in self._sandbox.site.world.priorities.values()])

    def _words(self) -> dict[str, str]:
        service = self._random.choice(self._random.choice(texts.SERVICES)[1:])
        host = f"{service}-{self._random.randint(1, 9)}.example.com"
        time = f"{datetime.now(UTC):%H:%M}"
        return {"service": service, "host": host, "time": time, "person": self._random.choice(PEOPLE)[1]}
