"""The process settings: what they are called, what they mean, what they default to. Connects to nothing.

They come from `syncd.yaml`, each key overridable by an environment variable (`SYNCD_`, `__` between levels) and, for
secrets, by a file: `password_file` beside `password`, or a file named like the variable in `SYNCD_SECRETS_DIR`.
The environment goes before secret files, and those before `syncd.yaml`. Unknown keys are refused, all problems are
listed at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from syncd.errors import UserError

DEFAULT_FILE = Path("syncd.yaml")
PREFIX = "SYNCD_"
NOT_SETTINGS = {"SYNCD_CONFIG", "SYNCD_SECRETS_DIR"}
"""Variables that say where settings are, and are none themselves. `SYNCD_TEST_...` belongs to the tests."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|\[?::1\]?)$")


def _seconds(value: object) -> object:
    """`30`, `"30s"`, `"500ms"`, `"5m"`, `"2h"` in seconds."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*", value)
        if match is None:
            raise ValueError("a duration is a number of seconds or has a suffix: 500ms, 30s, 5m, 2h")
        return float(match[1]) * _UNITS[match[2] or "s"]
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Unreadable(str):
    """What stands in for a secret whose file cannot be read, until its own field reports it among all problems."""


def _readable(value: object) -> object:
    if isinstance(value, _Unreadable):
        raise ValueError(str(value))
    return value


Secret = Annotated[SecretStr, BeforeValidator(_readable), Field(min_length=1)]


class _WithSecretFiles(_Strict):
    """A model whose secrets may be given as `<name>_file`."""

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for name, info in cls.model_fields.items():
            source = data.pop(f"{name}_file", None) if info.annotation is SecretStr else None
            if source is not None:
                data[name] = (
                    _Unreadable(f"give {name} or {name}_file, not both") if name in data else _from_file(source)
                )
        return data


def _from_file(source: object) -> str:
    try:
        return Path(str(source)).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return _Unreadable(f"the file {source} cannot be read: {reason}")


class BasicAuthSettings(_WithSecretFiles):
    """User name and password; on Jira Cloud the e-mail address and an API token."""

    type: Literal["basic"]
    username: str = Field(min_length=1)
    password: Secret


class BearerAuthSettings(_WithSecretFiles):
    """A personal access token of Jira Data Center."""

    type: Literal["bearer"]
    token: Secret


class _Connection(_Strict):
    allow_http: bool = Field(default=False, description="accept a plain http:// address that is not this machine's own")
    url: HttpUrl
    verify: bool | Path = Field(default=True, description="check the certificate: true, or the path of a CA bundle")
    proxy: str | None = Field(default=None, description="the URL of a proxy for this connection")
    timeout: Seconds = Field(default=30.0, description="how long an answer may take")

    @field_validator("url")
    @classmethod
    def _keeps_secrets(cls, url: HttpUrl, info: ValidationInfo) -> HttpUrl:
        if url.username or url.password:
            raise ValueError("it carries credentials; put them under auth")
        if url.scheme == "http" and not info.data.get("allow_http") and not _LOOPBACK.match(url.host or ""):
            raise ValueError("plain http:// shows the password to everybody; use https://, or set allow_http: true")
        return url

    @property
    def base_url(self) -> str:
        return str(self.url).rstrip("/")


class JiraConnection(_Connection):
    """A Jira Cloud site or a Data Center installation; which, is found by asking it."""

    type: Literal["jira"]
    auth: Annotated[BasicAuthSettings | BearerAuthSettings, Field(discriminator="type")]
    site: str | None = Field(default=None, description="its lasting name, if its address may change")
    overlap: Seconds | None = Field(
        default=None, description="how far a poll looks back; default 5m Cloud, 2m Data Center"
    )


class ServiceNowConnection(_Connection):
    """A ServiceNow instance."""

    type: Literal["servicenow"]
    auth: BasicAuthSettings
    transaction_limit: Seconds = Field(
        default=60.0, description="how long the instance may go on with a request whose connection broke"
    )


Connection = Annotated[JiraConnection | ServiceNowConnection, Field(discriminator="type")]


class HttpSettings(_Strict):
    """Where the API, the pages, /metrics and the health routes are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class LogSettings(_Strict):
    """How the log is written; it goes to stderr."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _database_url(value: SecretStr) -> SecretStr:
    if not re.match(r"^(sqlite|postgresql)(\+\w+)?://", value.get_secret_value()):
        raise ValueError("use sqlite:///file.db or postgresql+psycopg://user@host/db")
    return value


class Settings(BaseSettings):
    """Everything that configures the process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    database: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr("sqlite:///syncd.db")
    mappings: Path = Path("mappings")
    poll_interval: Seconds = 30.0
    workers: int = Field(default=8, ge=1, le=64, description="issues under way at once in this process")
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    connections: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], Connection] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        directory = os.environ.get("SYNCD_SECRETS_DIR")
        secrets = NestedSecretsSettingsSource(
            file_secret_settings, secrets_dir=directory, secrets_prefix="", secrets_nested_delimiter="__"
        )
        # `init_settings` is what the file said: the lowest of the three.
        return (env_settings, secrets, init_settings) if directory else (env_settings, init_settings)


def load_settings(path: Path | None = None) -> Settings:
    """The settings of this process. `path` is --config; else SYNCD_CONFIG; else ./syncd.yaml if there is one."""
    named = path or (Path(os.environ["SYNCD_CONFIG"]) if os.environ.get("SYNCD_CONFIG") else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    content = _read(file) if file is not None else {}
    problems = list(_unknown_variables(os.environ))
    settings: Settings | None = None
    try:
        settings = Settings(**content)
    except ValidationError as error:
        problems += _sentences(error)
    if settings is None or problems:
        raise UserError(f"the settings{f' of {file}' if file else ''} cannot be used:", problems)
    if file is not None and not settings.mappings.is_absolute():
        settings = settings.model_copy(update={"mappings": file.parent / settings.mappings})
    return settings


def require_connections(settings: Settings) -> None:
    if not settings.connections:
        raise UserError(
            "no connections are configured: write a syncd.yaml with `connections:` (see docs/quickstart.md), name one "
            "with --config, or try `syncd demo`"
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"the settings file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the settings file {file} is not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise UserError(
            f"{place}: this is not YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}"
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"the settings file {file} holds {type(content).__name__}, not keys and values")
    return {str(key): value for key, value in content.items()}


def _sentences(error: ValidationError) -> Iterator[str]:
    """One sentence a problem, with its place; never the value, which may be a secret."""
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = _place(problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        match problem["type"]:
            case "extra_forbidden":
                message = "there is no such setting"
            case "missing":
                message = "is missing"
        yield f"{place}: {message}" if place else message


def _place(location: tuple[int | str, ...]) -> str:
    """The path of a problem as one writes it in the file: without the variants' names that pydantic puts in."""
    parts = [str(part) for part in location]
    if parts[:1] != ["connections"]:
        return ".".join(parts)
    auth_tag = {4} if parts[3:4] == ["auth"] and parts[4:5] in (["basic"], ["bearer"]) else set()
    type_tag = {2} if parts[2:3] in (["jira"], ["servicenow"]) else set()
    return ".".join(part for index, part in enumerate(parts) if index not in auth_tag | type_tag)


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name in NOT_SETTINGS or name.startswith("SYNCD_TEST_"):
            continue
        if name.upper().removeprefix(PREFIX).split("__")[0] not in known:
            yield f"{name} (environment): there is no such setting"


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the settings file."""
    return TypeAdapter(Settings).json_schema()
