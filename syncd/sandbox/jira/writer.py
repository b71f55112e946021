"""Every way in which an issue can change, and what each does to `updated`, the changelog and the index.

Speaks the model's values and checks nothing: permissions, screens and input are judged before (`rest/`, `act`).

| what happens                          | `updated` moves | changelog            |
|---------------------------------------|-----------------|----------------------|
| edit, transition, move, restrict      | yes             | one entry            |
| an edit that changes nothing          | no              | none                 |
| comment added or edited               | to the comment's| none                 |
| comment edited to what it was         | no              | none                 |
| comment deleted                       | yes             | `Comment`, old body  |
| attachment added                      | yes             | `Attachment`         |
| property, remote link, bulk restrict  | no              | none                 |
(facts 3.1 to 3.5)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from syncd.sandbox.jira.changes import change_of, key_change
from syncd.sandbox.jira.clock import Clock
from syncd.sandbox.jira.model import (
    Attachment,
    Change,
    Comment,
    History,
    Issue,
    IssueType,
    Json,
    RemoteLink,
    Resolution,
    Rich,
    SecurityLevel,
    Status,
    User,
    Visibility,
)
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.people import People
from syncd.sandbox.jira.world import World

EventKind = Literal["created", "updated", "deleted", "comment_created", "comment_updated", "comment_deleted"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something a webhook may tell of."""

    kind: EventKind
    issue: Issue
    user: User | None
    at: datetime
    comment: Comment | None = None
    history: History | None = None


class Writer:
    def __init__(self, world: World, people: People, clock: Clock, options: Options) -> None:
        self._options = options
        self._world = world
        self._people = people
        self._clock = clock
        self.listen: Callable[[Event], None] = lambda event: None

    # ---- issues

    def create(
        self,
        project: str,
        issue_type: IssueType,
        status: Status,
        fields: Mapping[str, Any],
        by: User,
        *,
        parent: int | None = None,
        properties: Mapping[str, Json] | None = None,
    ) -> Issue:
        now = self._clock.now()
        values = {
            "reporter": by.key,
            "priority": self._world.priorities.get("3"),
            "labels": (),
            **fields,
            "creator": by.key,
            "issuetype": issue_type,
            "status": status,
            "statuscategorychangedate": now,
        }
        issue = self._world.put(
            Issue(
                id=self._world.new_issue_id(),
                key=self._world.new_key(project),
                project=project,
                fields=values,
                created=now,
                updated=now,
                parent=parent,
                properties=properties or {},
            )
        )
        self._tell("created", issue, by)
        return issue

    def edit(self, issue: Issue, fields: Mapping[str, Any], by: User, *, metadata: Json = None) -> Issue:
        changed = {name: value for name, value in fields.items() if issue.fields.get(name) != value}
        if not changed:
            return issue
        items = tuple(change_of(name, issue.fields.get(name), value, self._people) for name, value in changed.items())
        return self._changed(replace(issue, fields={**issue.fields, **changed}), items, by, metadata=metadata)

    def transition(
        self, issue: Issue, status: Status, fields: Mapping[str, Any], by: User, *, metadata: Json = None
    ) -> Issue:
        """Into `status`. Leaving or entering the category "done" clears or keeps the resolution's date."""
        now = self._clock.now()
        changes: dict[str, Any] = {**fields, "status": status}
        if status.category != issue.status.category:
            changes["statuscategorychangedate"] = now
        if status.category.key == "done":
            changes.setdefault("resolution", issue.fields.get("resolution") or self._default_resolution())
            if issue.fields.get("resolution") is None:
                changes["resolutiondate"] = now
        else:
            changes |= {"resolution": None, "resolutiondate": None}
        items = tuple(
            change_of(name, issue.fields.get(name), value, self._people)
            for name, value in changes.items()
            if issue.fields.get(name) != value and name not in ("statuscategorychangedate", "resolutiondate")
        )
        return self._changed(replace(issue, fields={**issue.fields, **changes}), items, by, metadata=metadata, at=now)

    def move(self, issue: Issue, project: str, by: User) -> Issue:
        """To another project: a new key, the old one goes on answering."""
        target = self._world.projects[project]
        key = self._world.new_key(project)
        old = self._world.projects[issue.project]
        items = (
            Change("project", "project", old.id, old.name, target.id, target.name),
            key_change(issue, key),
        )
        return self._changed(replace(issue, project=project, key=key), items, by)

    def restrict(self, issue: Issue, level: SecurityLevel | None, by: User) -> Issue:
        if issue.security == level:
            return issue
        items = (change_of("security", issue.security, level, self._people),)
        return self._changed(replace(issue, security=level), items, by)

    def archive(self, issue: Issue, by: User) -> Issue:
        return self._world.put(replace(issue, archived=self._clock.now(), archived_by=by.key))

    def unarchive(self, issue: Issue) -> Issue:
        return self._world.put(replace(issue, archived=None, archived_by=None))

    def delete(self, issue: Issue, by: User) -> None:
        """With its subtasks, without a trace (facts 4.5)."""
        for child in list(self._world.children(issue.id)):
            self.delete(child, by)
        self._world.drop(issue.id)
        self._tell("deleted", issue, by)

    # ---- comments

    def comment(
        self,
        issue: Issue,
        body: Rich,
        by: User | None,
        *,
        visibility: Visibility | None = None,
        properties: Mapping[str, Json] | None = None,
        parent_id: str | None = None,
        at: datetime | None = None,
        tweak_updated: bool = True,
    ) -> Comment:
        """`at` back-dates, as importers do; the issue's `updated` follows even into the past unless told not to."""
        now = at or self._clock.now()
        key = by.key if by else None
        comment = Comment(
            id=str(self._world.new_number("comment")),
            author=key,
            update_author=key,
            body=body,
            created=now,
            updated=now,
            visibility=visibility,
            properties=properties or {},
            parent_id=parent_id,
        )
        issue = replace(issue, comments=(*issue.comments, comment))
        issue = self._world.put(replace(issue, updated=now) if tweak_updated else issue)
        self._tell("comment_created", issue, by, comment)
        return comment

    def edit_comment(
        self,
        issue: Issue,
        comment: Comment,
        body: Rich,
        by: User,
        *,
        visibility: Visibility | None,
        properties: Mapping[str, Json] | None = None,
    ) -> Comment:
        merged = {**comment.properties, **(properties or {})}
        if body == comment.body and visibility == comment.visibility:
            if merged != comment.properties:
                return self._replace_comment(issue, replace(comment, properties=merged))[1]
            return comment
        now = self._clock.now()
        edited = replace(
            comment, body=body, visibility=visibility, properties=merged, update_author=by.key, updated=now
        )
        issue, edited = self._replace_comment(replace(issue, updated=now), edited)
        self._tell("comment_updated", issue, by, edited)
        return edited

    def delete_comment(self, issue: Issue, comment: Comment, by: User) -> None:
        kept = tuple(c for c in issue.comments if c.id != comment.id and c.parent_id != comment.id)
        said = comment.body.wiki if comment.visibility is None else "A comment with security level was removed."
        change = Change("Comment", "comment", comment.id, said, None, None)
        issue = self._changed(replace(issue, comments=kept), (change,), by, tell=False)
        self._tell("comment_deleted", issue, by, comment)

    def swap_visibility(self, issue: Issue, comment: Comment, visibility: Visibility | None) -> None:
        """What an administrator's bulk change of groups does: nobody is told, `updated` stays (facts 3.5)."""
        self._replace_comment(issue, replace(comment, visibility=visibility))

    def set_comment_property(self, issue: Issue, comment: Comment, key: str, value: Json) -> None:
        issue, _ = self._replace_comment(issue, replace(comment, properties=_with(comment.properties, key, value)))
        self._quietly(issue)

    # ---- what hangs on an issue

    def attach(self, issue: Issue, filename: str, content: bytes, mime_type: str, by: User) -> Attachment:
        number = str(self._world.new_number("attachment"))
        attachment = Attachment(number, filename, by.key, self._clock.now(), len(content), mime_type, content)
        change = Change("Attachment", "attachment", None, None, number, filename)
        self._changed(replace(issue, attachments=(*issue.attachments, attachment)), (change,), by)
        return attachment

    def detach(self, issue: Issue, attachment: Attachment, by: User) -> None:
        kept = tuple(a for a in issue.attachments if a.id != attachment.id)
        change = Change("Attachment", "attachment", attachment.id, attachment.filename, None, None)
        self._changed(replace(issue, attachments=kept), (change,), by)

    def set_property(self, issue: Issue, key: str, value: Json) -> None:
        self._quietly(replace(issue, properties=_with(issue.properties, key, value)))

    def set_remote_links(self, issue: Issue, links: tuple[RemoteLink, ...]) -> None:
        self._quietly(replace(issue, remote_links=links))

    def touch(self, issue: Issue) -> Issue:
        """Nothing but `updated`."""
        return self._world.put(replace(issue, updated=self._clock.now()))

    # ---- inside

    def _quietly(self, issue: Issue) -> Issue:
        return self.touch(issue) if self._options.property_bumps_updated else self._world.put(issue)

    def _default_resolution(self) -> Resolution | None:
        return next(iter(self._world.resolutions.values()), None)

    def _replace_comment(self, issue: Issue, comment: Comment) -> tuple[Issue, Comment]:
        comments = tuple(comment if c.id == comment.id else c for c in issue.comments)
        return self._world.put(replace(issue, comments=comments)), comment

    def _changed(
        self,
        issue: Issue,
        items: tuple[Change, ...],
        by: User,
        *,
        metadata: Json = None,
        tell: bool = True,
        at: datetime | None = None,
    ) -> Issue:
        now = at or self._clock.now()
        history = History(str(self._world.new_number("history")), by.key, now, items, metadata)
        issue = self._world.put(replace(issue, updated=now, history=(*issue.history, history)))
        if tell:
            self._tell("updated", issue, by, history=history)
        return issue

    def _tell(
        self,
        kind: EventKind,
        issue: Issue,
        by: User | None,
        comment: Comment | None = None,
        history: History | None = None,
    ) -> None:
        self.listen(Event(kind, issue, by, self._clock.now(), comment, history))


def _with(properties: Mapping[str, Json], key: str, value: Json) -> dict[str, Json]:
    """None removes the property."""
    kept = {name: old for name, old in properties.items() if name != key}
    return kept if value is None else {**kept, key: value}
