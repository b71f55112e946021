"""The systems that are connected: where they are, who we are there, and how they are to be treated."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, ValidationInfo, field_validator

from syncd.settings.auth import BasicAuthSettings, JiraAuth, ServiceNowAuth
from syncd.settings.values import ExistingPath, Seconds, Secret, Strict, WithSecretFiles, existing

_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|\[?::1\]?)$")

_PROXY = re.compile(
    r"(?:(?P<scheme>https?|socks5h?)://)?(?P<place>(?:[^\s/@\\?#]+@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)/?",
    re.IGNORECASE,
)

ATLASSIAN_GATEWAY = "https://api.atlassian.com"

SHORTEST_WEBHOOK_SECRET = 16

SERVICENOW_TIMEOUT = 65.0
"""An instance answers or cancels within 60 seconds (servicenow facts 6.7): who hangs up sooner never learns which."""


def _truth(value: object) -> object:
    """What an environment variable says is text, and text is a path as well."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _hard_to_guess(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_WEBHOOK_SECRET:
        raise ValueError(f"a secret of fewer than {SHORTEST_WEBHOOK_SECRET} characters can be guessed")
    return value


def _usable(value: bool | Path) -> bool | Path:
    return existing(value) if isinstance(value, Path) else value


def _safe(url: HttpUrl, info: ValidationInfo) -> HttpUrl:
    """An address that credentials may be sent to."""
    if url.username or url.password:
        raise ValueError("it carries credentials; put them under auth")
    if url.scheme == "http" and not info.data.get("allow_http") and not _LOOPBACK.match(url.host or ""):
        raise ValueError("plain http:// shows the password to everybody; use https://, or set allow_http: true")
    return url


def _proxy(value: str) -> str:
    """The address of a proxy as it will be understood, so that what is checked is what is asked."""
    match = _PROXY.fullmatch(value.strip())
    if match is None:
        raise ValueError("a proxy is scheme://host:port; the schemes are http, https, socks5 and socks5h")
    scheme = (match["scheme"] or "http").lower()
    if scheme.startswith("socks") and find_spec("socks") is None:
        raise ValueError(f"{scheme}:// needs a package that is not installed: pip install 'requests[socks]'")
    return f"{scheme}://{match['place']}"


class LimitSettings(Strict):
    """How many calls a connection may make."""

    requests_per_hour: int | None = Field(
        default=None,
        ge=20,  # ten may come at once, which is what it takes to begin: fewer would never get to a write
        description="calls of all processes together in an hour; none: as many as are answered",
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=64,
        description="calls of one process at once; an instance's node usually works on four for integrations",
    )
    refused_rest: Seconds = Field(
        default=60.0,
        le=900,
        description="how long nothing is sent after the credentials were refused; it grows to 15m while they stay so",
    )


class JiraLimitSettings(LimitSettings):
    """How many calls a connection to Jira may make."""

    concurrency: int = Field(default=8, ge=1, le=64, description="calls of one process at once")


class _Connection(Strict):
    allow_http: bool = Field(default=False, description="accept a plain http:// address that is not this machine's own")
    url: HttpUrl
    verify: Annotated[bool | Path, BeforeValidator(_truth), AfterValidator(_usable)] = Field(
        default=True, description="check the certificate: true, or the path of a CA bundle"
    )
    proxy: Annotated[str, AfterValidator(_proxy)] | None = Field(
        default=None, description="the URL of a proxy for this connection"
    )
    timeout: Seconds = Field(default=30.0, description="how long an answer may take")

    @field_validator("url")
    @classmethod
    def _keeps_secrets(cls, url: HttpUrl, info: ValidationInfo) -> HttpUrl:
        return _safe(url, info)

    @property
    def base_url(self) -> str:
        return str(self.url).rstrip("/")


class WebhookSettings(WithSecretFiles):
    """How Jira may tell of changes at `/webhooks/jira/<connection>`, so that they need not wait for the next poll."""

    secret: Annotated[Secret, AfterValidator(_hard_to_guess)] = Field(
        description="what Jira signs its webhooks with; the same is entered there"
    )
    unsigned: bool = Field(
        default=False,
        description="for Jira Data Center before 10, which signs nothing: the secret may stand in the address, "
        "`?key=<secret>`",
    )


class JiraConnection(_Connection):
    """A Jira Cloud site or a Data Center installation; which, is found by asking it."""

    type: Literal["jira"]
    auth: JiraAuth
    scoped: bool = Field(
        default=False, description="whether the API token is a scoped one: it works through Atlassian's gateway only"
    )
    gateway: HttpUrl = Field(
        default=HttpUrl(ATLASSIAN_GATEWAY), description="Atlassian's gateway, for scoped tokens and OAuth on Cloud"
    )
    limits: JiraLimitSettings = JiraLimitSettings()
    webhook: WebhookSettings | None = Field(
        default=None, description="lets Jira tell of changes; none: it is not heard"
    )
    site: str | None = Field(default=None, description="its lasting name, if its address may change")
    overlap: Seconds | None = Field(
        default=None, description="how far a poll looks back; default 5m Cloud, 2m Data Center"
    )
    service_desks: bool = Field(
        default=True,
        description="whether this Data Center has Jira Service Management, whose comments may be internal; false saves "
        "a call for each issue with comments",
    )

    @field_validator("auth")
    @classmethod
    def _gets_tokens_safely(cls, auth: JiraAuth, info: ValidationInfo) -> JiraAuth:
        token_url = getattr(auth, "token_url", None)
        try:
            if token_url is not None:
                _safe(token_url, info)
        except ValueError as error:
            raise ValueError(f"token_url: {error}") from None
        return auth

    @field_validator("scoped")
    @classmethod
    def _can_be_scoped(cls, scoped: bool, info: ValidationInfo) -> bool:
        if scoped and not isinstance(info.data.get("auth"), BasicAuthSettings | None):
            raise ValueError("only API tokens are scoped (auth of type basic); OAuth finds its way by itself")
        return scoped

    @field_validator("gateway")
    @classmethod
    def _is_safe(cls, gateway: HttpUrl, info: ValidationInfo) -> HttpUrl:
        return _safe(gateway, info)


class ServiceNowConnection(_Connection):
    """A ServiceNow instance."""

    type: Literal["servicenow"]
    auth: ServiceNowAuth
    timeout: Seconds = Field(
        default=SERVICENOW_TIMEOUT, description="how long an answer may take; an instance may take 60 seconds"
    )
    transaction_limit: Seconds = Field(
        default=60.0, description="how long the instance may go on with a request whose connection broke"
    )
    limits: LimitSettings = LimitSettings()
    cert: ExistingPath | None = Field(
        default=None, description="a client certificate (PEM), beside any auth; it may hold its key too"
    )
    key: ExistingPath | None = Field(default=None, description="the client certificate's key (PEM, no passphrase)")

    @field_validator("key")
    @classmethod
    def _has_a_certificate(cls, key: ExistingPath | None, info: ValidationInfo) -> ExistingPath | None:
        if key is not None and info.data.get("cert", key) is None:
            raise ValueError("a key without a certificate; give cert too")
        return key


Connection = Annotated[JiraConnection | ServiceNowConnection, Field(discriminator="type")]
