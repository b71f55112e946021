"""What this Jira has: its fields by id and by name, its projects and their kinds. Asked once and remembered."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from syncd.errors import RejectedError
from syncd.jira.client import API, JiraClient

_ALWAYS = frozenset({"parent", "comment", "attachment", "subtasks", "issuelinks", "security", "project", "updated"})
"""Fields that issues have although some versions leave them out of the list of fields."""

_OF_THE_ISSUE = frozenset({"id", "key", "url", "issuekey"})
"""Not fields at all: every issue comes with them."""


class Fields:
    """The fields of one Jira. Names are neither unique nor lasting (jira facts 5.8), so a name must mean one field."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._names: dict[str, set[str]] | None = None  # the names of each field, by id

    def ids(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The ids of fields given by id or by name. Raises RejectedError for one that is unknown or ambiguous."""
        asked = [one for one in wanted if one not in _OF_THE_ISSUE]
        known = self._names
        if known is not None and all(_matches(one, known) for one in asked):
            return self._resolved(asked, known)
        return self._resolved(asked, self._ask())  # never asked yet, or a field is newer than our list

    def _resolved(self, asked: Sequence[str], known: Mapping[str, set[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._one(one, known) for one in asked))

    def _one(self, wanted: str, known: Mapping[str, set[str]]) -> str:
        matches = _matches(wanted, known)
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise self._refusal(f"has {len(matches)} fields named {wanted!r}; name one by its id: {', '.join(matches)}")
        names = {name: field for field, names in known.items() for name in (field, *names)}
        near = difflib.get_close_matches(wanted, names, n=3)
        hint = "; did you mean " + ", ".join(f"{name!r} ({names[name]})" for name in near) + "?" if near else ""
        raise self._refusal(f"has no field {wanted!r}{hint}")

    def _refusal(self, message: str) -> RejectedError:
        return RejectedError(message, system=self._client.connection, step="looking for the fields of the mapping")

    def _ask(self) -> dict[str, set[str]]:
        step = "asking for its fields"
        answer = self._client.get(f"{API}/field", endpoint="fields", step=step)
        try:
            self._names = {
                str(one["id"]): {str(one[key]) for key in ("name", "untranslatedName") if one.get(key)}
                for one in answer
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise self._client.unreadable("sent a list of fields that is none", step) from error
        return self._names


def _matches(wanted: str, known: Mapping[str, set[str]]) -> list[str]:
    """The ids that a word may mean: an id, else a name, else a name in other letters."""
    if wanted in known or wanted in _ALWAYS or wanted.startswith("*"):
        return [wanted]
    exact = sorted(field for field, names in known.items() if wanted in names)
    if exact:
        return exact
    folded = wanted.casefold()
    return sorted(field for field, names in known.items() if folded in {name.casefold() for name in names})


class Projects:
    """The projects of one Jira that this user may see."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._kinds: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def exists(self, named: str) -> bool:
        """Whether a project with this key, id or name is there and visible. Asked afresh: it may be lost meanwhile."""
        return self._find(named) is not None or named.casefold() in self._all_names()

    def state(self, key: str) -> str:
        """live, archived, trashed, or unseen: of the project with this key, as this user sees it now."""
        found = self._find(key)
        if found is not None:
            return "archived" if found.get("archived") else "live"
        return "trashed" if self._is_in_trash(key) else "unseen"

    def is_service_desk(self, raw: Any) -> bool:
        """Whether a project, as an issue shows it, is one of Jira Service Management, where comments may be internal.

        Data Center does not say so in the issue (jira facts 5.3). Whatever cannot be told counts as one.
        """
        if not isinstance(raw, dict):
            return True
        kind = raw.get("projectTypeKey") or self._kind(str(raw.get("id") or raw.get("key") or ""))
        return kind is None or kind == "service_desk"

    def _kind(self, project: str) -> str | None:
        with self._lock:  # many issues of one project are asked about at once
            if project not in self._kinds:
                found = self._find(project) if project else None
                self._kinds[project] = (found or {}).get("projectTypeKey")
            return self._kinds[project]

    def _find(self, project: str) -> dict[str, Any] | None:
        try:
            found = self._client.get(
                f"{API}/project/{quote(project, safe='')}", endpoint="project", step=f"looking at project {project}"
            )
        except RejectedError:
            return None
        return found if isinstance(found, dict) else None

    def _is_in_trash(self, key: str) -> bool:
        """Only Cloud has a trash, and not everybody may look into it; nobody is told apart from nothing."""
        if not self._client.server.cloud:
            return False
        params = {"status": "deleted", "keys": key}
        try:
            answer = self._client.get(
                f"{API}/project/search", endpoint="projects", step="looking into the trash", params=params
            )
        except RejectedError:
            return False
        found = answer.get("values") if isinstance(answer, dict) else None
        return any(isinstance(one, dict) and one.get("key") == key for one in found or ())

    def _all_names(self) -> set[str]:
        try:
            answer = self._client.get(f"{API}/project", endpoint="projects", step="asking for its projects")
        except RejectedError:
            return set()
        return {str(one.get("name", "")).casefold() for one in answer if isinstance(one, dict)}
