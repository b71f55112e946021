"""Which issues a query has, by id alone; and where an issue stands that the query was not seen to give.

Searches ask an index, which lags and flickers (jira facts 1.13, 1.14), so what they leave out is asked for by id, which
reads the database. The answers, one by one:

| GET issue/ID               | and                                                  | sight     |
|----------------------------|------------------------------------------------------|-----------|
| the issue                  | it is archived, or its project is                    | archived  |
| the issue                  | the query gives it after all                         | here      |
| the issue                  | it changed a moment ago, or the query is refused     | unsettled |
| the issue                  | the query does not give it, asked again and again    | left      |
| 404                        | its project is there, or in the trash                | deleted   |
| 404                        | its project is not to be seen                        | hidden    |
| 403, 401                   | the credentials are good                             | hidden    |
| refused otherwise          | anything                                             | unsettled |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from syncd.core.lifecycle import Sight
from syncd.core.ports import Stub, Whereabouts
from syncd.errors import NotFoundError, RejectedError
from syncd.jira.catalogue import Projects
from syncd.jira.client import API, JiraClient
from syncd.jira.jql import without_order
from syncd.jira.judge import ForbiddenError
from syncd.jira.times import moment

CLOUD_PAGE = 5000
SERVER_PAGE = 1000
"""What is asked for: ids alone come in thousands on Cloud; Data Center lowers it to its own limit (facts 1.2, 1.26)."""

UNSETTLED = timedelta(minutes=15)
"""How long after a change of an issue its absence from the query may be the index's lag (jira facts 1.13: minutes)."""

QUESTIONS = 5
"""How often a visible issue must be absent from the query: an index that flickers drops one seldom, not five times."""

MOST_PAGES = 20_000

_COUNTING = "taking the census of the query"

Matching = Callable[[Sequence[str]], tuple[Stub, ...]]


def all_ids(client: JiraClient, query: str) -> Iterator[Sequence[str]]:
    """Page by page. In the order of creation, which no change disturbs: only what leaves the query lets issues slip."""
    plain = without_order(query)
    jql = f"{plain or 'created >= 0'} ORDER BY created ASC, key ASC"
    return _cloud_ids(client, jql) if client.server.cloud else _server_ids(client, jql)


def _cloud_ids(client: JiraClient, jql: str) -> Iterator[Sequence[str]]:
    body: dict[str, Any] = {"jql": jql, "maxResults": CLOUD_PAGE, "fields": ["id"]}
    met: set[str] = set()
    while True:
        answer = client.ask(f"{API}/search/jql", body, endpoint="search", step=_COUNTING)
        yield _ids(client, answer)
        token = answer.get("nextPageToken")
        if not token:
            return
        if token in met or len(met) >= MOST_PAGES:
            raise client.unreadable("does not come to an end", _COUNTING, "the same continuation came twice")
        met.add(token)
        body["nextPageToken"] = token


def _server_ids(client: JiraClient, jql: str) -> Iterator[Sequence[str]]:
    start = 0
    for _ in range(MOST_PAGES):
        body = {"jql": jql, "startAt": start, "maxResults": SERVER_PAGE, "fields": ["id"]}
        answer = client.ask(f"{API}/search", body, endpoint="search", step=_COUNTING)
        ids = _ids(client, answer)
        total = answer.get("total")
        if ids:
            yield ids
        start += len(ids)
        if not ids or (isinstance(total, int) and start >= total):
            return
    raise client.unreadable("does not come to an end", _COUNTING, f"{MOST_PAGES} pages were not enough")


def _ids(client: JiraClient, answer: Any) -> Sequence[str]:
    try:
        return tuple(str(issue["id"]) for issue in answer["issues"])
    except (KeyError, TypeError, AttributeError) as error:
        raise client.unreadable("sent search results without ids", _COUNTING) from error


class Lookout:
    """Finds out where issues stand. `now` is Jira's clock."""

    def __init__(self, client: JiraClient, projects: Projects, now: Callable[[], datetime]) -> None:
        self._client = client
        self._projects = projects
        self._now = now

    def whereabouts(self, issues: Mapping[str, str], matching: Matching) -> dict[str, Whereabouts]:
        """By the table above. `matching` says which of some ids the query gives."""
        answers = dict(zip(issues, self._client.together(self._ask, list(issues)), strict=True))
        found: dict[str, Whereabouts] = {}
        refused = False
        for _ in range(QUESTIONS):
            absent = [one for one in issues if isinstance(answers[one], dict) and one not in found]
            if not absent or refused:
                break
            given, refused = self._given(absent, matching)
            found |= given
        states: dict[str, str] = {}
        for one, answer in answers.items():
            if one not in found:
                found[one] = self._judged(answer, issues[one], states, refused=refused)
        return found

    def _given(self, ids: Sequence[str], matching: Matching) -> tuple[dict[str, Whereabouts], bool]:
        """What the query gives, and whether Jira refuses the query: then its silence means nothing at all."""
        try:
            return {stub.id: Whereabouts(Sight.HERE, stub.key) for stub in matching(ids)}, False
        except RejectedError:
            return {}, True

    def _ask(self, issue: str) -> dict[str, Any] | Sight:
        step = f"looking for issue {issue}"
        params = {"fields": "project,updated,archiveddate"}
        try:
            raw = self._client.get(f"{API}/issue/{issue}", endpoint="fetch", step=step, params=params)
        except NotFoundError:
            return Sight.DELETED
        except ForbiddenError:
            return Sight.HIDDEN
        except RejectedError:
            return Sight.UNSETTLED  # something refuses to speak of this one: no answer, and it stops no other
        if not isinstance(raw, dict) or not isinstance(raw.get("fields"), dict):
            raise self._client.unreadable("sent an issue that cannot be read", step)
        return raw

    def _judged(
        self, answer: dict[str, Any] | Sight, last_key: str, states: dict[str, str], *, refused: bool
    ) -> Whereabouts:
        if answer in (Sight.HIDDEN, Sight.UNSETTLED):
            return Whereabouts(answer)
        if not isinstance(answer, dict):
            return Whereabouts(Sight.HIDDEN if self._state(last_key, states) == "unseen" else Sight.DELETED)
        key, fields = str(answer.get("key") or last_key), answer["fields"]
        if fields.get("archiveddate") or self._state(key, states) == "archived":
            return Whereabouts(Sight.ARCHIVED, key)
        if refused or self._now() - self._updated(fields) < UNSETTLED:
            return Whereabouts(Sight.UNSETTLED, key)
        return Whereabouts(Sight.LEFT, key)

    def _updated(self, fields: Mapping[str, Any]) -> datetime:
        try:
            return moment(fields.get("updated"))
        except ValueError:
            return self._now()  # nobody can tell: as if it had changed just now

    def _state(self, key: str, states: dict[str, str]) -> str:
        """Of the project of an issue with this key; each is asked about once."""
        project = key.rpartition("-")[0]
        if project not in states:
            states[project] = self._projects.state(project)
        return states[project]
