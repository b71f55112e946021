"""Who may see and do what. What is hidden looks exactly like something that is not there (facts 4.4, 4.8)."""

from __future__ import annotations

from collections.abc import Callable

from syncd.sandbox.jira.model import Comment, Issue, Project, User
from syncd.sandbox.jira.world import World


class Access:
    """Rights by (user key, project key) that were taken away; everything else is allowed to members of staff.

    `strangers` says whether people who have not logged in may browse (facts 7.17).
    """

    def __init__(self, world: World, strangers: Callable[[], bool] = lambda: False) -> None:
        self._world = world
        self._strangers = strangers
        self.denied: dict[str, set[tuple[str, str]]] = {}
        self.version = 0

    def deny(self, right: str, user: User, project: str) -> None:
        """`right` is browse, edit, comment, transition, create, delete or attach."""
        self.version += 1
        self.denied.setdefault(right, set()).add((user.key, project))

    def allow(self, right: str, user: User, project: str) -> None:
        self.version += 1
        self.denied.get(right, set()).discard((user.key, project))

    def sees_project(self, user: User | None, project: Project | None) -> bool:
        if user is None:
            return project is not None and self._strangers()
        if project is None or not user.groups:
            return False
        return (user.key, project.key) not in self.denied.get("browse", ())

    def sees(self, user: User | None, issue: Issue) -> bool:
        project = self._world.projects.get(issue.project)
        if project is None or project.state == "deleted" or not self.sees_project(user, project):
            return False
        if issue.security is not None:
            return user is not None and bool(user.groups & issue.security.groups)
        return True

    def may(self, user: User | None, right: str, issue: Issue) -> bool:
        if user is None or not self.sees(user, issue) or issue.archived is not None:
            return False
        if self._world.projects[issue.project].state != "live":
            return False
        return (user.key, issue.project) not in self.denied.get(right, ())

    def reads(self, user: User | None, issue: Issue, comment: Comment) -> bool:
        """Whether this comment exists for this user."""
        if user is None:
            return self._strangers() and comment.visibility is None and not comment.internal
        if comment.internal and user.account_type == "customer":
            return False
        if comment.visibility is None:
            return True
        if comment.visibility.type == "group":
            return comment.visibility.value in user.groups
        members = self._world.projects[issue.project].roles.get(comment.visibility.value, frozenset())
        return user.key in members
