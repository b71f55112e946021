"""Jira as something to write to: comments, statuses, fields, links, files. Beside `JiraSource`, which only reads.

It is made for the return direction: a record's changes and notes come back to the issue that is linked with it. The
engine is to use it like a `Target`: an intent is stored before each call; a method that returns has had its effect,
once; after DoubtfulError the effect is asked for (`find_comments`, `move` again, `find_attachment`, the issue itself)
when `settles_after` has passed, before anything is sent again. Nothing here repeats a write by itself (law 3).

| write            | how a lost one is found out                                               |
|------------------|---------------------------------------------------------------------------|
| `add_comment`    | `find_comments(issue, tag)`: the tag is there or it is not                |
| `move`           | `move` again: it begins with a look, and standing there already is done   |
| `edit`           | read the issue; the same values again change nothing                      |
| `link`           | `link` again: the global id makes it the same link                        |
| `attach`         | looks by itself at once; later `find_attachment`, by name, size and bytes |

Issues are named by their numeric ids, which survive moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from syncd.core.model import User
from syncd.errors import RejectedError
from syncd.jira.client import JiraClient
from syncd.jira.commenting import Added, Commenting, Restriction, Tagged
from syncd.jira.files import File, Files
from syncd.jira.moving import Moved, Moving
from syncd.jira.outgoing import harmless
from syncd.jira.sending import Sending
from syncd.jira.tags import Tag
from syncd.jira.transitions import Goal

_MOVED_NOT_SET = {"status": "is changed by a transition", "comment": "is added as a comment"}
_OPEN_TO_MENTIONS = frozenset({"description", "environment"})


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link from an issue to a record. `global_id` is its identity: writing it again updates it.

    What is left empty is cleared by an update (jira facts 6.9). `resolved` strikes the title through.
    """

    global_id: str
    url: str
    title: str
    summary: str = ""
    relationship: str = ""
    application: str = ""
    resolved: bool = False


class JiraWriter:
    """Writes to one Jira, of either flavour, from any number of threads.

    `keeps_properties` says whether this Jira keeps the properties of a new comment; None finds it out.
    """

    def __init__(self, client: JiraClient, *, keeps_properties: bool | None = None) -> None:
        self._client = client
        self._sending = Sending(client)
        self._comments = Commenting(self._sending, keeps_properties)
        self._moving = Moving(self._sending)
        self._files = Files(self._sending)

    @property
    def keeps_properties(self) -> bool | None:
        """Whether this Jira keeps the properties of new comments, as far as is known; worth remembering."""
        return self._comments.keeps_properties

    # ---- comments

    def add_comment(
        self, issue: str, body: str, tag: Tag, *, restriction: Restriction | None = None, internal: bool = False
    ) -> Added:
        """Add a comment in wiki markup. `internal` hides it from the customers of a service desk."""
        return self._comments.add(issue, body, tag, restriction=restriction, internal=internal)

    def find_comments(self, issue: str, tag: Tag) -> tuple[str, ...]:
        """The ids of the comments with this tag: none, one, or more if two programs wrote."""
        return tuple(found.comment_id for found in self._comments.find(issue) if found.tag_id == tag.id)

    def our_comments(self, issue: str) -> tuple[Tagged, ...]:
        """Every comment with any tag of ours, oldest first: to know one's own echo, and to recover a lost database."""
        return self._comments.find(issue)

    # ---- the issue

    def move(
        self, issue: str, goal: Goal, *, via: Sequence[Goal] = (), fields: Mapping[str, Any] | None = None
    ) -> Moved:
        """Bring an issue to a status. `fields` such as {"resolution": "Done"} go onto the screens that have them."""
        return self._moving.move(issue, goal, via=via, fields=self._spelt(fields or {}))

    def edit(self, issue: str, fields: Mapping[str, Any]) -> None:
        """Set fields, by id. A user is a `User`, None empties a field, anything else is JSON as Jira wants it."""
        step = f"editing issue {issue}"
        for name, why in _MOVED_NOT_SET.items():
            if name in fields:
                raise self._sending.refusal(f"has the field {name!r}, which {why} and not by an edit", step)
        if not fields:
            return
        path = self._sending.path(issue)
        json = {"fields": self._spelt(fields)}
        self._sending.send("PUT", path, endpoint="issue.edit", step=step, confirmed_by=(204,), json=json)

    def link(self, issue: str, link: RemoteLink) -> str:
        """Write a link to a record, or update the one with the same global id. Returns its id."""
        step = f"linking issue {issue} with {link.title or link.url}"
        missing = [name for name in ("global_id", "url", "title") if not getattr(link, name).strip()]
        if missing:
            raise self._sending.refusal(f"takes no link without {' and '.join(missing)}", step)
        if len(link.global_id) > 255:
            raise self._sending.refusal("takes no global id of more than 255 characters", step)
        shown: dict[str, Any] = {"url": link.url, "title": link.title, "status": {"resolved": link.resolved}}
        body: dict[str, Any] = {"globalId": link.global_id, "object": shown}
        if link.summary:
            shown["summary"] = link.summary
        if link.relationship:
            body["relationship"] = link.relationship
        if link.application:
            body["application"] = {"name": link.application}
        path = self._sending.path(issue, "/remotelink")
        response = self._sending.send("POST", path, endpoint="link", step=step, confirmed_by=(200, 201), json=body)
        raw = self._sending.told(response, step)
        if not isinstance(raw, dict) or "id" not in raw:
            raise self._sending.doubt("confirmed the link without saying its id", step)
        return str(raw["id"])

    # ---- files

    def attach(self, issue: str, name: str, content_type: str, file: BinaryIO, known: Collection[str] = ()) -> File:
        """Send a file, once; `known` are the ids of files that were there before, if that was looked at."""
        return self._files.attach(issue, name, content_type, file, known)

    def find_attachment(self, issue: str, name: str, file: BinaryIO, known: Collection[str] = ()) -> File | None:
        """The file with this name and these bytes, if the issue has it."""
        return self._files.find(issue, name, file, known)

    def attachments(self, issue: str) -> tuple[File, ...]:
        return self._files.on(issue)

    def fetch(self, file: File) -> Iterator[bytes]:
        """The bytes of a file, piece by piece; raises UnreadableError at the end if they are not all there."""
        return self._files.fetch(file)

    # ---- values

    def _spelt(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, value) for name, value in fields.items()}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, User):
            return self._user(name, value)
        if isinstance(value, list | tuple):
            return [self._value(name, one) for one in value]
        if isinstance(value, str) and (name in _OPEN_TO_MENTIONS or name.startswith("customfield_")):
            return harmless(value)
        return value

    def _user(self, name: str, user: User) -> dict[str, str]:
        """Cloud knows users by their account id, Data Center by the name they log in with (jira facts 6.11)."""
        if self._client.server.cloud:
            return {"accountId": user.id}
        if user.login is None:
            raise RejectedError(
                f"knows users by their login name, and that of {user.name} is not known",
                system=self._client.connection,
                step=f"setting the field {name!r}",
            )
        return {"name": user.login}
