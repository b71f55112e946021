"""How a user's query is asked: first it is checked, then a way to name moments that this Jira understands is found.
Both are remembered; neither lists anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from syncd.errors import AuthError, RejectedError, UnreadableError
from syncd.http import shortened
from syncd.jira.catalogue import Projects
from syncd.jira.client import API, JiraClient
from syncd.jira.jql import ordered, projects_named, without_order
from syncd.jira.listing import Ask, Astray
from syncd.jira.search import search_of
from syncd.jira.since import Since, epoch, local, relative, understood

VALID_SECONDS = 600.0
"""How long a query that was right is believed to be right."""

MOST_REMEMBERED = 200

Way = Literal["epoch", "local", "relative"]
WAYS: tuple[Way, ...] = ("epoch", "local", "relative")


class Asking:
    """`now` is Jira's clock, `zone` the time zone of our profile in Jira; `way` leaves no choice of how to ask."""

    def __init__(
        self,
        client: JiraClient,
        projects: Projects,
        now: Callable[[], datetime],
        zone: Callable[[], str | None],
        way: Way | None = None,
    ) -> None:
        self._client = client
        self._projects = projects
        self._now = now
        self._zone = zone
        self._way = way
        self._probe = search_of(client, page_size=1)
        self._checked: dict[str, float] = {}

    def check(self, query: str, *, afresh: bool = True) -> None:
        """Check that what a query names is there. Raises RejectedError in Jira's words, or naming the lost projects.

        Cloud's search finds nothing by a name that it does not know, and says so to nobody (jira facts 1.11). It has
        another place to ask whether a query is right; whether that knows of lost projects is not proven, so those are
        looked for one by one first. Data Center's search says by itself what is wrong.
        """
        started = time.monotonic()
        if not afresh and self._checked.get(query, float("-inf")) > started - VALID_SECONDS:
            return
        lost = [one for one in projects_named(query) if not self._projects.exists(one)]
        if lost:
            names = ", ".join(repr(one) for one in lost)
            raise self._refusal(
                f"has no project {names}, or hides it from this user; correct the query or ask for Browse Projects"
            )
        mistakes = self._mistakes(query) if self._client.server.cloud else []
        if mistakes:
            raise self._refusal("does not understand the query; correct it", detail=shortened("; ".join(mistakes)))
        if len(self._checked) >= MOST_REMEMBERED:
            self._checked.clear()
        self._checked[query] = started

    def _mistakes(self, query: str) -> list[str]:
        """What Cloud's parser has against a query; nothing where it cannot be asked, since a token may not cover it."""
        text = without_order(query)
        if not text:
            return []
        try:
            answer = self._client.ask(
                f"{API}/jql/parse",
                {"queries": [text]},
                endpoint="parse",
                step="checking the query",
                params={"validation": "strict"},
            )
            return [str(error) for one in answer["queries"] for error in one.get("errors") or ()]
        except (AuthError, RejectedError, UnreadableError, KeyError, TypeError, AttributeError):
            return []  # wrong credentials show at the next call

    def _refusal(self, message: str, detail: str = "") -> RejectedError:
        return RejectedError(message, system=self._client.connection, step="checking the query", detail=detail)

    def for_changes(self, query: str) -> Ask:
        """How to ask for the issues of a query changed at or after a moment."""

        def ask(start: datetime | None) -> str:
            if start is None:
                return ordered(query)
            now = self._now()
            return ordered(query, self._understood(query, now)(start, now))

        return ask

    def _understood(self, query: str, now: datetime) -> Since:
        if self._way is not None:
            return self._spelt(self._way)
        ways = {name: self._spelt(name) for name in WAYS if name != "local" or self._zone_is_known()}
        way, certain = understood(self._probe, query, tuple(ways.values()), now)
        if certain:
            self._way = next(name for name, one in ways.items() if one is way)
        return way

    def _spelt(self, name: Way) -> Since:
        match name:
            case "epoch":
                return epoch
            case "local":
                return local(self._zone() or "")  # asked every time: the profile may move (jira facts 2.8)
            case "relative":
                return relative

    def _zone_is_known(self) -> bool:
        try:
            local(self._zone() or "")
        except Astray:
            return False
        return True
