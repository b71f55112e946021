"""Everything that configures the process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.fernet import Fernet
from pydantic import AfterValidator, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from syncd.settings.auth import NEEDS_KEY, RefreshTokenAuthSettings
from syncd.settings.connections import Connection
from syncd.settings.secretfolder import unreadable
from syncd.settings.values import ExistingPath, Seconds, Secret, Strict, with_secret_files

PREFIX = "SYNCD_"


class HttpSettings(Strict):
    """Where the API, the pages, /metrics and the health routes are served, and to whom."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    tls_cert: ExistingPath | None = Field(default=None, description="serve https:// with this certificate chain (PEM)")
    tls_key: ExistingPath | None = Field(default=None, description="its key (PEM, no passphrase)")
    public_url: HttpUrl | None = Field(
        default=None, description="the address that people use, where it is another than host and port: behind a proxy"
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="names by which the server may be called; bound to loopback its own are always allowed"
    )
    metrics: Literal["open", "token"] = Field(default="open", description="whether /metrics needs a token")
    connection_hosts: tuple[str, ...] = Field(
        default=("*.atlassian.net", "*.atlassian.com", "*.service-now.com"),
        description="hosts that connections made through the API may have; only one written out in full may be private",
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> HttpSettings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        return self


class LogSettings(Strict):
    """How the log is written; it goes to stderr."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _database_url(value: SecretStr) -> SecretStr:
    if not re.match(r"^(sqlite|postgresql)(\+\w+)?://", value.get_secret_value()):
        raise ValueError("use sqlite:///file.db or postgresql+psycopg://user@host/db")
    return value


def _keys(value: SecretStr) -> SecretStr:
    for number, key in enumerate(_split(value), start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(f"key {number} is not one that `syncd secrets keygen` printed") from None
    return value


def _split(value: SecretStr) -> list[str]:
    return [key.strip() for key in value.get_secret_value().split(",")]


class Settings(BaseSettings):
    """Everything that configures the process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    database: Annotated[Secret, AfterValidator(_database_url)] = SecretStr("sqlite:///syncd.db")
    database_file: Path | None = Field(default=None, description="a file that holds `database`, for its password")
    mappings: Path = Path("mappings")
    poll_interval: Seconds = 30.0
    rescan_interval: Seconds = Field(default=6 * 3600.0, description="how often the last two days are listed again")
    census_interval: Seconds = Field(default=24 * 3600.0, description="how often all ids are compared with the links")
    workers: int = Field(default=8, ge=1, le=64, description="issues under way at once in this process")
    secret_key: Annotated[Secret, AfterValidator(_keys)] | None = Field(
        default=None,
        description="what secrets in the database are encrypted with (`syncd secrets keygen`); several, separated by "
        "commas, while they are rotated: the first encrypts, all decrypt",
    )
    secret_key_file: Path | None = Field(default=None, description="a file that holds `secret_key`")
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    connections: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], Connection] = Field(default_factory=dict)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys for secrets in the database, the one that encrypts first; none if there are none."""
        return () if self.secret_key is None else tuple(_split(self.secret_key))

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any) -> Any:
        # The environment only knows fields, so unlike elsewhere the `_file` keys are fields here.
        return with_secret_files(data, ["database", "secret_key"])

    @model_validator(mode="after")
    def _can_keep_refresh_tokens(self) -> Settings:
        rotating = [name for name, one in self.connections.items() if isinstance(one.auth, RefreshTokenAuthSettings)]
        if rotating and self.secret_key is None:
            raise ValueError(f"secret_key: is needed by connections.{rotating[0]}.auth: {NEEDS_KEY}")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `init_settings` is what syncd.yaml said: the lowest of the three.
        return (env_settings, *_secret_files(file_secret_settings), init_settings)


def _secret_files(source: PydanticBaseSettingsSource) -> Iterator[PydanticBaseSettingsSource]:
    """The files of `SYNCD_SECRETS_DIR`, named like the variables, with or without `SYNCD_`, in either case."""
    directory = os.environ.get("SYNCD_SECRETS_DIR")
    if directory and not any(unreadable(Path(directory))):
        for prefix in (PREFIX, ""):
            yield NestedSecretsSettingsSource(
                source, secrets_dir=directory, secrets_prefix=prefix, secrets_nested_delimiter="__"
            )
