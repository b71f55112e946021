"""Jira's JSON to the core's values. Pure: no HTTP, no clock.

Everything that Jira may leave out may be missing here: authors of deleted users, e-mail addresses hidden by privacy
settings, bodies, whole fields (jira facts 3.11, 5.5). What cannot be missing (id, key, `updated`) raises ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd.core.model import Audience, Comment, Issue, Json, User
from syncd.jira.adf import is_document, source_text
from syncd.jira.rendering import rendered
from syncd.jira.sprints import sprints
from syncd.jira.text import clean, cleaned
from syncd.jira.times import in_utc, is_written_moment, moment

INTERNAL_PROPERTY = "sd.public.comment"

_USERS_WORDS = frozenset({"summary", "description", "environment", "body", "comment", "displayName", "name", "value"})
"""Keys whose texts people write; one that happens to look like a time is left as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where issues come from, as conversion needs it. `base` is the URL people use, without a slash at its end."""

    site: str
    base: str
    cloud: bool

    def issue_url(self, key: str) -> str:
        return f"{self.base}/browse/{key}"


def issue_of(raw: Mapping[str, Any], names: Mapping[str, str], comments: tuple[Comment, ...], place: Place) -> Issue:
    """One whole issue. `names` maps field ids to what people see; the comments are converted already."""
    fields = raw["fields"]
    shown = raw.get("renderedFields") or {}
    key = str(raw["key"])
    texts: dict[str, str] = {}
    html: dict[str, str] = {}
    values = {clean(str(name)): value_of(name, value) for name, value in fields.items() if name != "comment"}
    for name, value in values.items():
        if is_rich(name, value, shown.get(name)):
            reading = rendered(shown.get(name), value, place.base)
            texts[name], html[name] = reading.text, reading.html
    return Issue(
        site=place.site,
        id=str(raw["id"]),
        key=key,
        url=place.issue_url(key),
        updated=moment(fields["updated"]),
        fields=values,
        texts=texts,
        html=html,
        names={name: names[name] for name in values if name in names},
        comments=comments,
    )


def value_of(name: str, value: Any) -> Json:
    """A field's value: clean texts, sprints as objects, moments in UTC wherever Jira and not a person wrote them."""
    return _in_utc(name, sprints(_for_everybody(name, cleaned(value))))


def _for_everybody(name: str, value: Json) -> Json:
    """Work logs may be restricted to a role or a group, like comments; a template must not give those away (law 8)."""
    if name != "worklog" or not isinstance(value, dict) or not isinstance(value.get("worklogs"), list):
        return value
    return {
        **value,
        "worklogs": [log for log in value["worklogs"] if isinstance(log, dict) and not log.get("visibility")],
    }


def is_rich(name: str, value: Json, shown: Any) -> bool:
    """Whether a field holds marked-up text. Jira also "renders" dates ("2 days ago"): those are not texts."""
    if is_document(value):
        return True
    if not isinstance(value, str) or not value or is_written_moment(value):
        return False
    return name in ("description", "environment") or (isinstance(shown, str) and "<" in shown)


def comment_of(raw: Mapping[str, Any], html: Any, place: Place, *, service_desk: bool) -> Comment:
    """One comment. `html` is Jira's rendering of it, None if there is none."""
    source = cleaned(raw.get("body"))
    reading = rendered(html, "" if source is None else source, place.base)
    created = moment(raw.get("created") or raw.get("updated"))
    return Comment(
        id=str(raw["id"]),
        author=user_of(raw.get("author")),
        body=source_text(source),
        text=reading.text,
        html=reading.html,
        created=created,
        updated=moment(raw["updated"]) if raw.get("updated") else created,
        audience=audience_of(raw, cloud=place.cloud, service_desk=service_desk),
        converted=place.cloud,
    )


def audience_of(raw: Mapping[str, Any], *, cloud: bool, service_desk: bool) -> Audience:
    """Who may read a comment. The narrowest mark wins, and what cannot be read is unknown (law 8).

    | visibility      | internal mark                                      | audience   |
    |-----------------|----------------------------------------------------|------------|
    | role or group   | any                                                | RESTRICTED |
    | something else  | any                                                | UNKNOWN    |
    | none            | jsdPublic false, or property internal              | INTERNAL   |
    | none            | unreadable, or missing where a service desk has it | UNKNOWN    |
    | none            | says public, or missing elsewhere                  | PUBLIC     |
    """
    visibility = raw.get("visibility")
    if visibility is not None and visibility != {}:
        known = isinstance(visibility, dict) and visibility.get("type") in ("role", "group")
        return Audience.RESTRICTED if known else Audience.UNKNOWN
    marks = [_public_flag(raw), _internal_property(raw)]
    for audience in (Audience.INTERNAL, Audience.UNKNOWN):
        if audience in marks:
            return audience
    said = "jsdPublic" in raw if cloud else "properties" in raw
    return Audience.UNKNOWN if service_desk and not said else Audience.PUBLIC


def user_of(raw: Any) -> User | None:
    """A user as Cloud or Data Center shows it; None where there is none (deleted, anonymous)."""
    if not isinstance(raw, dict):
        return None
    identity = raw.get("accountId") or raw.get("key") or raw.get("name")
    if not identity:
        return None
    name = clean(str(raw.get("displayName") or raw.get("name") or identity)).strip()
    return User(id=str(identity), name=name, email=_optional(raw.get("emailAddress")), login=_optional(raw.get("name")))


def _optional(value: Any) -> str | None:
    return clean(value).strip() or None if isinstance(value, str) else None


def _public_flag(raw: Mapping[str, Any]) -> Audience:
    """Cloud's mark."""
    flag = raw.get("jsdPublic", True)
    if flag is True:
        return Audience.PUBLIC
    return Audience.INTERNAL if flag is False else Audience.UNKNOWN


def _internal_property(raw: Mapping[str, Any]) -> Audience:
    """Data Center's mark."""
    properties = raw.get("properties", [])
    if not isinstance(properties, list):
        return Audience.UNKNOWN
    for one in properties:
        if not isinstance(one, dict) or "key" not in one:
            return Audience.UNKNOWN
        if one["key"] == INTERNAL_PROPERTY:
            value = one.get("value")
            internal = value.get("internal") if isinstance(value, dict) else None
            if internal in (True, "true"):
                return Audience.INTERNAL
            if internal not in (False, "false"):
                return Audience.UNKNOWN
    return Audience.PUBLIC


def _in_utc(name: str, value: Any) -> Any:
    """Moments in UTC, in place: `value` is our own copy."""
    if isinstance(value, str):
        return value if name in _USERS_WORDS else in_utc(value)
    todo = [value]
    while todo:
        inside = todo.pop()
        if isinstance(inside, dict | list):
            for key, item in list(inside.items()) if isinstance(inside, dict) else list(enumerate(inside)):
                if isinstance(item, dict | list):
                    todo.append(item)
                elif isinstance(item, str) and key not in _USERS_WORDS:
                    inside[key] = in_utc(item)
    return value
