"""The complete comments of one issue: from the issue itself where they are all there, else from their own pages.

On Cloud an issue carries at most a hundred comments, the newest (jira facts 3.14). On Data Center it carries all, but
never says which are internal: one more call for each issue with comments asks for their properties, in projects of
every kind, since an issue may have been moved out of a service desk with its internal comments, and any program may set
the mark. Where there is no Jira Service Management, this call is saved by saying so (`service_desks` of the source).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.core.model import Comment
from syncd.jira.client import API, JiraClient
from syncd.jira.convert import Place, comment_of

PAGE_SIZE = 100
MOST_PASSES = 5


def comments_of(
    client: JiraClient, raw: Mapping[str, Any], place: Place, *, service_desk: bool, properties: bool
) -> tuple[Comment, ...]:
    """Every comment of an issue that this user may see, oldest first.

    `service_desk` says that a comment without any mark may be internal all the same, `properties` that the marks must
    be asked for.
    """
    embedded = (raw.get("fields") or {}).get("comment")
    found, complete = _embedded(embedded)
    if complete and not (found and properties):
        shown = _shown(raw)
        made = [comment_of(one, shown.get(str(one["id"])), place, service_desk=service_desk) for one in found]
    else:
        pages = Pages(client, str(raw["id"]), str(raw["key"]), place.cloud)
        made = [comment_of(one, one.get("renderedBody"), place, service_desk=service_desk) for one in pages.all()]
    return tuple(sorted(made, key=lambda comment: (comment.created, int(comment.id))))


def _embedded(block: Any) -> tuple[list[dict[str, Any]], bool]:
    """The comments that came with the issue, and whether they are all there are."""
    if not isinstance(block, dict) or not isinstance(block.get("comments"), list):
        return [], False
    found = block["comments"]
    total = block.get("total")
    return found, isinstance(total, int) and len(found) >= total


def _shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Jira's renderings of the embedded comments, by id."""
    block = (raw.get("renderedFields") or {}).get("comment")
    found = block.get("comments") if isinstance(block, dict) else None
    return {str(one.get("id")): one.get("body") for one in found or [] if isinstance(one, dict)}


class Pages:
    """The pages of an issue's comments. They drift when a comment is deleted meanwhile, so they must add up."""

    def __init__(
        self, client: JiraClient, issue: str, key: str, cloud: bool, *, expand: str = "renderedBody,properties"
    ) -> None:
        self._client = client
        self._path = f"{API}/issue/{issue}/comment"
        self._step = f"reading the comments of {key}"
        self._params: dict[str, Any] = {"orderBy": "created", "expand": expand}
        if cloud:
            self._params["maxResults"] = PAGE_SIZE  # Data Center gives all of them if nobody names a number

    def all(self) -> list[dict[str, Any]]:
        """Read until a pass adds up to the total, or two agree: `total` may count comments that we may not see."""
        before: set[str] | None = None
        for _ in range(MOST_PASSES):
            found, total = self._pass()
            if len(found) == total or set(found) == before:
                return list(found.values())
            before = set(found)
        raise self._client.unreadable("sends other comments at every reading; they change too fast", self._step)

    def _pass(self) -> tuple[dict[str, dict[str, Any]], int]:
        found: dict[str, dict[str, Any]] = {}
        start = 0
        total = -1
        while True:
            answer = self._client.get(
                self._path, endpoint="comments", step=self._step, params={**self._params, "startAt": start}
            )
            try:
                page = {str(one["id"]): one for one in answer["comments"]}
                count = int(answer["total"])
            except (KeyError, TypeError, ValueError) as error:
                raise self._client.unreadable("sent comments that cannot be read", self._step) from error
            new = page.keys() - found.keys()
            found |= page
            moved = total not in (-1, count)
            total = -1 if moved else count
            start += len(answer["comments"])
            if not new or start >= count:
                return found, total
            if moved:
                return found, -1
