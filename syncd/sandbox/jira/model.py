"""The values a Jira site is made of. Frozen: a change is a new value, so an index can keep yesterday's issue for free.

They hold what Jira stores, in no API version and in neither flavour: `shapes/` decides how they look on the wire.
Times are aware, in UTC, with millisecond precision. People are named by their `key`, so that a changed profile shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Any
"""A value as `json.loads` gives it."""


class Flavour(StrEnum):
    CLOUD = "cloud"
    DATACENTER = "datacenter"


@dataclass(frozen=True, slots=True)
class User:
    """One account. Cloud shows `account_id` and never `key` or `name`; Data Center the other way round."""

    key: str
    name: str
    account_id: str
    display_name: str
    email: str
    zone: str
    active: bool = True
    email_hidden: bool = False
    account_type: str = "atlassian"
    groups: frozenset[str] = frozenset({"jira-software-users"})


@dataclass(frozen=True, slots=True)
class Category:
    id: int
    key: str
    color: str
    name: str


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    name: str
    category: Category
    description: str = ""


@dataclass(frozen=True, slots=True)
class Priority:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str
    subtask: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    id: str
    name: str
    description: str = ""
    archived: bool = False
    released: bool = False
    release_date: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityLevel:
    """Who may see an issue at all: the members of `groups`."""

    id: str
    name: str
    description: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select list; `child` is the second half of a cascading one."""

    id: str
    value: str
    child: Option | None = None


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    key: str
    name: str
    lead: str
    type_key: str = "software"
    category: Mapping[str, str] | None = None
    components: tuple[Component, ...] = ()
    versions: tuple[Version, ...] = ()
    issue_types: tuple[IssueType, ...] = ()
    statuses: tuple[Status, ...] = ()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of roles to the keys of their members."""
    state: str = "live"  # live, archived, deleted (in the trash)


@dataclass(frozen=True, slots=True)
class Rich:
    """A text with markup. `wiki` is what v2 shows; `adf` is the document as it was sent through v3, if it was."""

    wiki: str
    adf: Json = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who may read a comment: the members of a project role or of a group."""

    type: str  # role | group
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    author: str | None
    update_author: str | None
    body: Rich
    created: datetime
    updated: datetime
    visibility: Visibility | None = None
    properties: Mapping[str, Json] = field(default_factory=dict)
    parent_id: str | None = None

    @property
    def internal(self) -> bool:
        """A Jira Service Management internal note; one property says so in both flavours."""
        value = self.properties.get("sd.public.comment")
        return isinstance(value, dict) and value.get("internal") in (True, "true")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file. `content` is None for files whose size is known and whose bytes are not: filler is served for them."""

    id: str
    filename: str
    author: str | None
    created: datetime
    size: int
    mime_type: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field: `old`/`new` are ids, `old_text`/`new_text` what people read."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class History:
    id: str
    author: str | None
    created: datetime
    items: tuple[Change, ...]
    metadata: Json = None


@dataclass(frozen=True, slots=True)
class RemoteLink:
    id: int
    global_id: str | None
    application: Mapping[str, Json]
    relationship: str | None
    object: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue. `fields` holds values by field id: named values, keys of users, `Rich`, datetimes, plain JSON."""

    id: int
    key: str
    project: str
    fields: Mapping[str, Any]
    created: datetime
    updated: datetime
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    history: tuple[History, ...] = ()
    remote_links: tuple[RemoteLink, ...] = ()
    properties: Mapping[str, Json] = field(default_factory=dict)
    parent: int | None = None
    security: SecurityLevel | None = None
    archived: datetime | None = None
    archived_by: str | None = None

    @property
    def number(self) -> int:
        return int(self.key.rpartition("-")[2])

    @property
    def status(self) -> Status:
        status = self.fields["status"]
        assert isinstance(status, Status)
        return status
