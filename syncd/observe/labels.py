"""Every value that a label of a metric may have, so that all series exist, at zero, before anything happens.

A series that appears only with its first event has no increase that an alert could see. What is not in a list here
counts as "other": a label never grows with what remote systems or people say. Tests compare the lists with the code.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd import errors
from syncd.core.policy import Ceiling
from syncd.errors import RemoteError
from syncd.http import outcome_word

OTHER = "other"

PARK_CAUSES = ("mapping", "missing", "stale", "rejected", "unreadable", "doubt", "loop", "remote", "bug")

GUARDS = ("missing", OTHER)
"""Too many issues missing from a query at once."""

WEBHOOKS = (
    "taken",
    "repeated",
    "no_issue",
    "flooded",
    "not_genuine",
    "malformed",
    "too_large",
    "too_slow",
    "too_many",
)

CEILINGS = tuple(ceiling.value for ceiling in Ceiling)

CYCLE_CAUSES = ("auth", "unavailable", "throttled", "rejected", "unreadable", "database", "refused", OTHER)

ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "jira": (
        "comment.add",
        "comment.delete",
        "comment.property",
        "comment.tag",
        "comments",
        "fetch",
        "fields",
        "file.fetch",
        "file.send",
        "files",
        "issue.edit",
        "issue.files",
        "issue.status",
        "link",
        "myself",
        "oauth.token",
        "parse",
        "project",
        "projects",
        "search",
        "server",
        "tenant",
        "transition",
        "transitions",
        OTHER,
    ),
    "servicenow": (
        "attachment.delete",
        "attachment.download",
        "attachment.upload",
        "batch",
        "oauth.token",
        "table.create",
        "table.delete",
        "table.get",
        "table.list",
        "table.update",
        OTHER,
    ),
}
"""The short names of what is called, by type of connection."""


def known(value: str, values: tuple[str, ...]) -> str:
    """The value, or "other"."""
    return value if value in values else OTHER


_REMOTE = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, RemoteError)]

CALL_OUTCOMES = ("ok", *sorted(map(outcome_word, _REMOTE)))
"""How a call can end: well, or with one of the errors of a remote system."""
