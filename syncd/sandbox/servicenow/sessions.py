"""Server sessions: cookies, one running transaction at a time, and the trap that drops requests with 202 (facts 6.11).

A client that sends its cookie back is bound to the session: its requests queue there one by one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.options import Options

_SWEEP_EVERY = 512


class Dropped(Exception):
    """Too many requests wait for this session, or the running one lasts too long: this one is thrown away."""


@dataclass(slots=True)
class Session:
    id: str
    user: User | None = None
    used_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    running_since: float = 0.0


class Sessions:
    """All sessions of the instance. Those that are idle for five minutes end."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sessions: dict[str, Session] = {}
        self._opened = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def known(self, cookie_header: str) -> Session | None:
        """The living session that a Cookie header names."""
        for part in cookie_header.split(";"):
            name, _, value = part.strip().partition("=")
            session = self._sessions.get(value) if name == "JSESSIONID" else None
            if session is not None and time.monotonic() - session.used_at < self._options.session_idle:
                return session
        return None

    def open(self) -> Session:
        self._opened += 1
        if self._opened % _SWEEP_EVERY == 0:
            self._sweep()
        session = Session(token_hex(16).upper(), used_at=time.monotonic())
        self._sessions[session.id] = session
        return session

    def clear(self) -> None:
        self._sessions.clear()

    @asynccontextmanager
    async def turn(self, session: Session) -> AsyncIterator[None]:
        """Wait for this session to be free, work, and let the next one in. May raise `Dropped`."""
        busy_for = time.monotonic() - session.running_since if session.lock.locked() else 0.0
        if session.waiting > self._options.session_queue_limit or busy_for > self._options.session_patience:
            raise Dropped
        session.waiting += 1
        try:
            await session.lock.acquire()
        finally:
            session.waiting -= 1
        session.running_since = time.monotonic()
        try:
            yield
        finally:
            session.used_at = time.monotonic()
            session.lock.release()

    def cookies(self, session: Session, *, secure: bool) -> list[tuple[str, str]]:
        """The Set-Cookie headers of a new session."""
        tail = "; Path=/; HttpOnly" + ("; Secure" if secure else "")
        route = f"glide.{session.id[:32].lower()}"
        values = {
            "JSESSIONID": session.id,
            "glide_user_route": route,
            "glide_session_store": session.id[:32],
            "BIGipServerpool_sandbox": "2566009610.38462.0000",
        }
        return [("Set-Cookie", f"{name}={value}{tail}") for name, value in values.items()]

    def _sweep(self) -> None:
        limit = time.monotonic() - self._options.session_idle
        for session_id in [s.id for s in self._sessions.values() if s.used_at < limit and not s.lock.locked()]:
            del self._sessions[session_id]
