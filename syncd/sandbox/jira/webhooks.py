"""Webhooks as Jira sends them: signed, repeated, in no order, and on Data Center comments without the issue (facts 8).

What a payload holds is here; `deliveries` sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.sandbox.jira.deliveries import Deliveries, Delivery
from syncd.sandbox.jira.model import Flavour, History, Json
from syncd.sandbox.jira.shapes import comment as comments
from syncd.sandbox.jira.shapes import issue as issues
from syncd.sandbox.jira.shapes.changelog import items
from syncd.sandbox.jira.shapes.view import View, person
from syncd.sandbox.jira.writer import Event

if TYPE_CHECKING:
    from syncd.sandbox.jira.site import Site

_NAMES = {
    "created": "jira:issue_created",
    "updated": "jira:issue_updated",
    "deleted": "jira:issue_deleted",
    "comment_created": "comment_created",
    "comment_updated": "comment_updated",
    "comment_deleted": "comment_deleted",
}
_TYPES = {"created": "issue_created", "updated": "issue_generic"}
_COMMENT_TYPES = {
    "comment_created": "issue_commented",
    "comment_updated": "issue_comment_edited",
    "comment_deleted": "issue_comment_deleted",
}
_BRIEF = ("summary", "issuetype", "project", "assignee", "priority", "status")


@dataclass(frozen=True, slots=True)
class Webhook:
    """`events` are Jira's names; none means all. Without a secret, its own or the site's, nothing is signed."""

    id: int
    url: str
    base: str
    events: tuple[str, ...] = ()
    secret: str | None = None


class Webhooks:
    """The hooks of a site. `add` one and every change is told to it, rendered as an administrator sees it (8.9)."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._hooks: list[Webhook] = []
        self._serial = 0
        self.deliveries = Deliveries()

    def add(
        self, url: str, *, base: str = "http://localhost", events: Sequence[str] = (), secret: str | None = None
    ) -> Webhook:
        hook = Webhook(len(self._hooks) + 1, url, base, tuple(events), secret or self._site.options.secret)
        self._hooks.append(hook)
        return hook

    def tell(self, event: Event) -> None:
        for hook in self._hooks:
            for name, payload in self._payloads(event, hook):
                if not hook.events or name in hook.events:
                    self._serial += 1
                    identifier = f"{self._site.options.cloud_id}-{self._serial}"
                    flow = "Secondary" if name == "comment_deleted" else "Primary"
                    self.deliveries.send(Delivery(hook.url, payload, identifier, flow, hook.secret))

    def _payloads(self, event: Event, hook: Webhook) -> list[tuple[str, Json]]:
        """A comment on Data Center is told twice: alone, and as an update of its issue (8.7)."""
        view = self._view(hook)
        cloud = self._site.options.flavour is Flavour.CLOUD
        name = _NAMES[event.kind]
        start: dict[str, Json] = {"timestamp": int(event.at.timestamp() * 1000), "webhookEvent": name}
        if event.comment is None:
            payload = start | self._of_issue(event, view, _TYPES.get(event.kind), event.history)
            return [(name, payload)]
        comment = comments.comment(event.comment, event.issue, view)
        if cloud:
            brief = issues.issue(event.issue, view, issues.selection(_BRIEF, "id"))
            return [(name, start | {"comment": comment, "issue": brief})]
        update = _NAMES["updated"]
        second = {**start, "webhookEvent": update} | self._of_issue(event, view, _COMMENT_TYPES[event.kind], None)
        return [(name, start | {"comment": comment}), (update, second | {"comment": comment})]

    def _of_issue(self, event: Event, view: View, kind: str | None, history: History | None) -> dict[str, Json]:
        shape: dict[str, Json] = {"issue_event_type_name": kind} if kind else {}
        if event.user is not None:
            shape["user"] = person(event.user, view)
        shape["issue"] = issues.issue(event.issue, view, issues.selection(("*all",), "id"))
        if history is not None:
            shape["changelog"] = {"id": history.id, "items": items(history, view)}
        return shape

    def _view(self, hook: Webhook) -> View:
        site = self._site
        admin = site.people.needed("admin")
        return View(
            site.world,
            site.people,
            site.access,
            site.options,
            2,
            hook.base,
            admin,
            site.zone_of(None),
            site.clock.now(),
        )
