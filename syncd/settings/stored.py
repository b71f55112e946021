"""A connection in two parts, as it is kept in the database: what may be seen, and its secrets. Pure.

A connection that comes through the API names no files of this machine (`password_file`, `cert`, a CA bundle): whoever
may edit connections would otherwise make us read them, or send them to a host of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, HttpUrl, SecretStr, TypeAdapter, ValidationError

from syncd.settings.connections import Connection

_ADAPTER: TypeAdapter[Connection] = TypeAdapter(Connection)

KEPT = "set"
"""What answers show in the place of a secret. Sent back, it means the secret that is kept, and is never one itself."""

_FILES = frozenset({"cert", "key"})


def parted(connection: Connection) -> tuple[dict[str, Any], dict[str, str]]:
    """(settings without secrets, secrets by their place, e.g. `auth.password`)."""
    hidden: dict[str, str] = {}

    def open_part(model: BaseModel, path: str) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in model:
            place = f"{path}{name}"
            if isinstance(value, SecretStr):
                hidden[place] = value.get_secret_value()
            elif isinstance(value, BaseModel):
                shown[name] = open_part(value, f"{place}.")
            elif name in model.model_fields_set or name == "type":
                shown[name] = model.model_dump(mode="json", include={name})[name]
        return shown

    return open_part(connection, ""), hidden


def joined(settings: Mapping[str, Any], hidden: Mapping[str, str]) -> Connection:
    """Both parts together again. Raises pydantic's ValidationError if this program understands them no more."""
    whole: dict[str, Any] = _copy(settings)
    for place, secret in hidden.items():
        *way, name = place.split(".")
        inner = whole
        for part in way:
            inner = inner.setdefault(part, {})
        inner[name] = secret
    return _ADAPTER.validate_python(whole)


def checked(settings: Mapping[str, Any]) -> Connection:
    """What somebody wants, as settings. Raises pydantic's ValidationError."""
    return _ADAPTER.validate_python(dict(settings))


def shown(connection: Connection) -> dict[str, Any]:
    """All settings with their defaults, each secret only as whether it is set."""

    def part(model: BaseModel) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in model:
            if isinstance(value, SecretStr):
                found[name] = KEPT
            elif isinstance(value, BaseModel):
                found[name] = part(value)
            else:
                found[name] = without_user(model.model_dump(mode="json", include={name})[name])
        return found

    return part(connection)


def with_kept(wanted: Mapping[str, Any], settings: Mapping[str, Any], hidden: Mapping[str, str]) -> dict[str, Any]:
    """`wanted` with the secrets that it does not give taken from those that are kept.

    Kept secrets are only for whom they were given to: they stay behind when the way to where they are sent changes
    (an address, a proxy, whether certificates are checked), since who may edit a connection may not read its secrets.
    """
    whole = _filled(wanted, hidden)
    try:
        new = checked(whole)
    except ValidationError:
        return whole  # no connection comes of it: who checks it says why
    try:
        same = _way(new) == _way(joined(settings, hidden))
    except ValidationError:
        same = False
    return whole if same else _copy(wanted)


def _filled(wanted: Mapping[str, Any], hidden: Mapping[str, str]) -> dict[str, Any]:
    """`wanted`, and the kept secrets in the places that it leaves empty."""
    whole: dict[str, Any] = _copy(wanted)
    for place, secret in hidden.items():
        *way, name = place.split(".")
        inner: Any = whole
        for step in way:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and inner.get(name) in (None, KEPT):
            inner[name] = secret
    return whole


def masked(connection: Connection) -> list[str]:
    """The places of secrets that are none, but what an answer showed in their place."""
    return sorted(place for place, secret in parted(connection)[1].items() if secret == KEPT)


def files_named(wanted: Any, place: str = "") -> Iterator[str]:
    """Where these settings name a file of this machine."""
    if not isinstance(wanted, Mapping):
        return
    for name, value in wanted.items():
        here = f"{place}.{name}" if place else str(name)
        is_file = str(name).endswith("_file") or (not place and name in _FILES)
        if (is_file and value is not None) or (here == "verify" and not isinstance(value, bool)):
            yield here
        yield from files_named(value, here)


def addresses(connection: Connection) -> list[str]:
    """Every URL that somebody would have us ask: the system's own, its tokens', the proxy's; not our own defaults."""
    return sorted({url for _, url, given in _urls(connection) if given})


def _urls(model: BaseModel, above: str = "") -> Iterator[tuple[str, str, bool]]:
    """(place, address, whether somebody gave it): as the program understands it, however it was written."""
    for name, value in model:
        if isinstance(value, BaseModel):
            yield from _urls(value, f"{above}{name}.")
        elif isinstance(value, HttpUrl) or (name == "proxy" and value is not None):
            yield f"{above}{name}", str(value), name in model.model_fields_set


def _way(connection: Connection) -> tuple[object, ...]:
    """To whom the secrets are sent, and past whom. By place: an address that is right in one is wrong in another."""
    asked = {place: url.rstrip("/") for place, url, _ in _urls(connection)}
    return connection.auth.type, asked, connection.verify, connection.allow_http


def without_user(value: Any) -> Any:
    """A proxy's address may carry credentials."""
    if isinstance(value, str) and "://" in value and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"
    return value


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _copy(inner) for name, inner in value.items()}
    return value
