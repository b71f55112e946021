"""What several settings are made of: durations, secrets that may stand in files, paths that must exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    """`30`, `"30s"`, `"500ms"`, `"5m"`, `"2h"` in seconds."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*", value)
        if match is None:
            raise ValueError("a duration is a number of seconds or has a suffix: 500ms, 30s, 5m, 2h")
        return float(match[1]) * _UNITS[match[2] or "s"]
    return value


def existing(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    return path


class _Unreadable(str):
    """What stands in for a secret whose file cannot be read, until its own field reports it among all problems."""


def _readable(value: object) -> object:
    if isinstance(value, _Unreadable):
        raise ValueError(str(value))
    return value


LONGEST = 366 * 86400.0
"""Seconds: far beyond any use, and below what sockets and calendars take."""

Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=LONGEST, allow_inf_nan=False)]
ExistingPath = Annotated[Path, AfterValidator(existing)]
Secret = Annotated[SecretStr, BeforeValidator(_readable), Field(min_length=1)]


class Strict(BaseModel):
    """Settings that do not change and have no key that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WithSecretFiles(Strict):
    """A model whose secrets may be given as `<name>_file`."""

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any) -> Any:
        return with_secret_files(data, _secrets_of(cls))


def _secrets_of(model: type[BaseModel]) -> list[str]:
    return [name for name, info in model.model_fields.items() if info.annotation is SecretStr]


def with_secret_files(data: Any, names: list[str]) -> Any:
    """`data` with each `<name>_file` replaced by `<name>` and what the file holds."""
    if not isinstance(data, dict):
        return data
    data = dict(data)
    for name in names:
        source = data.pop(f"{name}_file", None)
        if source is not None:
            data[name] = _Unreadable(f"give {name} or {name}_file, not both") if name in data else _from_file(source)
    return data


def _from_file(source: object) -> str:
    try:
        return Path(str(source)).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return _Unreadable(f"the file {source} cannot be read: {reason}")
