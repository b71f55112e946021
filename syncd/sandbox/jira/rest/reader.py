"""Reads single values: JSON in the form that the API version and the flavour demand, to what the model stores."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from syncd.sandbox.jira.fields import Field
from syncd.sandbox.jira.markup import adf, from_adf, to_adf
from syncd.sandbox.jira.model import Flavour, IssueType, Json, Option, Project, Rich
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.refusals import not_on_screen
from syncd.sandbox.jira.site import Site

TEXT_LIMIT = 32_767
_TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
_ADF_WANTED = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


class InputError(ValueError):
    """What is wrong with one field."""


def read_rich(raw: Json, version: int, options: Options) -> Rich | None:
    if raw is None:
        return None
    if version == 3:
        if isinstance(raw, str):
            raise InputError(_ADF_WANTED)
        if (problem := adf.problem(raw)) is not None:
            raise InputError(problem)
        text = from_adf(raw)
    else:
        if not isinstance(raw, str):
            raise InputError("Operation value must be a string")
        text = Rich(raw)
    if len(text.wiki) > TEXT_LIMIT or (_measures_documents(options) and _size(text) > TEXT_LIMIT):
        raise InputError(_TOO_LONG)
    return text


def _measures_documents(options: Options) -> bool:
    return options.flavour is Flavour.CLOUD and options.document_limit


def _size(text: Rich) -> int:
    """Of the document that Cloud keeps, which a text through v2 is made into (facts 3.18)."""
    document = to_adf(text, lambda mention: (mention, mention))
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


class Reader:
    """Reads single values. Names are looked up where the project and the site keep them."""

    def __init__(self, site: Site, version: int, project: Project) -> None:
        self._site = site
        self._version = version
        self._project = project

    def value(self, field: Field, raw: Json) -> Any:
        reader = self._READERS.get(field.kind)
        if reader is None:
            raise InputError(not_on_screen(field.id))
        return reader(self, field, raw)

    def _text(self, field: Field, raw: Json) -> Any:
        if field.id == "summary":
            return _summary(raw)
        if raw is not None and not isinstance(raw, str):
            raise InputError("Operation value must be a string")
        if raw and len(raw) > 255:
            raise InputError("The entered text is too long. It exceeds the allowed limit of 255 characters.")
        return raw or None

    def _rich(self, field: Field, raw: Json) -> Any:
        return read_rich(raw, self._version, self._site.options)

    def _url(self, field: Field, raw: Json) -> Any:
        if raw and not re.match(r"https?://\S+$", str(raw)):
            raise InputError(f"Not a valid URL: {raw}")
        return raw or None

    def _user(self, field: Field, raw: Json) -> Any:
        cloud = self._site.options.flavour is Flavour.CLOUD
        if raw is None:
            return None
        if not isinstance(raw, dict):
            raise InputError("expected Object")
        names = ("accountId", "id") if cloud else ("name",)
        handle = next((raw[name] for name in names if raw.get(name)), None)
        if handle is None:
            if "name" in raw or "accountId" in raw:
                return None if raw.get("name", raw.get("accountId")) is None else self._no_user(field, raw)
            raise InputError(f"expected Object containing a `{names[0]}` property")
        if handle == "-1":
            return self._project.lead
        user = self._site.people.find(str(handle))
        if user is None or handle not in ((user.account_id,) if cloud else (user.name, user.key)):
            raise InputError(f"User '{handle}' does not exist.")
        if field.id == "assignee" and not user.active:
            raise InputError(f"User '{handle}' cannot be assigned issues.")
        return user.key

    def _no_user(self, field: Field, raw: Json) -> Any:
        if self._site.options.flavour is Flavour.CLOUD:
            raise InputError("'accountId' must be the only user identifying query parameter in GDPR strict mode.")
        raise InputError("expected Object containing a `name` property")

    def _users(self, field: Field, raw: Json) -> Any:
        return tuple(self._user(field, item) for item in _list(raw))

    def _priority(self, field: Field, raw: Json) -> Any:
        return None if raw is None else self._named(raw, self._site.world.priorities.values(), "Priority")

    def _resolution(self, field: Field, raw: Json) -> Any:
        return None if raw is None else self._named(raw, self._site.world.resolutions.values(), "Resolution")

    def issue_type(self, raw: Json) -> IssueType:
        found = self._named(raw, self._project.issue_types, "issue type")
        assert isinstance(found, IssueType)
        return found

    def _issue_type(self, field: Field, raw: Json) -> Any:
        return self.issue_type(raw)

    def _components(self, field: Field, raw: Json) -> Any:
        return tuple(self._named(item, self._project.components, "Component") for item in _list(raw))

    def _versions(self, field: Field, raw: Json) -> Any:
        return tuple(self._named(item, self._project.versions, "Version") for item in _list(raw))

    def _named(self, raw: Json, table: Iterable[Any], noun: str) -> Any:
        if not isinstance(raw, dict) or not ("id" in raw or "name" in raw):
            raise InputError(f"Could not find valid 'id' or 'name' in {noun.lower()} object.")
        for value in table:
            if raw.get("id") == value.id if "id" in raw else str(raw["name"]).lower() == value.name.lower():
                return value
        if noun == "issue type":
            raise InputError("Specify a valid issue type")
        if "id" in raw:
            raise InputError(f"{noun} id '{raw['id']}' is not valid")
        raise InputError(f"{noun} name '{raw['name']}' is not valid")

    def _labels(self, field: Field, raw: Json) -> Any:
        for label in _list(raw):
            if not isinstance(label, str):
                raise InputError("expected a string in the list")
            if re.search(r"\s", label):
                raise InputError(f"The label '{label}' contains spaces which is invalid.")
            if len(label) > 255:
                raise InputError(f"The label '{label}' exceeds the maximum length of 255 characters.")
        return tuple(dict.fromkeys(_list(raw)))

    def _number(self, field: Field, raw: Json) -> Any:
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise InputError("Operation value must be a number")
        return float(raw)

    def _option(self, field: Field, raw: Json) -> Any:
        if raw is None:
            return None
        if not isinstance(raw, dict) or not ("id" in raw or "value" in raw):
            raise InputError("Specify a valid 'id' or 'name' for " + field.name)
        child = raw.get("child")
        for option in field.options:
            fits = option.id == raw["id"] if "id" in raw else option.value == raw["value"]
            if fits and _child_fits(option, child):
                return option
        raise InputError(f"Option {'id' if 'id' in raw else 'value'} '{raw.get('id', raw.get('value'))}' is not valid")

    def _options(self, field: Field, raw: Json) -> Any:
        return tuple(self._option(field, item) for item in _list(raw))

    def _date(self, field: Field, raw: Json) -> Any:
        if raw in (None, ""):
            return None
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(raw)):
                raise ValueError(raw)
            return date.fromisoformat(str(raw)).isoformat()
        except ValueError:
            raise InputError(f"Operation value must be a string of the form yyyy-MM-dd: {raw}") from None

    def _datetime(self, field: Field, raw: Json) -> Any:
        if raw in (None, ""):
            return None
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?([+-]\d\d:?\d\d|Z)", str(raw)):
                raise ValueError(raw)
            return datetime.fromisoformat(str(raw)).astimezone(UTC)
        except ValueError:
            raise InputError(f"Error parsing time: {raw}") from None

    _READERS: Mapping[str, Callable[[Reader, Field, Json], Any]] = {
        "text": _text,
        "rich": _rich,
        "url": _url,
        "user": _user,
        "users": _users,
        "priority": _priority,
        "resolution": _resolution,
        "issuetype": _issue_type,
        "components": _components,
        "versions": _versions,
        "labels": _labels,
        "number": _number,
        "option": _option,
        "cascade": _option,
        "options": _options,
        "date": _date,
        "datetime": _datetime,
    }


def _summary(raw: Json) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise InputError("You must specify a summary of the issue.")
    if "\n" in raw or "\r" in raw:
        raise InputError("The summary is invalid because it contains newline characters.")
    if len(raw) > 255:
        raise InputError("Summary must be less than 255 characters.")
    return raw


def _child_fits(option: Option, child: Json) -> bool:
    if child is None:
        return option.child is None
    if option.child is None or not isinstance(child, dict):
        return False
    same_id = child.get("id") in (None, option.child.id)
    return same_id and child.get("value") in (None, option.child.value)


def _list(raw: Json) -> list[Json]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise InputError("data was not an array")
    return raw
