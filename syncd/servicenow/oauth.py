"""OAuth 2: tokens fetched from the instance, renewed before they expire, and once when they are refused.

| grant               | first token by                  | renewed by                                     |
|---------------------|---------------------------------|------------------------------------------------|
| password            | user name and password          | the refresh token, else the password again     |
| client credentials  | client id and secret            | the same                                       |
| refresh token       | the refresh token               | the latest refresh token                       |
| JWT bearer          | a signed assertion              | a new assertion                                |

However many threads need a new token at once, one fetches it and the others wait (servicenow facts 7.3 to 7.5).
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import jwt

from syncd.core.model import Json
from syncd.errors import AuthError, UnavailableError, UnreadableError
from syncd.http import Door, Judge, PreparedRequest, Request, Response, shortened
from syncd.servicenow.answer import parsed
from syncd.servicenow.judge import TOKEN

TOKEN_PATH = "/oauth_token.do"
TOKEN_STEP = "asking for an access token"

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, so that it does not expire on the way."""

SHORTEST_USE = 5.0
"""ServiceNow hands out the same token until it expires (facts 7.4), so close to its end renewing changes nothing."""

UNTOLD_SECONDS = 600.0
"""How long a token is used if the answer does not say how long it lives."""

LONGEST_LIFE = 86_400.0
"""A token that claims to live longer is not believed; it is renewed like one that does not say."""

ASSERTION_SECONDS = 300


class Grant(Protocol):
    """One way to get a token: the form to send, given the latest refresh token."""

    def form(self, refresh_token: str) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    client_id: str
    client_secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        client = {"client_id": self.client_id, "client_secret": self.client_secret}
        if refresh_token:
            return {"grant_type": "refresh_token", "refresh_token": refresh_token, **client}
        return {"grant_type": "password", "username": self.username, "password": self.password, **client}


@dataclass(frozen=True, slots=True)
class ClientCredentialsGrant:
    client_id: str
    client_secret: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token or self.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class JwtGrant:
    """`subject` is the user to act as, `key_id` the id of the key in the instance's JWT verifier map."""

    client_id: str
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)
    key_id: str
    subject: str
    algorithm: str = "RS256"

    def form(self, refresh_token: str) -> Mapping[str, str]:
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self.assertion(int(time.time())),
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    def assertion(self, now: int) -> str:
        claims = {
            "iss": self.client_id,
            "sub": self.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, self.private_key, algorithm=self.algorithm, headers={"kid": self.key_id})


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token. Times are of a clock that only runs forward."""

    value: str = field(repr=False)
    renew_at: float


class OAuth:
    """Bearer tokens from one grant. `keep` is told every new refresh token before its access token is used, so that
    whoever stores it never stores one that is already spent.
    """

    def __init__(
        self,
        grant: Grant,
        *,
        keep: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._grant = grant
        self._keep = keep
        self._clock = clock
        self._door: Door | None = None
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refresh_token = ""
        self._sent = threading.local()

    def connect(self, door: Door) -> None:
        self._door = door

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        token = self._token
        if token is None or self._clock() >= token.renew_at:
            token = self._renewed(token)
        self._sent.token = token
        request.headers["Authorization"] = f"Bearer {token.value}"
        return request

    def refused(self) -> bool:
        """True if the refused token could be replaced; another thread may have done so already."""
        sent: Token | None = getattr(self._sent, "token", None)
        # The same token may be handed out until it expires (facts 7.4); trying that one again would change nothing.
        return sent is None or self._renewed(sent).value != sent.value

    def __repr__(self) -> str:
        return f"OAuth({self._grant!r})"

    def _renewed(self, stale: Token | None) -> Token:
        """A token newer than `stale`; fetched by the first thread that needs it."""
        with self._lock:
            if self._token is not None and self._token is not stale:
                return self._token
            self._token = self._fetched()
            return self._token

    def _fetched(self) -> Token:
        asked_at = self._clock()
        try:
            answer = self._asked(self._refresh_token)
        except AuthError:
            if not self._refresh_token or isinstance(self._grant, RefreshTokenGrant):
                raise
            # The refresh token has expired or was revoked; the password may still be good.
            self._refresh_token = ""
            answer = self._asked("")
        refresh_token = str(answer.get("refresh_token") or "")
        if refresh_token and refresh_token != self._refresh_token:
            if self._keep is not None:
                self._keep(refresh_token)
            self._refresh_token = refresh_token
        lives = _seconds(answer.get("expires_in"))
        return Token(str(answer["access_token"]), asked_at + max(lives - EARLY_SECONDS, lives / 2, SHORTEST_USE))

    def _asked(self, refresh_token: str) -> Mapping[str, Json]:
        if self._door is None:
            raise RuntimeError("OAuth must be given to a ServiceNowClient before it is used")
        form = self._grant.form(refresh_token)
        # Repeated like a read: asking for a token again changes nothing (servicenow facts 7.4).
        request = Request("POST", TOKEN_PATH, TOKEN, TOKEN_STEP, True, data=form)
        try:
            body = self._door.request(request).json()
        except UnreadableError as error:
            # Whatever needed the token was not sent, and "unreadable" would say that its answer was.
            raise _no_token(self._door.connection, str(error)) from error
        if not (isinstance(body, dict) and body.get("access_token")):
            raise _no_token(self._door.connection, "the answer has no access_token")
        return body


def _no_token(connection: str, detail: str) -> UnavailableError:
    return UnavailableError("does not give a token now", system=connection, step=TOKEN_STEP, detail=detail)


def _seconds(raw: Json) -> float:
    try:
        seconds = float(raw)
    except (TypeError, ValueError):
        return UNTOLD_SECONDS
    return seconds if 0 <= seconds < LONGEST_LIFE else UNTOLD_SECONDS


def judge_tokens(connection: str, judge: Judge) -> Judge:
    """The judge of the token endpoint: its refusals have a form of their own, and none says why (facts 7.4)."""

    def judge_token(response: Response, request: Request) -> None:
        if response.status_code in (400, 401, 403):
            body = parsed(response)
            known = body if isinstance(body, dict) else {}
            words = [str(known[key]) for key in ("error", "error_description") if known.get(key)]
            raise AuthError(
                "gives no token: the client id, its secret, the user, the password, the key or the grant is not right",
                system=connection,
                step=request.step,
                status=response.status_code,
                detail=shortened(": ".join(words)),
            )
        judge(response, request)

    return judge_token
