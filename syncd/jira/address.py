"""Where a connection's calls go: to the site itself, or through Atlassian's gateway (jira facts 10.2).

| credentials             | Cloud                                          | Data Center                           |
|-------------------------|------------------------------------------------|---------------------------------------|
| password, token         | the site                                       | the site                              |
| scoped API token        | the gateway                                    | an error: there are none              |
| OAuth                   | the gateway; tokens from Atlassian             | the site; tokens from `token_url`     |

What is asked here is asked of the site and without credentials: its cloud id, and which flavour it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncd.errors import AuthError, NotFoundError, UnreadableError
from syncd.http import Door, Request

API = "/rest/api/2"
"""Version 2 on both flavours: text is wiki markup, and Jira renders it for us (jira facts 11.2)."""

GATEWAY = "https://api.atlassian.com"
TOKENS = "https://auth.atlassian.com/oauth/token"
"""Atlassian's own; other ones serve governments, and tests."""

_CLOUD_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entrance:
    """How one gets in: with a `scoped` API token, by which `gateway`, with OAuth tokens that `token_url` makes."""

    scoped: bool = False
    gateway: str = GATEWAY
    token_url: str | None = None

    @property
    def tokens(self) -> str:
        return self.token_url or TOKENS

    def address(self, site: Door, *, oauth: bool) -> str:
        """Where the calls of a site go. Asks the site only if that depends on it."""
        if oauth and not _is_cloud(site):
            if self.token_url is None:
                raise AuthError(
                    "is no Jira Cloud, so where its tokens are made cannot be known; set auth.token_url",
                    system=site.connection,
                    believed=True,
                )
            return site.url
        if oauth or self.scoped:
            return f"{self.gateway.rstrip('/')}/ex/jira/{_cloud_id(site)}"
        return site.url


def _is_cloud(site: Door) -> bool:
    request = Request("GET", f"{API}/serverInfo", "server", "asking what it is", reads=True)
    return _member(site, request, "deploymentType") == "Cloud"


def _cloud_id(site: Door) -> str:
    parts = urlsplit(site.url)
    path = f"{parts.scheme}://{parts.netloc}/_edge/tenant_info"
    request = Request("GET", path, "tenant", "asking for its cloud id", reads=True)
    try:
        cloud_id = _member(site, request, "cloudId")
    except (NotFoundError, UnreadableError) as error:
        raise AuthError(
            "has no cloud id, without which there is no way through Atlassian's gateway; a Data Center has no scoped "
            "tokens: take `scoped` away there",
            system=site.connection,
            step=request.step,
            status=error.status,
            detail=error.detail,
            believed=True,
        ) from error
    if not _CLOUD_ID.fullmatch(cloud_id):
        raise UnreadableError("sent a cloud id that is none", system=site.connection, step=request.step)
    return cloud_id


def _member(site: Door, request: Request, key: str) -> str:
    try:
        value = site.request(request).json()[key]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"does not say its {key} as a Jira would; check the url", system=site.connection, step=request.step
        ) from error
    return str(value)
