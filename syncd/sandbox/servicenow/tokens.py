"""OAuth tokens that were handed out. A living access token is handed out again, not renewed (facts 7.4)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from syncd.sandbox.servicenow.clock import Clock

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
REFRESH_SECONDS = 100 * 86400


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `expires_at` is a unix time on the instance's clock."""

    token: str
    client_id: str
    user_name: str
    scoped: bool
    expires_at: float


class Tokens:
    """Access and refresh tokens, on the instance's clock."""

    def __init__(self, clock: Clock, seconds: int, seed: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._random = Random(seed)
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def access(self, client_id: str, user_name: str, *, scoped: bool) -> Grant:
        """The living access token of this client and user, or a new one."""
        return self._issued(self._access, client_id, user_name, scoped, self._seconds)

    def refresh(self, client_id: str, user_name: str, *, scoped: bool) -> Grant:
        return self._issued(self._refresh, client_id, user_name, scoped, REFRESH_SECONDS)

    def grant_of(self, token: str) -> Grant | None:
        """What a living access token stands for."""
        return self._living(self._access.get(token))

    def refresh_grant(self, token: str) -> Grant | None:
        return self._living(self._refresh.get(token))

    def remaining(self, grant: Grant) -> int:
        return max(int(grant.expires_at - self._clock.now().timestamp()), 0)

    def expire_all(self) -> None:
        """Every access token ends now, as after a restart or a revocation."""
        self._access.clear()

    def _issued(self, kept: dict[str, Grant], client_id: str, user_name: str, scoped: bool, seconds: int) -> Grant:
        for grant in kept.values():
            if (grant.client_id, grant.user_name) == (client_id, user_name) and self._living(grant):
                return grant
        token = "".join(self._random.choices(_ALPHABET, k=86))
        kept[token] = Grant(token, client_id, user_name, scoped, self._clock.now().timestamp() + seconds)
        return kept[token]

    def _living(self, grant: Grant | None) -> Grant | None:
        return grant if grant is not None and grant.expires_at > self._clock.now().timestamp() else None
