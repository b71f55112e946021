"""Raw issues by id, a hundred at a time, in the two dialects.

Cloud's bulk fetch reads the database and leaves out what is gone or hidden. Data Center has no such thing: a search by
id is one call for a hundred issues, but it asks the index, and one id that is gone spoils it with a 400 (jira facts
1.12, 1.28). So there what does not come is asked for one by one before it counts as missing.

An answer that is refused, cut off or too long in coming is asked for again in halves (jira facts 1.21), and so is one
over which Jira stumbles. What fails alone in the end stops no other; but if many do, it is not the issues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.errors import NotFoundError, RejectedError, RemoteError, UnavailableError, UnreadableError
from syncd.http import BrokenOffError
from syncd.jira.client import API, CutOffError, JiraClient
from syncd.jira.jql import of_ids
from syncd.jira.judge import ForbiddenError

BATCH = 100

MOST_FAILED = 3
"""If more issues than this fail alone, the failure is that of the question."""

_EXPAND = ["renderedFields", "names"]

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Raws:
    """The issues that are there and visible, by id, with `names` set on each; and why some could not be read."""

    found: Mapping[str, Raw]
    failed: Mapping[str, RemoteError]


def fetch_raw(client: JiraClient, ids: Sequence[str], fields: Sequence[str]) -> Raws:
    """Issues by id. What is in neither part of the answer is gone or hidden."""
    fetching = _Fetching(client, fields)
    for start in range(0, len(ids), BATCH):
        fetching.some(list(ids[start : start + BATCH]))
    return Raws(fetching.found, fetching.failed)


class _Fetching:
    """One fetch, and what has come of it so far."""

    def __init__(self, client: JiraClient, fields: Sequence[str]) -> None:
        self._client = client
        self._fields = list(fields)
        self.found: dict[str, Raw] = {}
        self.failed: dict[str, RemoteError] = {}

    def some(self, ids: list[str]) -> None:
        if len(ids) == 1 and not self._client.server.cloud:
            self._each(ids)
            return
        try:
            if self._client.server.cloud:
                self._bulk(ids)
            else:
                self._searched(ids)
        except RemoteError as error:
            if not self._is_of_what_was_asked(error):
                raise
            if len(ids) == 1:
                self._each(ids)
                return
            half = len(ids) // 2
            self.some(ids[:half])
            self.some(ids[half:])

    def _bulk(self, ids: list[str]) -> None:
        body = {"issueIdsOrKeys": ids, "fields": self._fields, "expand": _EXPAND}
        step = f"fetching {len(ids)} issues"
        answer = self._client.ask(f"{API}/issue/bulkfetch", body, endpoint="fetch", step=step)
        self._take(answer, ids, step)
        if answer.get("issueErrors"):  # some failed rather than being gone
            self._each([one for one in ids if one not in self.found])

    def _searched(self, ids: list[str]) -> None:
        body = {"jql": of_ids(ids), "startAt": 0, "maxResults": len(ids), "fields": self._fields, "expand": _EXPAND}
        step = f"fetching {len(ids)} issues"
        self._take(self._client.ask(f"{API}/search", body, endpoint="fetch", step=step), ids, step)
        self._each([one for one in ids if one not in self.found])

    def _each(self, ids: Sequence[str]) -> None:
        """One by one; what is gone or hidden is left out."""
        for one in ids:
            step = f"fetching issue {one}"
            params = {"fields": ",".join(self._fields), "expand": ",".join(_EXPAND)}
            try:
                raw = self._client.get(f"{API}/issue/{one}", endpoint="fetch", step=step, params=params)
            except (NotFoundError, ForbiddenError):
                continue
            except RemoteError as error:
                if len(self.failed) >= MOST_FAILED or not self._is_of_what_was_asked(error):
                    raise
                self.failed[one] = error
            else:
                self._take({"issues": [raw]}, [one], step)

    def _is_of_what_was_asked(self, error: RemoteError) -> bool:
        """Whether a smaller question may have an answer."""
        return isinstance(error, RejectedError | CutOffError) or stumbles(self._client, error)

    def _take(self, answer: Any, ids: Sequence[str], step: str) -> None:
        asked = set(ids)
        try:
            names = answer.get("names") or {}
            issues = {str(raw["id"]): {**raw, "names": raw.get("names") or names} for raw in answer["issues"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise self._client.unreadable("sent issues that cannot be read", step) from error
        self.found |= {issue: raw for issue, raw in issues.items() if issue in asked}


def alone(error: RemoteError) -> RemoteError:
    """The error of one issue, which says nothing about the connection."""
    if not isinstance(error, UnavailableError):
        return error
    return UnreadableError(
        "cannot give this issue, though it answers otherwise",
        system=error.system,
        step=error.step,
        status=error.status,
        detail=error.detail,
    )


def stumbles(client: JiraClient, error: RemoteError) -> bool:
    """Whether Jira fell over what it was asked for (500), or takes too long for it, while it answers other questions.

    A 502 to 504 is said by what stands before it. Raises what keeps Jira from answering anything.
    """
    if not isinstance(error, BrokenOffError) and not (isinstance(error, UnavailableError) and error.status == 500):
        return False
    client.ask_server()
    return True
