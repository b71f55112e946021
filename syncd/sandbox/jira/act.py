"""People at work: every way to change the site without going through its REST API, as any user.

For tests (`sandbox.act.comment("OPS-1", "done", as_user="bruno")`), for the control API and for the demo's live users.
Values are friendly: names instead of objects, logins instead of account ids. A mistake is an exception, not a 400.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.sandbox.jira.fields import FIELDS, Field
from syncd.sandbox.jira.model import Attachment, Comment, Issue, Json, Project, Rich, Status, User, Visibility
from syncd.sandbox.jira.rest.reader import Reader
from syncd.sandbox.jira.site import Site

_NAMED = ("priority", "resolution", "issuetype")
_LISTED = ("components", "versions")
_UNCHECKED = ("odd", "sprints")
"""What plug-ins store as they like."""


class Act:
    """Each verb is one transaction. `issue` is a key or an id, `as_user` a login, e-mail, key or account id."""

    def __init__(self, site: Site) -> None:
        self._site = site

    # ---- issues

    def create(
        self,
        project: str = "OPS",
        *,
        summary: str,
        type: str = "Task",
        fields: Mapping[str, Any] | None = None,
        as_user: str = "alice",
        status: str | None = None,
    ) -> Issue:
        with self._site.lock:
            home = self._site.world.projects[project]
            kind = next(t for t in home.issue_types if t.name == type)
            values = self._values(home, {"summary": summary, **(fields or {})})
            first = self._status(status) if status else home.statuses[0]
            return self._site.writer.create(project, kind, first, values, self._user(as_user))

    def edit(self, issue: str, fields: Mapping[str, Any], as_user: str = "alice") -> Issue:
        with self._site.lock:
            held = self._issue(issue)
            values = self._values(self._site.world.projects[held.project], fields)
            return self._site.writer.edit(held, values, self._user(as_user))

    def transition(
        self, issue: str, status: str, as_user: str = "alice", fields: Mapping[str, Any] | None = None
    ) -> Issue:
        """Into a status by name, whatever the workflow says."""
        with self._site.lock:
            held = self._issue(issue)
            values = self._values(self._site.world.projects[held.project], fields or {})
            return self._site.writer.transition(held, self._status(status), values, self._user(as_user))

    def move(self, issue: str, project: str, as_user: str = "alice") -> Issue:
        """To another project, which is made if there is none."""
        with self._site.lock:
            held = self._issue(issue)
            if project not in self._site.world.projects:
                self.add_project(project)
            return self._site.writer.move(held, project, self._user(as_user))

    def delete(self, issue: str, as_user: str = "admin") -> None:
        with self._site.lock:
            self._site.writer.delete(self._issue(issue), self._user(as_user))

    def archive(self, issue: str, as_user: str = "admin") -> Issue:
        with self._site.lock:
            return self._site.writer.archive(self._issue(issue), self._user(as_user))

    def unarchive(self, issue: str) -> Issue:
        with self._site.lock:
            return self._site.writer.unarchive(self._issue(issue))

    def restrict(self, issue: str, level: str | None = "Board", as_user: str = "admin") -> Issue:
        """Put the issue under a security level (`Board`: the integration user is no member), or take it away."""
        with self._site.lock:
            levels = {found.name: found for found in self._site.world.security_levels.values()}
            wanted = levels[level] if level else None
            return self._site.writer.restrict(self._issue(issue), wanted, self._user(as_user))

    def attach(
        self, issue: str, filename: str, content: bytes | str, as_user: str = "alice", mime_type: str = "text/plain"
    ) -> Attachment:
        with self._site.lock:
            data = content.encode() if isinstance(content, str) else content
            return self._site.writer.attach(self._issue(issue), filename, data, mime_type, self._user(as_user))

    # ---- comments

    def comment(
        self,
        issue: str,
        body: str,
        as_user: str | None = "alice",
        *,
        internal: bool = False,
        role: str | None = None,
        group: str | None = None,
        properties: Mapping[str, Json] | None = None,
        parent_id: str | None = None,
        at: datetime | str | None = None,
        tweak_updated: bool = True,
        document: Json = None,
    ) -> Comment:
        """`as_user` None: the author is unknown. `at` back-dates it, as an importer does.

        `document` is what v3 shows instead of the body made into one, unknown nodes and all: it is not checked.
        """
        with self._site.lock:
            visibility = Visibility("role", role) if role else Visibility("group", group) if group else None
            marks = {"sd.public.comment": {"internal": True}} if internal else {}
            return self._site.writer.comment(
                self._issue(issue),
                Rich(body, document),
                self._user(as_user) if as_user else None,
                visibility=visibility,
                properties={**marks, **(properties or {})},
                parent_id=parent_id,
                at=datetime.fromisoformat(at) if isinstance(at, str) else at,
                tweak_updated=tweak_updated,
            )

    def edit_comment(self, comment_id: str, body: str, as_user: str = "alice") -> Comment:
        with self._site.lock:
            issue, comment = self._comment(comment_id)
            by = self._user(as_user)
            return self._site.writer.edit_comment(issue, comment, Rich(body), by, visibility=comment.visibility)

    def restrict_comment(
        self, comment_id: str, *, role: str | None = None, group: str | None = None, silently: bool = False
    ) -> None:
        """To a role or a group; to everybody if neither is named. `silently` as an administrator's bulk change does."""
        with self._site.lock:
            issue, comment = self._comment(comment_id)
            visibility = Visibility("role", role) if role else Visibility("group", group) if group else None
            if silently:
                self._site.writer.swap_visibility(issue, comment, visibility)
            else:
                by = self._user("admin")
                self._site.writer.edit_comment(issue, comment, comment.body, by, visibility=visibility)

    def delete_comment(self, comment_id: str, as_user: str = "alice") -> None:
        with self._site.lock:
            issue, comment = self._comment(comment_id)
            self._site.writer.delete_comment(issue, comment, self._user(as_user))

    # ---- the site

    def add_project(self, key: str, name: str | None = None) -> Project:
        """With the types, statuses and roles of the first project."""
        with self._site.lock:
            model = next(iter(self._site.world.projects.values()))
            number = str(self._site.world.new_number("project"))
            return self._site.world.put_project(replace(model, id=number, key=key, name=name or f"Project {key}"))

    def set_project_state(self, project: str, state: str) -> None:
        """live, archived or deleted."""
        with self._site.lock:
            self._site.world.set_project_state(project, state)

    def deny(self, right: str, project: str, user: str = "svc_syncd") -> None:
        """Take browse, edit, comment, transition, create, delete or attach away from a user."""
        with self._site.lock:
            self._site.access.deny(right, self._user(user), project)

    def allow(self, right: str, project: str, user: str = "svc_syncd") -> None:
        with self._site.lock:
            self._site.access.allow(right, self._user(user), project)

    def set_role(self, project: str, role: str, members: Sequence[str]) -> None:
        """Who is in a role of a project from now on."""
        with self._site.lock:
            home = self._site.world.projects[project]
            keys = frozenset(self._user(handle).key for handle in members)
            self._site.world.put_project(replace(home, roles={**home.roles, role: keys}))

    def set_groups(self, user: str, groups: Sequence[str]) -> None:
        with self._site.lock:
            self._site.people.put(replace(self._user(user), groups=frozenset(groups)))

    def set_time_zone(self, zone: str, user: str = "svc_syncd") -> None:
        with self._site.lock:
            self._site.people.set_zone(user, zone)

    def rename_status(self, old: str, new: str) -> None:
        """Statuses are renamed, and shown in the reader's language (facts 5.1)."""
        with self._site.lock:
            status = self._status(old)
            renamed = replace(status, name=new)
            self._site.world.statuses[status.id] = renamed
            for project in list(self._site.world.projects.values()):
                statuses = tuple(renamed if s.id == status.id else s for s in project.statuses)
                self._site.world.put_project(replace(project, statuses=statuses))
            for issue in list(self._site.world.issues.values()):
                if issue.status.id == status.id:
                    self._site.world.put(replace(issue, fields={**issue.fields, "status": renamed}))

    # ---- inside

    def _issue(self, handle: str) -> Issue:
        issue = self._site.world.issue(handle)
        if issue is None:
            raise KeyError(f"the sandbox has no issue {handle!r}")
        return issue

    def _comment(self, comment_id: str) -> tuple[Issue, Comment]:
        found = self._site.world.comment(str(comment_id))
        if found is None:
            raise KeyError(f"the sandbox has no comment {comment_id!r}")
        return found

    def _user(self, handle: str) -> User:
        return self._site.people.needed(handle)

    def _status(self, name: str) -> Status:
        for status in self._site.world.statuses.values():
            if status.name.lower() == name.lower():
                return status
        raise KeyError(f"the sandbox has no status {name!r}")

    def _values(self, project: Project, fields: Mapping[str, Any]) -> dict[str, Any]:
        reader = Reader(self._site, 2, project)
        return {name: self._value(reader, FIELDS[name], value) for name, value in fields.items()}

    def _value(self, reader: Reader, field: Field, value: Any) -> Any:
        if field.kind == "user":
            return self._user(value).key if value else None
        if field.kind == "users":
            return tuple(self._user(handle).key for handle in value)
        if field.kind in _UNCHECKED:
            return value
        if field.kind in _NAMED and isinstance(value, str):
            value = {"name": value}
        elif field.kind in _LISTED:
            value = [{"name": item} if isinstance(item, str) else item for item in value]
        elif field.kind == "option" and isinstance(value, str):
            value = {"value": value}
        return reader.value(field, value)
