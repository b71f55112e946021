"""How long refused credentials rest, and who tries them again: rows of `quotas`. `breaker` is who asks.

The rest grows with the time that the refusal has lasted, so several calls that were under way are one refusal. What
lies further ahead than any rest tells of a clock that was set back, and is not waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, case, or_, select, update

from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.tables import quotas

FIRST_REST = 60.0
"""Seconds without a call after the first refusal."""

LONGEST_REST = 900.0
"""Seconds between later tries: short enough that nobody waits long for a connection that was mended elsewhere."""

GROWTH = 2.0
"""The rest is this many times as long as the refusals have lasted: 1, 2, 6, then 15 minutes."""

TRIAL_SECONDS = 120.0
"""How long one who tries the credentials is waited for. If it was killed, somebody else tries then."""

BELIEVED = LONGEST_REST + 60.0
"""A rest that seems to last longer was begun before the clock was set back."""

_UNKNOWN = {"arrives_at": -1.0, "opens_at": 0.0}


def row_of(connection: str, credentials: str) -> str:
    """Where it is kept what became of these credentials."""
    return f"{connection}: refused {credentials}"


@dataclass(frozen=True, slots=True)
class Resting:
    """No call before `until` (epoch seconds). `refused`, or only being tried for the first time by somebody else."""

    until: float
    seconds: float
    refused: bool


class Refusals:
    """The verbs of refused credentials. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, name: str) -> None:
        """Make sure of the row."""
        with self._database.write() as connection:
            connection.execute(insert_if_absent(connection, quotas, {"name": name, **_UNKNOWN}))

    def are_good(self, name: str) -> bool:
        with self._database.read() as connection:
            since = connection.execute(select(quotas.c.arrives_at).where(quotas.c.name == name)).scalar_one_or_none()
        return since == 0

    def take_trial(self, name: str) -> Resting | None:
        """None: go, and say how it ended. If the credentials are not known to be good, nobody else goes meanwhile."""
        rested = or_(quotas.c.opens_at <= now(), quotas.c.opens_at > now() + BELIEVED)
        tries = (
            update(quotas)
            .where(quotas.c.name == name, quotas.c.arrives_at != 0, rested)
            .values(opens_at=now() + TRIAL_SECONDS)
        )
        with self._database.write() as connection:
            if connection.execute(tries).rowcount == 1:
                return None
            row = connection.execute(
                select(
                    quotas.c.arrives_at.label("since"), quotas.c.opens_at.label("until"),
                    (quotas.c.opens_at - now()).label("seconds"),
                ).where(quotas.c.name == name)
            ).one()  # fmt: skip
        if row.since == 0:
            return None
        return Resting(float(row.until), max(float(row.seconds), 1.0), refused=row.since > 0)

    def refuse(self, name: str, first_rest: float = FIRST_REST) -> Resting:
        """They were refused: everybody rests."""
        since = case((and_(quotas.c.arrives_at > 0, quotas.c.arrives_at <= now()), quotas.c.arrives_at), else_=now())
        lasted = (now() - since) * GROWTH
        rest = case((lasted < first_rest, first_rest), (lasted > LONGEST_REST, LONGEST_REST), else_=lasted)
        with self._database.write() as connection:
            until, seconds = connection.execute(
                update(quotas)
                .where(quotas.c.name == name)
                .values(arrives_at=since, opens_at=now() + rest)
                .returning(quotas.c.opens_at, quotas.c.opens_at - now())
            ).one()
        return Resting(float(until), float(seconds), refused=True)

    def accept(self, name: str) -> None:
        """They are good."""
        with self._database.write() as connection:
            connection.execute(update(quotas).where(quotas.c.name == name).values(arrives_at=0.0, opens_at=0.0))

    def leave_open(self, name: str) -> None:
        """The trial came to nothing: the next one may try at once."""
        with self._database.write() as connection:
            connection.execute(
                update(quotas).where(quotas.c.name == name, quotas.c.arrives_at != 0).values(opens_at=0.0)
            )

    def forget(self, name: str) -> None:
        """Whatever is known of these credentials: they are tried at once."""
        with self._database.write() as connection:
            connection.execute(update(quotas).where(quotas.c.name == name).values(_UNKNOWN))
