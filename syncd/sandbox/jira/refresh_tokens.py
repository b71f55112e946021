"""Refresh tokens that change with every use, with ten minutes of grace for the one before (facts 10.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_REFRESH_TOKEN = "jira-refresh-token"
REUSE_LEEWAY = timedelta(minutes=10)


class RefreshTokens:
    """Which refresh tokens are good: the newest, and for ten minutes the ones before it."""

    def __init__(self) -> None:
        self.current = FIRST_REFRESH_TOKEN
        self._used: dict[str, datetime] = {}

    def use(self, token: str, fresh: str, now: datetime) -> bool:
        used = self._used.get(token)
        if token != self.current and (used is None or now - used > REUSE_LEEWAY):
            return False
        if token == self.current:
            self._used[token] = now
            self.current = fresh
        return True
