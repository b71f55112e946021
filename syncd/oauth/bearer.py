"""A bearer token on every request: fetched when needed, renewed before it expires, and once when it is refused.

However many threads need a new token at once, one fetches it and the others wait; given a slot that processes share
(`shared`), so do they, and a refresh token that is spent by its use is never spent twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from syncd.errors import AuthError
from syncd.http import Door, PreparedRequest
from syncd.oauth.endpoint import ask
from syncd.oauth.grants import Grant, RefreshTokenGrant, identity
from syncd.oauth.tokens import EARLY_SECONDS, SHORTEST_USE, Slot, Token, lifetime


class OAuth:
    """Bearer tokens from one grant.

    `keep` is told every new refresh token before its access token is used, so that whoever stores it never stores one
    that is already spent. `shared` opens the slot in which several processes keep one token: while one has it open, the
    others wait; what it puts in is stored before it is used. `clock` only runs forward; `wall` is the time of day.
    """

    def __init__(
        self,
        grant: Grant,
        *,
        keep: Callable[[str], None] | None = None,
        shared: Callable[[], AbstractContextManager[Slot]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._grant = grant
        self._keep = keep
        self._shared = shared
        self._clock = clock
        self._wall = wall
        self._door: Door | None = None
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._unsaved: tuple[Token, str] | None = None  # and what it was to take the place of
        self._sent = threading.local()

    def connect(self, door: Door) -> None:
        """Remember the way to the token endpoint: the door's url is its address."""
        self._door = door

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        token = self._token
        if token is None or self._clock() >= token.renew_at:
            token = self._renewed(token)
        self._sent.token = token
        request.headers["Authorization"] = f"Bearer {token.value}"
        return request

    def refused(self) -> bool:
        """True if the refused token could be replaced; another thread or process may have done so already."""
        sent: Token | None = getattr(self._sent, "token", None)
        # Where the same token is handed out until it expires, trying that one again would change nothing.
        return sent is None or self._renewed(sent).value != sent.value

    def __repr__(self) -> str:
        return f"OAuth({self._grant!r})"

    def _renewed(self, stale: Token | None) -> Token:
        """A token newer than `stale`; fetched by the first that needs it."""
        with self._lock:
            if self._token is not None and self._token is not stale:
                return self._token
            with self._slot() as slot:
                before = slot.text
                kept = Token.read(before, self._owner(), self._clock() - self._wall())
                left = self._fetched_after(before) or kept
                if left is not None and self._serves(left, stale):
                    fresh = left
                else:
                    fresh = self._fetched((left or stale or Token("", 0.0)).refresh_token)
                if fresh is not kept:
                    # If it cannot be stored it is not used, and not lost either: the old one may be spent.
                    self._unsaved = fresh, before
                    slot.put(fresh.written(self._owner(), self._clock() - self._wall()))
            self._unsaved = None
            self._token = fresh
            return fresh

    def _fetched_after(self, text: str) -> Token | None:
        """What we fetched and could not store, unless another process has stored a newer one since."""
        if self._unsaved is None or self._unsaved[1] != text:
            return None
        return self._unsaved[0]

    def _serves(self, left: Token, stale: Token | None) -> bool:
        """Whether what another process has left is newer than what we have, and good for a while."""
        return self._clock() < left.renew_at and (stale is None or left.value != stale.value)

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        if self._shared is None:
            yield _Nowhere()
        else:
            with self._shared() as slot:
                yield slot

    def _owner(self) -> str:
        """Whose token it is. One that was stored for another instance, client or user is not used."""
        return f"{self._way().url} {identity(self._grant)}"

    def _way(self) -> Door:
        if self._door is None:
            raise RuntimeError("OAuth must be given to a client (ServiceNowClient, JiraClient) before it is used")
        return self._door

    def _fetched(self, refresh_token: str) -> Token:
        asked_at = self._clock()
        try:
            answer = ask(self._way(), self._grant.form(refresh_token))
        except AuthError:
            if not refresh_token or isinstance(self._grant, RefreshTokenGrant):
                raise
            # The refresh token has expired or was revoked; the password may still be good.
            answer, refresh_token = ask(self._way(), self._grant.form("")), ""
        latest = str(answer.get("refresh_token") or "")
        if latest and latest != refresh_token and self._keep is not None:
            self._keep(latest)
        lives = lifetime(answer.get("expires_in"))
        return Token(
            str(answer["access_token"]),
            asked_at + max(lives - EARLY_SECONDS, lives / 2, SHORTEST_USE),
            latest or refresh_token,
        )


class _Nowhere:
    """The slot of a process that shares its token with nobody."""

    text = ""

    def put(self, text: str) -> None:
        """The token lives in memory."""
