"""Who we are to ServiceNow, where nothing has to be fetched first. Credentials are never shown (law 12)."""

from __future__ import annotations

import base64
from typing import Protocol

from syncd.http import Door, PreparedRequest


class Auth(Protocol):
    """Credentials of any kind. One auth object serves one client and all its threads."""

    def connect(self, door: Door) -> None:
        """Remember the way to the token endpoint, for credentials that must be fetched."""
        ...

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the credentials on the request; renew them first if they are about to expire."""
        ...

    def refused(self) -> bool:
        """The instance refused what this thread sent last. True if there are newer credentials to try now."""
        ...


class FixedAuth:
    """Credentials that stay the same: one header."""

    def __init__(self, header: str, value: str) -> None:
        self._header = header
        self._value = value

    def connect(self, door: Door) -> None:
        """Nothing has to be fetched."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[self._header] = self._value
        return request

    def refused(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class BasicAuth(FixedAuth):
    """User name and password, in UTF-8 (requests' own would use Latin-1 and fail on other letters)."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        super().__init__("Authorization", f"Basic {pair}")

    def __repr__(self) -> str:
        return f"BasicAuth({self.username!r})"


class ApiKeyAuth(FixedAuth):
    """An API key of the instance (servicenow facts 7.6)."""

    def __init__(self, key: str) -> None:
        super().__init__("x-sn-apikey", key)


class BearerAuth(FixedAuth):
    """A token that somebody else keeps fresh."""

    def __init__(self, token: str) -> None:
        super().__init__("Authorization", f"Bearer {token}")
