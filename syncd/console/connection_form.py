"""The form of a connection, made from the settings' own models: a new setting is on the page without a word here.

Knows no settings and no secrets: a field of a secret is always empty, and says whether one is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from syncd.api.desk import Kind
from syncd.api.problems import Wrong
from syncd.settings import JiraConnection, ServiceNowConnection

MODELS: Mapping[Kind, type[BaseModel]] = {"jira": JiraConnection, "servicenow": ServiceNowConnection}

NAMES: Mapping[Kind, str] = {"jira": "Jira", "servicenow": "ServiceNow"}

WAYS = {
    "basic": "user name and password, or API token",
    "bearer": "personal access token",
    "api_key": "API key",
    "oauth2_client_credentials": "OAuth, client credentials",
    "oauth2_password": "OAuth, with a user's password",
    "oauth2_refresh_token": "OAuth, refresh token",
    "oauth2_jwt": "OAuth, signed by a key (JWT)",
}

ON = "on"
"""Whether a part that may be left out is there: `webhook.on`."""

_NOT_HERE = frozenset({"type", "auth", "cert", "key"})
"""Chosen before the form is shown; files of the server, which only syncd.yaml may name."""

_FIRST = ("url",)
_LINES = frozenset({"private_key"})


@dataclass(frozen=True, slots=True)
class Input:
    """One field. `kind` is text, url, password, lines or box; `kept` says that a secret is there already."""

    name: str
    label: str
    kind: str
    about: str = ""
    value: str = ""
    checked: bool = False
    default: str = ""
    required: bool = False
    kept: bool = False
    wrong: str = ""
    first: bool = False


def ways(kind: Kind) -> dict[str, str]:
    """The ways to sign in that this kind of system knows."""
    return {name: WAYS.get(name, name) for name in _auths(kind)}


def inputs(kind: Kind, way: str, settings: Mapping[str, Any], *, kept: bool) -> list[Input]:
    """The fields of a connection that signs in this way, filled with its settings; `kept`: it has secrets already."""
    auth = settings.get("auth")
    same = isinstance(auth, Mapping) and auth.get("type") == way
    model = MODELS[kind]
    found = [one for one in _of(model, "", settings, kept=kept) if one.name in _FIRST]
    found += _of(_auths(kind)[way], "auth.", auth if same and isinstance(auth, Mapping) else {}, kept=kept and same)
    found = [replace(one, first=True) for one in found]
    return found + [one for one in _of(model, "", settings, kept=kept) if one.name not in _FIRST]


def sent(form: FormData, fields: list[Input], way: str) -> dict[str, Any]:
    """What the form wants, in the shape of the API. What was left empty is left out, and so has its default."""
    whole: dict[str, Any] = {"auth": {"type": way}}
    off = {one.name.removesuffix(ON) for one in fields if one.name.endswith(f".{ON}") and one.name not in form}
    for one in fields:
        if any(one.name.startswith(part) for part in off):
            continue
        *path, name = one.name.split(".")
        inner = whole
        for part in path:
            inner = inner.setdefault(part, {})
        given = form.get(one.name)
        if name == ON:
            continue
        if one.kind == "box":
            inner[name] = given is not None
        elif isinstance(given, str) and given.strip():
            inner[name] = given if one.kind in ("password", "lines") else given.strip()
    return whole


def again(fields: list[Input], form: FormData, problems: tuple[Wrong, ...]) -> tuple[list[Input], list[Wrong]]:
    """The fields as sent, without secrets, each with what is wrong with it; and what concerns none of them."""
    said = {problem.place.removeprefix("body."): problem.problem for problem in problems}
    shown = []
    for one in fields:
        given = form.get(one.name)
        value = given if isinstance(given, str) and one.kind in ("text", "url") else ""
        shown.append(replace(one, value=value, checked=given is not None, wrong=said.pop(one.name, "")))
    return shown, [Wrong(place=place, problem=problem) for place, problem in said.items()]


def _auths(kind: Kind) -> dict[str, type[BaseModel]]:
    union = MODELS[kind].model_fields["auth"].annotation
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


def _of(model: type[BaseModel], place: str, settings: Mapping[str, Any], *, kept: bool) -> list[Input]:
    return [
        one
        for name, info in model.model_fields.items()
        if name not in _NOT_HERE or place
        if name != "type"
        for one in _field(f"{place}{name}", name, info, settings.get(name), kept=kept)
    ]


def _field(name: str, last: str, info: FieldInfo, value: Any, *, kept: bool) -> Iterator[Input]:
    label = _label(name)
    about = info.description or ""
    part = _part(info)
    if part is not None:
        inner = value if isinstance(value, Mapping) else {}
        if info.default is None:  # it may be left out as a whole
            yield Input(f"{name}.{ON}", label, "box", about, checked=isinstance(value, Mapping))
            kept = kept and isinstance(value, Mapping)
        for one in _of(part, f"{name}.", inner, kept=kept):
            yield replace(one, required=one.required and info.default is not None)
    elif info.annotation is SecretStr:
        yield Input(
            name, label, "lines" if last in _LINES else "password", about, required=info.is_required() and not kept,
            kept=kept,
        )  # fmt: skip
    elif info.annotation is bool or bool in get_args(info.annotation):
        yield Input(name, label, "box", about, checked=bool(info.default if value is None else value))
    else:
        kind = "url" if last.endswith("url") or last == "gateway" else "text"
        default = "" if info.default is None or info.is_required() else _plain(info.default)
        yield Input(
            name, label, kind, about, value="" if value is None else _plain(value), default=default,
            required=info.is_required(),
        )  # fmt: skip


def _part(info: FieldInfo) -> type[BaseModel] | None:
    """The model of a group of settings, which may be optional."""
    for one in (info.annotation, *get_args(info.annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _label(name: str) -> str:
    words = name.removeprefix("auth.").replace(".", ": ").replace("_", " ")
    words = words.replace("url", "URL").replace("client id", "client ID").replace("key id", "key ID")
    return words[:1].upper() + words[1:]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
