"""Adding comments that are found again, and finding them: once each, whatever happens to an answer (law 2).

Every comment carries a tag, as a property that people do not see. Cloud keeps a property that comes with a new comment;
of Data Center it is reported, not proven (jira facts 6.6, 15). So there:

| what is known        | the comment carries                 | an internal comment               |
|----------------------|-------------------------------------|-----------------------------------|
| nothing yet          | property and mark                   | is refused: it might be seen      |
| a property came back | property                            | is sent, and looked after         |
| one did not          | mark, and the property a call later | is refused                        |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from syncd.errors import NotFoundError, RemoteError
from syncd.jira.client import API, JiraClient
from syncd.jira.comments import Pages
from syncd.jira.convert import INTERNAL_PROPERTY
from syncd.jira.doubt import FieldsRefusedError
from syncd.jira.outgoing import LIMIT, fitted, harmless
from syncd.jira.sending import Sending
from syncd.jira.tags import PROPERTY, Tag, id_in_property, id_in_text, without_marks

SIZES = (LIMIT, 30_000, 24_000, 16_000, 8_000, 4_000, 2_000, 1_000)
"""Characters to try. On Cloud the limit is one of the document that Jira makes of the text, which grows with its markup
and its lines (jira facts 3.18): nobody can tell beforehand, and a refusal has had no effect."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """Who alone may read a comment: the members of a project role, or of a group, by name."""

    type: Literal["role", "group"]
    value: str


@dataclass(frozen=True, slots=True)
class Added:
    """A comment that is there. `shortened` says that not all of its text fitted; `tagged` that it has its property."""

    id: str
    tagged: bool = True
    shortened: bool = False


@dataclass(frozen=True, slots=True)
class Tagged:
    """A comment in which a tag was found."""

    comment_id: str
    tag_id: str


class Commenting:
    """Comments of one Jira. `keeps_properties`: whether it keeps those of new comments; None finds out."""

    def __init__(self, sending: Sending, keeps_properties: bool | None = None) -> None:
        self._sending = sending
        self._client: JiraClient = sending.client
        self._keeps = keeps_properties

    @property
    def keeps_properties(self) -> bool | None:
        """What is known by now; worth remembering."""
        return True if self._keeps is None and self._client.server.cloud else self._keeps

    def add(
        self, issue: str, body: str, tag: Tag, *, restriction: Restriction | None = None, internal: bool = False
    ) -> Added:
        step = f"adding a comment to issue {issue}"
        text = without_marks(harmless(body)).strip()
        if not text:
            raise self._sending.refusal("takes no comment without text", step)
        keeps = self.keeps_properties
        if internal and not keeps:
            raise self._sending.refusal(
                "may show a new comment to customers before it is marked as internal: it "
                + ("does not keep" if keeps is False else "is not known to keep")
                + " the properties of new comments; restrict the comment to a role or group instead",
                step,
            )
        ending = "" if keeps else f"\n\n{tag.mark}"
        content: dict[str, Any] = {"properties": _properties(tag, internal)}
        if restriction is not None:
            content["visibility"] = {"type": restriction.type, "value": restriction.value}
        whole = len(text) + len(ending)
        sizes = [SIZES[0], *(size for size in SIZES[1:] if size < whole)]
        for size in sizes:
            fits = fitted(text, ending, size)
            try:
                raw = self._post(issue, {"body": fits, **content}, step)
            except FieldsRefusedError as error:
                if "comment" not in error.fields or size == sizes[-1]:
                    raise
                continue
            return Added(str(raw["id"]), self._see_to_it(issue, raw, tag, internal, step), fits != text + ending)
        raise AssertionError("unreachable: the smallest size returns or raises")

    def find(self, issue: str) -> tuple[Tagged, ...]:
        """Every comment of ours on an issue, oldest first. An issue whose comments cannot all be read raises."""
        self._sending.path(issue)
        pages = Pages(self._client, issue, f"issue {issue}", self._client.server.cloud, expand="properties")
        step = f"looking for our comments on issue {issue}"
        try:
            rows = sorted(pages.all(), key=lambda row: int(row["id"]))
            ids = self._client.together(lambda row: self._id_in(row, step), rows)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise self._client.unreadable("sent comments that cannot be read", step) from error
        return tuple(Tagged(str(row["id"]), found) for row, found in zip(rows, ids, strict=True) if found)

    def _post(self, issue: str, content: Mapping[str, Any], step: str) -> dict[str, Any]:
        response = self._sending.send(
            "POST",
            self._sending.path(issue, "/comment"),
            endpoint="comment.add",
            step=step,
            confirmed_by=(201,),
            json=content,
            params={"expand": "properties"},
        )
        raw = self._sending.told(response, step)
        if not isinstance(raw, dict) or not raw.get("id"):
            raise self._sending.doubt("confirmed the comment without saying its id", step)
        return raw

    def _see_to_it(self, issue: str, raw: Mapping[str, Any], tag: Tag, internal: bool, step: str) -> bool:
        """Whether the comment has its property in the end. It is there by now, so nothing here is a doubt about it."""
        comment = str(raw["id"])
        if internal:
            self._see_that_it_is_hidden(issue, comment, raw, step)
        if self._keeps:
            return True
        kept = self._stored(comment, PROPERTY, step)
        if kept is not None:
            self._keeps = kept
        return bool(kept) or (kept is False and self._put(comment, PROPERTY, tag.value, step))

    def _see_that_it_is_hidden(self, issue: str, comment: str, raw: Mapping[str, Any], step: str) -> None:
        """A comment that customers see against our will is marked, or else taken back (law 8)."""
        if raw.get("jsdPublic") is False or INTERNAL_PROPERTY in _values(raw.get("properties")):
            return
        if self._stored(comment, INTERNAL_PROPERTY, step) is not False:
            return
        self._keeps = False
        if self._put(comment, INTERNAL_PROPERTY, {"internal": True}, step):
            return
        gone = self._delete(issue, comment, step)
        raise self._sending.refusal(
            "does not let a comment be internal here; it was taken back"
            if gone
            else f"shows comment {comment} to customers, although it is meant to be internal; delete it by hand",
            step,
        )

    def _stored(self, comment: str, key: str, step: str) -> bool | None:
        """Whether a comment has a property, None if that cannot be told. An answer might only repeat what was sent."""
        try:
            self._property(comment, key, step)
        except NotFoundError:
            return False
        except RemoteError:
            return None
        return True

    def _id_in(self, raw: Mapping[str, Any], step: str) -> str | None:
        """The id of our tag in a comment, wherever it is. A list without properties is one that left them out."""
        if isinstance(raw.get("properties"), list):
            held = _values(raw["properties"]).get(PROPERTY)
        else:
            try:
                held = self._property(str(raw["id"]), PROPERTY, step)
            except NotFoundError:
                held = None
        return id_in_property(held) or id_in_text(raw.get("body") or "")

    def _property(self, comment: str, key: str, step: str) -> Any:
        answer = self._client.get(_property_path(comment, key), endpoint="comment.property", step=step)
        return answer.get("value") if isinstance(answer, dict) else None

    def _put(self, comment: str, key: str, value: Any, step: str) -> bool:
        """Set a property, which may be repeated without harm, once. Whether it is set for certain."""
        try:
            self._sending.send(
                "PUT",
                _property_path(comment, key),
                endpoint="comment.tag",
                step=step,
                confirmed_by=(200, 201, 204),
                json=value,
            )
        except RemoteError:
            return False
        return True

    def _delete(self, issue: str, comment: str, step: str) -> bool:
        path = self._sending.path(issue, f"/comment/{comment}")
        try:
            self._sending.send("DELETE", path, endpoint="comment.delete", step=step, confirmed_by=(204,))
        except RemoteError:
            return False
        return True


def _properties(tag: Tag, internal: bool) -> list[dict[str, Any]]:
    marks = [{"key": PROPERTY, "value": tag.value}]
    return [*marks, {"key": INTERNAL_PROPERTY, "value": {"internal": True}}] if internal else marks


def _values(properties: Any) -> dict[str, Any]:
    found = properties if isinstance(properties, list) else []
    return {str(one["key"]): one.get("value") for one in found if isinstance(one, dict) and "key" in one}


def _property_path(comment: str, key: str) -> str:
    return f"{API}/comment/{comment}/properties/{key}"
