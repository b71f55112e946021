"""`renderedFields`: HTML of rich texts, and dates as a person in the caller's zone would say them (facts 12.5)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from syncd.sandbox.jira.markup import Links, to_html
from syncd.sandbox.jira.model import Issue, Json, Rich
from syncd.sandbox.jira.shapes.values import mentioned
from syncd.sandbox.jira.shapes.view import View


def links_of(issue: Issue, view: View) -> Links:
    """Relative addresses: of the newest file with that name, and of people's profiles."""

    def attachment(name: str) -> str | None:
        found = next((a for a in reversed(issue.attachments) if a.filename == name), None)
        if found is None:
            return None
        if view.cloud:
            return f"/rest/api/3/attachment/content/{found.id}"
        return f"/secure/attachment/{found.id}/{quote(found.filename)}"

    def person(mention: str) -> tuple[str, str]:
        account, name = mentioned(mention, view)
        if view.cloud:
            return f"/secure/ViewProfile.jspa?accountId={quote(account, safe='')}", name
        return f"/secure/ViewProfile.jspa?name={quote(mention)}", name

    return Links(attachment, person)


def spoken(at: datetime, view: View) -> str:
    """Jira's relative dates: they change while nothing changes."""
    seconds = (view.now - at).total_seconds()
    local, today = at.astimezone(view.zone), view.now.astimezone(view.zone).date()
    days = (today - local.date()).days
    clock = f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
    if 0 <= seconds < 60:
        return "Just now"
    if 0 <= seconds < 3600:
        minutes = int(seconds // 60)
        return f"{minutes} minute{'s' if minutes != 1 else ''} ago"
    if seconds >= 0 and days == 0:
        hours = int(seconds // 3600)
        return f"{hours} hour{'s' if hours != 1 else ''} ago"
    if days == 1:
        return f"Yesterday {clock}"
    if 1 < days < 7:
        return f"{local:%A} {clock}"
    return f"{local.day:02d}/{local:%b}/{local:%y} {clock}"


def rendered_value(value: object, issue: Issue, view: View) -> Json:
    """HTML for a rich text, words for a date, null for everything else."""
    if isinstance(value, Rich):
        return to_html(value.wiki, links_of(issue, view))
    if isinstance(value, datetime):
        return spoken(value, view)
    return None
