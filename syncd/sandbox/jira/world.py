"""The state of the site: issues by id and by every key they ever had, projects, and the named values in use.

Knows what is, not who may see it (`access`), nor how it came to change (`writer`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from syncd.sandbox.jira import catalog
from syncd.sandbox.jira.model import (
    Comment,
    Issue,
    IssueType,
    Priority,
    Project,
    Resolution,
    SecurityLevel,
    Status,
)


class World:
    """`put` and `drop` are the only two ways in which an issue changes; `watch` hears of both.

    `issues` are in the order of their last change.
    """

    def __init__(self) -> None:
        self.issues: dict[int, Issue] = {}
        self.projects: dict[str, Project] = {}
        self.statuses: dict[str, Status] = {s.id: s for s in catalog.STATUSES}
        self.priorities: dict[str, Priority] = {p.id: p for p in catalog.PRIORITIES}
        self.issue_types: dict[str, IssueType] = {t.id: t for t in catalog.ISSUE_TYPES}
        self.resolutions: dict[str, Resolution] = {r.id: r for r in catalog.RESOLUTIONS}
        self.security_levels: dict[str, SecurityLevel] = {s.id: s for s in catalog.SECURITY_LEVELS}
        self.watch: Callable[[int, Issue | None], None] = lambda issue_id, issue: None
        self.version = 0  # moves with every change of an issue or a project
        self._ids_by_key: dict[str, int] = {}
        self._children: dict[int, list[int]] = {}
        self._comments: dict[str, int] = {}
        self._last_number: dict[str, int] = {}
        self._next_id = 10000
        self._serials = {
            kind: count(start)
            for kind, start in (
                ("comment", 10000),
                ("attachment", 10000),
                ("history", 20000),
                ("link", 10000),
                ("project", 10000),
            )
        }

    # ---- finding

    def issue(self, id_or_key: str | int) -> Issue | None:
        """By numeric id or by any key it ever had, in any case of letters (facts 4.2)."""
        text = str(id_or_key)
        issue_id = int(text) if text.isdecimal() else self._ids_by_key.get(text.upper())
        return self.issues.get(issue_id) if issue_id is not None else None

    def children(self, issue_id: int) -> Iterator[Issue]:
        return (self.issues[child] for child in self._children.get(issue_id, ()) if child in self.issues)

    def comment(self, comment_id: str) -> tuple[Issue, Comment] | None:
        issue = self.issues.get(self._comments.get(comment_id, -1))
        for comment in issue.comments if issue else ():
            if comment.id == comment_id:
                assert issue is not None
                return issue, comment
        return None

    def project(self, id_or_key: str) -> Project | None:
        found = self.projects.get(id_or_key.upper())
        return found or next((p for p in self.projects.values() if p.id == id_or_key), None)

    # ---- changing

    def put(self, issue: Issue) -> Issue:
        self.version += 1
        old = self.issues.pop(issue.id, None)
        self.issues[issue.id] = issue
        if old is None:
            self._next_id = max(self._next_id, issue.id + 1)
            if issue.parent is not None:
                self._children.setdefault(issue.parent, []).append(issue.id)
        if old is None or old.key != issue.key:
            self._ids_by_key[issue.key.upper()] = issue.id
            self._last_number[issue.project] = max(self._last_number.get(issue.project, 0), issue.number)
        if old is None or old.comments is not issue.comments:
            self._comments.update((comment.id, issue.id) for comment in issue.comments)
        self.watch(issue.id, issue)
        return issue

    def drop(self, issue_id: int) -> None:
        """Forget the issue. Its key is not given out again."""
        self.version += 1
        del self.issues[issue_id]
        self.watch(issue_id, None)

    def put_project(self, project: Project) -> Project:
        self.version += 1
        self.projects[project.key] = project
        return project

    def set_project_state(self, key: str, state: str) -> None:
        self.put_project(replace(self.projects[key], state=state))

    # ---- numbers

    def new_issue_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def new_key(self, project: str) -> str:
        self._last_number[project] = self._last_number.get(project, 0) + 1
        return f"{project}-{self._last_number[project]}"

    def new_number(self, kind: str) -> int:
        return next(self._serials[kind])

    def reserve(self, kind: str, number: int) -> None:
        """Numbers up to this one are taken."""
        upcoming = next(self._serials[kind])
        self._serials[kind] = count(max(upcoming, number + 1))
