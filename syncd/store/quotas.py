"""How many calls all processes together make to one connection: a budget in the database, and pauses for everybody.

The budget is spent evenly (GCRA): one UPDATE a call moves the moment at which all calls granted so far would be over.
A small burst may come at once, and is taken off the rate, so that no hour, wherever it begins, has more than was
allowed. The database's clock counts, so replicas need not agree on the time. If it is set back, what lies further ahead
than could have been meant is not waited for: a turn no longer than the longest that is given, a pause no longer than
`LONGEST_PAUSE`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.expression import ColumnElement

from syncd.errors import ThrottledError
from syncd.http import Request
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.tables import quotas

HOUR = 3600.0

PATIENCE = 10.0
"""Seconds that a call waits for its turn in its thread. What would wait longer is given back and done later."""

LONGEST_PAUSE = 3600.0
"""Nobody is kept waiting for longer by one answer: then it is asked again."""

BELIEVED = LONGEST_PAUSE + 60.0
"""A pause that seems to last longer was begun before the clock was set back: nobody knows how much is left of it."""

SEEN_SECONDS = 1.0
"""How long a process without a budget believes that nobody has been asked to wait, before it looks again."""


@dataclass(frozen=True, slots=True)
class Quota:
    """`calls` in `seconds`, wherever these begin."""

    calls: int
    seconds: float = HOUR

    @property
    def burst(self) -> int:
        """How many may come at once: one in a hundred, and where that is little enough to make one issue need many
        turns, ten.
        """
        return max(1, self.calls // 100, min(10, self.calls // 2))

    @property
    def interval(self) -> float:
        """Seconds between two calls when they come evenly."""
        return self.seconds / max(self.calls - self.burst, 1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """No call now. In `seconds` there is room for a burst again; `asked` if the other side wants us to wait."""

    seconds: float
    asked: bool


class Quotas:
    """The verbs of budgets. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, name: str) -> None:
        """Make sure of the row."""
        try:
            with self._database.write() as connection:
                if connection.execute(select(quotas.c.name).where(quotas.c.name == name)).one_or_none() is None:
                    connection.execute(insert(quotas).values(name=name, arrives_at=0.0, opens_at=0.0))
        except IntegrityError:  # another process was a moment faster
            return

    def grant(self, name: str, quota: Quota, patience: float = PATIENCE, *, leave: int = 0) -> float | Refusal:
        """One call: the seconds until its turn, at most `patience`; or a refusal, which costs nothing.

        `leave` so many calls for others, who are in a greater hurry.
        """
        ahead = (quota.burst - 1) * quota.interval
        free = max(ahead - leave * quota.interval, 0.0)
        longest = ahead + quota.interval + 2 * max(patience, PATIENCE)
        begins = case(
            # Nobody was given so late a turn: the clock was set back, or the budget was smaller. Go on from here.
            (quotas.c.arrives_at > now() + longest, now() + free),
            (quotas.c.arrives_at > now(), quotas.c.arrives_at),
            else_=now(),
        )
        granted = (
            update(quotas)
            .where(quotas.c.name == name, _open(), begins - now() <= free + patience)
            .values(arrives_at=begins + quota.interval)
            .returning((quotas.c.arrives_at - now()).label("over_in"))
        )
        with self._database.write() as connection:
            over_in = connection.execute(granted).scalar_one_or_none()
            if over_in is not None:
                return max(float(over_in) - quota.interval - ahead, 0.0)
            row = connection.execute(
                select(
                    (quotas.c.opens_at - now()).label("closed"), (quotas.c.arrives_at - now()).label("over_in")
                ).where(quotas.c.name == name)
            ).one()
        if _holds(row.closed):
            return Refusal(float(row.closed), asked=True)
        return Refusal(max(float(row.over_in), quota.interval), asked=False)

    def ready_calls(self, name: str, quota: Quota) -> float:
        """How many calls may be made at once now, of all processes together."""
        query = select((quotas.c.arrives_at - now()).label("ahead"), (quotas.c.opens_at - now()).label("closed"))
        with self._database.read() as connection:
            row = connection.execute(query.where(quotas.c.name == name)).one_or_none()
        if row is None:
            return float(quota.burst)
        if _holds(row.closed):
            return 0.0
        return max(quota.burst - math.ceil(max(float(row.ahead), 0.0) / quota.interval), 0.0)

    def pause(self, name: str, seconds: float) -> None:
        """Nobody calls for so many seconds; a longer pause that is already on stays."""
        until = now() + min(seconds, LONGEST_PAUSE)
        later = case((or_(quotas.c.opens_at < until, _open()), until), else_=quotas.c.opens_at)
        with self._database.write() as connection:
            connection.execute(update(quotas).where(quotas.c.name == name).values(opens_at=later))

    def closed_for(self, name: str) -> float:
        """Seconds until the pause ends; 0 if there is none."""
        with self._database.read() as connection:
            seconds = connection.execute(select(quotas.c.opens_at - now()).where(quotas.c.name == name)).scalar_one()
        return float(seconds) if _holds(seconds) else 0.0


class SharedGate:
    """The gate of one connection (`syncd.http.Gate`), shared by all processes that use its database.

    A call waits for its turn in its thread if that is near, else ThrottledError gives the work back. An answer that
    asks to wait (a 429 with a time) closes the gate for everybody. Without a quota only that is shared, and the pace
    that is kept for a while after `slow_down`. `leave` calls of the burst are kept for urgent requests.
    """

    def __init__(
        self,
        quotas: Quotas,
        connection: str,
        quota: Quota | None,
        *,
        leave: int = 0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quotas = quotas
        self._connection = connection
        self._quota = quota
        self._leave = leave
        self._pace = f"{connection}: near limit"
        self._slow: tuple[Quota, float] | None = None  # the pace, and until when it is kept
        self._sleep = sleep
        self._clock = clock
        self._open_until = float("-inf")
        quotas.begin(connection)

    def slow_down(self, interval: float, seconds: float) -> None:
        """The other side says that a limit is near: for so many seconds, one call each `interval`, of all processes.

        Each process hears it with its own answers; their calls then take turns in one row.
        """
        if self._slow is None:
            self._quotas.begin(self._pace)
        self._slow = Quota(1, interval), self._clock() + seconds

    @contextmanager
    def __call__(self, request: Request | None = None) -> Iterator[None]:
        self._keep_pace()
        self._pass(urgent=request is not None and request.urgent)
        try:
            yield
        except ThrottledError as error:
            if error.retry_after is not None:
                self._open_until = float("-inf")
                self._quotas.pause(self._connection, error.retry_after)
            raise

    def _keep_pace(self) -> None:
        slow = self._slow
        if slow is None:
            return
        pace, until = slow
        if self._clock() >= until:
            self._slow = None
            return
        turn = self._quotas.grant(self._pace, pace)
        if isinstance(turn, Refusal):
            raise ThrottledError(
                "is not asked now", system=self._connection, detail="its limit is near", retry_after=turn.seconds
            )
        if turn > 0:
            self._sleep(turn)

    def _pass(self, *, urgent: bool) -> None:
        if self._quota is None:
            self._look()
            return
        turn = self._quotas.grant(self._connection, self._quota, leave=0 if urgent else self._leave)
        if isinstance(turn, Refusal):
            raise self._closed(turn.seconds, asked=turn.asked)
        if turn > 0:
            self._sleep(turn)
            closed = self._quotas.closed_for(self._connection)  # somebody may have been asked to wait meanwhile
            if closed > 0:
                raise self._closed(closed, asked=True)

    def _look(self) -> None:
        if self._clock() < self._open_until:
            return
        closed = self._quotas.closed_for(self._connection)
        if closed > 0:
            raise self._closed(closed, asked=True)
        self._open_until = self._clock() + SEEN_SECONDS

    def _closed(self, seconds: float, *, asked: bool) -> ThrottledError:
        used_up = "" if self._quota is None else f"{self._quota.calls} calls per hour are used up"
        return ThrottledError(
            "is not asked now",
            system=self._connection,
            detail="the instance asked to wait" if asked else used_up,
            retry_after=max(seconds, 1.0),
        )


def _open() -> ColumnElement[bool]:
    return or_(quotas.c.opens_at <= now(), quotas.c.opens_at > now() + BELIEVED)


def _holds(seconds: float) -> bool:
    """Whether a pause with so many seconds to go is one; `_open` in Python."""
    return 0 < seconds <= BELIEVED
