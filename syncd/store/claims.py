"""Who does a thing that only one process at a time may do: list a mapping, run a backfill, take a census.

A claim has a name (`poll:ops`), a token that fences what is written under it, and an end on the database's clock that
its holder keeps moving. A holder that was killed moves it no more, and the next one to ask takes over. `begun_at` paces
what all replicas do together: three of them poll as often as one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from syncd.errors import LostClaimError
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.tables import claims

CLAIM_SECONDS = 15.0
"""How long a claim lasts without renewal, and so how long a killed process's work waits for another."""

SET_BACK = 2
"""So many lives of a claim from now no claim ends: one that does was taken before the clock was set back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the named thing, for as long as it is renewed. `token` is the fence."""

    name: str
    token: str


class Claims:
    """The verbs of claims by name. Each is one transaction."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
        self._database = database
        self.claim_seconds = claim_seconds

    def take(self, name: str, *, every: float = 0.0) -> Claim | None:
        """The claim, or None: somebody holds it, or began this less than `every` seconds ago and came to its end.

        One that was left unfinished, by a kill or by `release(finished=False)`, is taken up at once.
        """
        free = and_(claims.c.name == name, self._free(every))
        claim = Claim(name, uuid.uuid4().hex)
        known = select(free.label("free")).where(claims.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(known).one_or_none()
        if row is not None and not row.free:
            return None  # by far the most frequent answer, so it costs no write
        with self._database.write() as connection:
            if row is None:
                connection.execute(insert_if_absent(connection, claims, {"name": name}))
            taken = connection.execute(
                update(claims).where(free).values(owner=claim.token, until=now() + self.claim_seconds, begun_at=now())
            ).rowcount
        return claim if taken else None

    def renew(self, claim: Claim) -> None:
        """Keep it for another while; raises LostClaimError if it is somebody else's by now."""
        with self._database.write() as connection:
            keep(connection, claim, self.claim_seconds)

    def release(self, claim: Claim, *, finished: bool = True) -> None:
        """Give it back, if it is still ours. Not `finished`: somebody should go on at once, whatever the pace."""
        values = {"owner": None, "until": None, **({} if finished else {"begun_at": None})}
        with self._database.write() as connection:
            connection.execute(update(claims).where(*_ours(claim)).values(values))

    def hasten(self, name: str) -> None:
        """Whoever asks next may begin, whatever the pace; nothing changes for who is at it."""
        with self._database.write() as connection:
            connection.execute(update(claims).where(claims.c.name == name).values(begun_at=None))

    def held(self, name: str) -> bool:
        """Whether somebody holds it now."""
        query = select(claims.c.name).where(claims.c.name == name, claims.c.until.is_not(None), ~self._run_out())
        with self._database.read() as connection:
            return connection.execute(query).one_or_none() is not None

    def _free(self, every: float) -> ColumnElement[bool]:
        """Given back and due again, or left by its holder without a word. What begins later than now tells of a clock
        that was set back, and must not wait until it gets there again.
        """
        due = or_(claims.c.begun_at.is_(None), claims.c.begun_at <= now() - every, claims.c.begun_at > now())
        return or_(and_(claims.c.owner.is_(None), due), self._run_out())

    def _run_out(self) -> ColumnElement[bool]:
        return or_(claims.c.until <= now(), claims.c.until > now() + SET_BACK * self.claim_seconds)


def keep(connection: Connection, claim: Claim, seconds: float = CLAIM_SECONDS) -> None:
    """Renew a claim inside a transaction that writes under it: the fence. Raises LostClaimError if it is lost."""
    if connection.execute(update(claims).where(*_ours(claim)).values(until=now() + seconds)).rowcount != 1:
        raise LostClaimError(f"{claim.name}: another process has taken this over")


def _ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return claims.c.name == claim.name, claims.c.owner == claim.token
