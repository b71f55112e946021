"""Jira as a `Source`: proves itself, lists what changed, hands out whole issues. Reads only."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syncd.core.model import Issue
from syncd.core.ports import Fetched, Page, Stub, Whereabouts
from syncd.errors import AuthError, NotFoundError, RejectedError, RemoteError, UnavailableError, UnreadableError
from syncd.jira.asking import Asking, Way
from syncd.jira.catalogue import Fields, Projects
from syncd.jira.client import JiraClient
from syncd.jira.comments import comments_of
from syncd.jira.convert import Place, issue_of
from syncd.jira.doors import PROOF
from syncd.jira.fetching import MOST_FAILED, alone, fetch_raw, stumbles
from syncd.jira.jql import narrowed
from syncd.jira.judge import ForbiddenError
from syncd.jira.listing import SETTLED, Astray, listing
from syncd.jira.matching import matching
from syncd.jira.search import PAGE_SIZE, search_of
from syncd.jira.whereabouts import Lookout, all_ids

CLOUD_OVERLAP = timedelta(minutes=5)
DATA_CENTER_OVERLAP = timedelta(minutes=2)
"""How far behind the cursor a listing begins: indexes lag, on Cloud by minutes (jira facts 1.13, 13.2)."""

_ALWAYS_ASKED = ("updated", "comment", "security", "project")


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are in Jira. `zone` is the profile's time zone, None where Jira does not tell."""

    id: str
    name: str
    zone: str | None


class JiraSource:
    """Issues of one Jira, of either flavour.

    `site` overrides the lasting name that is taken from Jira's base URL, `overlap` how far its index is believed to
    lag, `way` how moments are named in queries (found out, if None). `service_desks` False says that this Data Center
    has no Jira Service Management, so no comment is internal: it saves a call for each issue with comments.
    """

    def __init__(
        self,
        client: JiraClient,
        *,
        site: str | None = None,
        page_size: int = PAGE_SIZE,
        overlap: timedelta | None = None,
        way: Way | None = None,
        service_desks: bool = True,
    ) -> None:
        self._client = client
        self._overlap = overlap
        self._service_desks = service_desks
        self._site = site
        self._search = search_of(client, page_size)
        self._fields = Fields(client)
        self._projects = Projects(client)
        self._asking = Asking(client, self._projects, self._now, self._zone, way)
        self._lookout = Lookout(client, self._projects, self._now)
        self._clock: tuple[datetime, float] | None = None
        self.account: Account | None = None

    @property
    def site(self) -> str:
        return self._site or site_of(self._client.server.base)

    @property
    def overlap(self) -> timedelta:
        return self._overlap or (CLOUD_OVERLAP if self._client.server.cloud else DATA_CENTER_OVERLAP)

    def prove(self) -> datetime:
        _ = self._client.server  # once: what it is, and how far its clock is from the dates of its answers
        try:
            response = self._client.request(PROOF)
        except (ForbiddenError, NotFoundError) as error:
            raise AuthError(
                "does not know this user; check the user name and the token or password of this connection",
                system=self._client.connection,
                step=PROOF.step,
                status=error.status,
                detail=error.detail,
            ) from error
        asked = time.monotonic()
        self.account = self._account(self._client.json_of(response, PROOF.step), PROOF.step)
        clock = self._client.clock_at(response)
        self._clock = (clock, asked)
        return clock

    def validate(self, query: str, fields: Sequence[str] = ()) -> None:
        """Check that what a query and a mapping name is there. Raises RejectedError naming what is not."""
        self._asking.check(query)
        if fields:
            self._fields.ids(fields)

    def narrowed(self, query: str, by: str) -> str:
        return narrowed(query, by)

    def changed_since(self, query: str, since: datetime | None) -> Iterator[Page]:
        self._asking.check(query, afresh=False)
        try:
            lag = max(self.overlap, SETTLED)
            yield from listing(self._search, self._asking.for_changes(query), since, self._now(), lag)
        except Astray as astray:
            raise self._client.unreadable("cannot be listed", "listing changed issues", str(astray)) from astray

    def matching(self, query: str, ids: Sequence[str]) -> tuple[Stub, ...]:
        wanted = self._ids(ids)
        self._asking.check(query, afresh=False)
        return matching(self._client, query, wanted)

    def all_ids(self, query: str) -> Iterator[Sequence[str]]:
        self._asking.check(query, afresh=False)
        yield from all_ids(self._client, query)

    def whereabouts(self, query: str, issues: Mapping[str, str]) -> Mapping[str, Whereabouts]:
        self._ids(list(issues))
        return self._lookout.whereabouts(issues, lambda ids: self.matching(query, ids))

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Fetched:
        wanted = self._ids(ids)
        if not wanted:
            return Fetched(())
        asked = [*self._fields.ids(fields), *_ALWAYS_ASKED] if fields else ["*all"]
        raw = fetch_raw(self._client, wanted, list(dict.fromkeys(asked)))
        there = [one for one in wanted if one in raw.found]
        results = dict(zip(there, self._client.together(lambda one: self._result(raw.found[one]), there), strict=True))
        failed = {**raw.failed, **{one: result for one, result in results.items() if isinstance(result, RemoteError)}}
        stumbled = [error for error in failed.values() if isinstance(error, UnavailableError)]
        if len(stumbled) > MOST_FAILED:
            raise stumbled[0]
        return Fetched(
            issues=tuple(result for result in results.values() if isinstance(result, Issue)),
            missing=tuple(one for one in wanted if results.get(one) is None and one not in raw.failed),
            failed={one: alone(error) for one, error in failed.items()},
        )

    def _ids(self, ids: Sequence[str]) -> list[str]:
        wanted = list(dict.fromkeys(ids))
        odd = [one for one in wanted if not (one.isascii() and one.isdigit())]
        if odd:
            raise RejectedError(f"has no issue ids like {odd[0]!r}", system=self._client.connection)
        return wanted

    def _result(self, raw: Mapping[str, Any]) -> Issue | RemoteError | None:
        """The issue, why it cannot be read, or None if it is gone since a moment ago."""
        try:
            return self._issue(raw)
        except NotFoundError:
            return None
        except (UnreadableError, RejectedError) as error:
            return error
        except UnavailableError as error:
            if not stumbles(self._client, error):
                raise
            return error

    def _issue(self, raw: Mapping[str, Any]) -> Issue:
        place = Place(self.site, self._client.server.base, self._client.server.cloud)
        try:
            marked = place.cloud or self._service_desks
            desk = marked and self._projects.is_service_desk((raw.get("fields") or {}).get("project"))
            ask = marked and not place.cloud
            comments = comments_of(self._client, raw, place, service_desk=desk, properties=ask)
            return issue_of(raw, raw.get("names") or {}, comments, place)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = raw.get("key") or raw.get("id")
            raise self._client.unreadable(f"sent issue {name} in a form unknown to syncd", "reading it") from error

    def _account(self, me: Any, step: str) -> Account:
        identity = (me.get("accountId") or me.get("key") or me.get("name")) if isinstance(me, dict) else None
        if not identity:
            raise self._client.unreadable("does not say who this user is", step)
        return Account(str(identity), str(me.get("displayName") or identity), me.get("timeZone") or None)

    def _zone(self) -> str | None:
        return self.account.zone if self.account else None

    def _now(self) -> datetime:
        """Jira's clock, as last heard and carried on since."""
        if self._clock is None:
            self._clock = (self._client.ask_server().clock, time.monotonic())
        heard, at = self._clock
        return heard.astimezone(UTC) + timedelta(seconds=time.monotonic() - at)


def site_of(base: str) -> str:
    """`host[:port][/context]` of a base URL, in lower case."""
    parts = urlsplit(base if "//" in base else f"//{base}")
    return f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}".lower()
