"""The site's own clock: UTC, milliseconds, and as wrong against the daemon's as a test wants it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """`skew` seconds ahead of (or behind) this machine. A frozen clock moves only when it is told to."""

    def __init__(self, skew: float = 0.0) -> None:
        self._offset = timedelta(seconds=skew)
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        moment = self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def advance(self, seconds: float) -> datetime:
        """Let `seconds` pass at once."""
        if self._frozen is not None:
            self._frozen += timedelta(seconds=seconds)
        else:
            self._offset += timedelta(seconds=seconds)
        return self.now()

    def freeze(self, at: datetime | None = None) -> datetime:
        self._frozen = (at or self.now()).astimezone(UTC)
        return self.now()

    def thaw(self) -> None:
        """Run on from where it stood."""
        if self._frozen is not None:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
