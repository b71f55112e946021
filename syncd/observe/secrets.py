"""The secrets that the settings hold, for the log to strike out. Reads values only; opens no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr


def secrets_in(value: object) -> Iterator[str]:
    """Every secret in this model, however deep. Of a URL only its password is one."""
    match value:
        case SecretStr():
            yield from _parts(value.get_secret_value())
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_in(getattr(value, name))
        case Mapping():
            for inner in value.values():
                yield from secrets_in(inner)
        case list() | tuple():
            for inner in value:
                yield from secrets_in(inner)


def _parts(secret: str) -> Iterator[str]:
    if "://" in secret:
        password = urlsplit(secret).password
        if password:
            yield from {password, unquote(password)}
    else:
        yield secret
        if "," in secret:  # several keys, while they are rotated
            yield from (part.strip() for part in secret.split(","))
