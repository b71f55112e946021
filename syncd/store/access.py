"""Tokens and sessions: who may come in. A secret is shown once, when it is made; only its digest is kept.

Sessions live here, not in the cookie, so that signing out, revoking the token or its expiry ends them at once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from syncd.core.access import Actor, Identity, Role
from syncd.store.audit import append
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.pruning import forget
from syncd.store.quotas import Quota, Quotas, Refusal
from syncd.store.tables import sessions, tokens

PREFIX = "syncd_"
"""Begins every token, so that people and secret scanners recognise one that leaked."""

IDLE_SECONDS = 1800.0
"""A session that was not used for so long is over."""

SESSION_SECONDS = 12 * 3600.0
"""A session ends after so long whatever happens: a working day."""

TICKET_SECONDS = 900.0
"""How long a sign-in link may be used, once."""

TOUCH_SECONDS = 60.0
"""Uses are noted no more often than this, so that looking does not mean writing."""

ATTEMPTS = Quota(20, 60.0)
"""Failed or interactive sign-ins of one group of addresses: ten at once, then one in six seconds."""

REFUSED_SECONDS = 1.0
"""So long a process refuses by itself whom the database has refused: a flood of tries is no flood of transactions."""

_GROUPS = 256
"""Addresses share so many rows, so that an attacker with many addresses fills no table."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; not the token."""

    id: int
    label: str
    role: Role
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None
    usable: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has just begun: the secret for its cookie."""

    secret: str = field(repr=False)
    identity: Identity


class Access:
    """The verbs of tokens and sessions. Each is one transaction."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._quotas = Quotas(database)
        self._clock = clock
        self._refused: dict[str, tuple[float, float]] = {}  # by group: until when to wait, and until when to believe it

    # -- tokens --------------------------------------------------------------------------------------------------------

    def create_token(self, label: str, role: Role, actor: Actor, expires_in: float | None = None) -> tuple[Token, str]:
        """Make a token; its text is returned here and never again."""
        text = PREFIX + secrets.token_urlsafe(32)
        with self._database.write() as connection:
            expires = None if expires_in is None else now() + expires_in
            values = {"label": label, "digest": _digest(text), "role": role.value, "expires_at": expires}
            made = connection.execute(insert(tokens).values(created_at=now(), **values).returning(tokens.c.id))
            token_id = int(made.scalar_one())
            append(connection, actor, "token.create", f"{label} (token {token_id})", {"role": role.value,
                   "expires_in": expires_in})  # fmt: skip
            return _token(connection.execute(_tokens().where(tokens.c.id == token_id)).one()), text

    def tokens(self, *, limit: int = 1000, offset: int = 0) -> list[Token]:
        with self._database.read() as connection:
            rows = connection.execute(_tokens().order_by(tokens.c.id.desc()).limit(limit).offset(offset))
            return [_token(row) for row in rows]

    def any_token(self) -> bool:
        """Whether anybody can come in at all."""
        with self._database.read() as connection:
            return connection.execute(select(tokens.c.id).where(_usable()).limit(1)).first() is not None

    def revoke(self, token_id: int, actor: Actor) -> Token | None:
        """End a token and its sessions; None if there is no such token. Revoking twice changes nothing."""
        with self._database.write() as connection:
            ended = connection.execute(
                update(tokens)
                .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
                .values(revoked_at=now())
                .returning(tokens.c.label)
            ).scalar_one_or_none()
            if ended is not None:
                connection.execute(delete(sessions).where(sessions.c.token_id == token_id))
                append(connection, actor, "token.revoke", f"{ended} (token {token_id})")
            row = connection.execute(_tokens().where(tokens.c.id == token_id)).one_or_none()
        return None if row is None else _token(row)

    def identify(self, text: str) -> Identity | None:
        """Who carries this token; None if nobody may."""
        query = _tokens().where(tokens.c.digest == _digest(text), _usable())
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.stale:
            with self._database.write() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row.id).values(last_used_at=now()))
        return Identity(row.id, row.label, Role(row.role))

    # -- sessions ------------------------------------------------------------------------------------------------------

    def sign_in(self, text: str) -> Session | None:
        """A session for who carries this token; None if nobody may."""
        identity = self.identify(text)
        return None if identity is None else self._begin(identity)

    def ticket(self, token_id: int) -> str:
        """A secret for a sign-in link: to be changed once, soon, for a session of this token."""
        with self._database.write() as connection:
            return self._insert(connection, token_id, "", TICKET_SECONDS)

    def redeem(self, ticket: str) -> Session | None:
        """Change a ticket for a session; None if it was used, is too old or never was one."""
        mine = sessions.c.digest == _digest(ticket)
        with self._database.write() as connection:
            used = connection.execute(
                delete(sessions)
                .where(mine, sessions.c.csrf == "", sessions.c.expires_at > now())
                .returning(sessions.c.token_id)
            ).scalar_one_or_none()
            row = connection.execute(_tokens().where(tokens.c.id == used, _usable())).one_or_none()
        if row is None:
            return None
        return self._begin(Identity(row.id, row.label, Role(row.role)))

    def session(self, secret: str) -> Identity | None:
        """Who is signed in with this cookie; None if the session is over, idle for too long, or its token ended."""
        query = (
            select(sessions, tokens.c.label, tokens.c.role, (now() - sessions.c.seen_at).label("idle"))
            .join_from(sessions, tokens)
            .where(
                sessions.c.digest == _digest(secret), sessions.c.csrf != "", sessions.c.expires_at > now(), _usable()
            )
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.idle > IDLE_SECONDS:
            return None
        if row.idle > TOUCH_SECONDS:
            with self._database.write() as connection:
                connection.execute(update(sessions).where(sessions.c.digest == row.digest).values(seen_at=now()))
                connection.execute(update(tokens).where(tokens.c.id == row.token_id).values(last_used_at=now()))
        return Identity(row.token_id, row.label, Role(row.role), row.csrf)

    def sign_out(self, secret: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(secret)))

    def prune(self) -> int:
        """Forget sessions that are over; returns how many."""
        over = or_(sessions.c.expires_at <= now(), sessions.c.seen_at <= now() - IDLE_SECONDS)
        return forget(self._database, sessions, over)

    # -- attempts ------------------------------------------------------------------------------------------------------

    def attempt(self, address: str) -> float:
        """One try from this address: 0 if it may be made, else the seconds to wait. Shared by all processes."""
        name = f"sign-in {int(_digest(address)[:8], 16) % _GROUPS}"
        moment = self._clock()
        over, believed = self._refused.get(name, (moment, moment))
        if moment < believed:
            return over - moment
        self._quotas.begin(name)
        turn = self._quotas.grant(name, ATTEMPTS, patience=0.0)
        if not isinstance(turn, Refusal):
            return 0.0
        self._refused[name] = moment + turn.seconds, moment + min(turn.seconds, REFUSED_SECONDS)
        return turn.seconds

    def _begin(self, identity: Identity) -> Session:
        csrf = secrets.token_urlsafe(32)
        signed_in = Identity(identity.token_id, identity.label, identity.role, csrf)
        with self._database.write() as connection:
            secret = self._insert(connection, identity.token_id, csrf, SESSION_SECONDS)
            append(connection, identity.actor, "session.begin")
        return Session(secret, signed_in)

    def _insert(self, connection: Any, token_id: int, csrf: str, seconds: float) -> str:
        secret = secrets.token_urlsafe(32)
        values = {"digest": _digest(secret), "token_id": token_id, "csrf": csrf, "expires_at": now() + seconds}
        connection.execute(insert(sessions).values(created_at=now(), seen_at=now(), **values))
        return secret


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _usable() -> ColumnElement[bool]:
    return and_(tokens.c.revoked_at.is_(None), or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now()))


def _tokens() -> Any:
    used = tokens.c.last_used_at
    stale = or_(used.is_(None), used < now() - TOUCH_SECONDS)
    return select(tokens, _usable().label("usable"), stale.label("stale"))


def _token(row: Any) -> Token:
    return Token(
        row.id,
        row.label,
        Role(row.role),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
        bool(row.usable),
    )
