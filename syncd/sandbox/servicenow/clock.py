"""The instance's clock: real time, unless a test holds or moves it. ServiceNow stamps are UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%d %H:%M:%S"


class Clock:
    """`now()` follows the machine's clock plus `advance`d seconds, or stands still after `hold`."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        if self._held is not None:
            return self._held
        return datetime.now(UTC) + self._shift

    def stamp(self) -> str:
        """Now, as ServiceNow stores it: `2025-09-03 09:00:00`, UTC, no zone mark (facts 2.1)."""
        return self.now().strftime(STAMP)

    def hold(self, moment: datetime) -> None:
        """Stand still at this moment, so that several writes fall into the same second."""
        self._held = moment.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move forward (or back) by so many seconds, held or not."""
        if self._held is not None:
            self._held += timedelta(seconds=seconds)
        else:
            self._shift += timedelta(seconds=seconds)

    def release(self) -> None:
        """Follow the machine's clock again."""
        self._held = None
        self._shift = timedelta()


def parse_stamp(text: str) -> datetime | None:
    """A stored date-time, also with a `T` (facts 11.4) or without the time of day; None if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("T", " "))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
