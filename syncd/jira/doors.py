"""The doors of one Jira connection: to its API, to where its tokens are made, and to the site as anybody sees it.

The `jira` library builds the sessions (credentials, TLS, proxies, headers). Its own request logic stays out of the way:
it repeats writes, ignores dates in Retry-After and stumbles over odd error bodies (jira facts 11.8 to 11.12).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import requests
from jira import JIRA

from syncd.errors import AuthError, NotFoundError
from syncd.http import Auth as Signer
from syncd.http import Door, Gate, Guard, Judge, Limits, Listener, Request, Response, Session, Vet, new_session, vetting
from syncd.jira.address import API, Entrance
from syncd.jira.judge import ForbiddenError, UnclearError, judge_for
from syncd.jira.pace import pace_of
from syncd.oauth import TOKEN_STEP, OAuth, judge_tokens


@dataclass(frozen=True, slots=True)
class Basic:
    """User and password, or e-mail address and API token on Cloud."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A personal access token of Data Center."""

    token: str = field(repr=False)


PROOF = Request("GET", f"{API}/myself", "myself", "proving the credentials", reads=True, urgent=True)
"""What proves the credentials, and nothing else does (jira facts 10.5)."""

Auth = Basic | Bearer | OAuth | Signer
"""A signer puts the credentials on each request itself."""

SlowDown = Callable[[float, float], None]
"""Told to make one call each so many seconds, for so many seconds."""


def never_slows(interval: float, seconds: float) -> None:
    """Nobody shares a limit with us."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many calls are made, and by whose leave. Each is what its namesake of `syncd.http.Door` is.

    At most `concurrency` calls are under way at once; `slow_down` is told when Jira says that a limit is near.
    """

    gate: Gate = nullcontext
    guard: Guard = nullcontext
    slow_down: SlowDown = never_slows
    concurrency: int | None = None


class Doors:
    """Made at once, except the one to the API: where that leads may have to be asked first."""

    def __init__(
        self,
        connection: str,
        url: str,
        auth: Auth,
        *,
        verify: bool | str,
        proxy: str | None,
        vet: Vet | None,
        limits: Limits,
        bounds: Bounds,
        entrance: Entrance,
        listen: Listener | None,
    ) -> None:
        self._connection = connection
        self._auth = auth
        self._verify = verify
        self._proxy = proxy
        self._vet = vet
        self._limits = limits
        self._bounds = bounds
        self._entrance = entrance
        self._listen = listen
        self._places: AbstractContextManager[Any] = (
            nullcontext() if bounds.concurrency is None else threading.BoundedSemaphore(bounds.concurrency)
        )
        self._lock = threading.Lock()
        self._api: Door | None = None
        self._proof: Door | None = None  # the same, for a question that is part of another
        judge = judge_for(connection, limits.transaction_limit)
        self._judge = self._listening(judge)
        self._site = self._door(url.rstrip("/"), self._anonymous, self._judge, gate=self._gates)
        # Tokens are asked for while another call is under way, so they pass no gate: it might wait for itself.
        self._tokens = self._door(entrance.tokens, self._anonymous, judge_tokens(connection, judge))
        if isinstance(auth, OAuth):
            auth.connect(self._tokens)

    @property
    def api(self) -> Door:
        """The door to the API. Raises what asking for the way raises, until it is known."""
        if self._api is None:
            with self._lock:
                if self._api is None:
                    address = self._entrance.address(self._site, oauth=isinstance(self._auth, OAuth))
                    self._proof = self._door(address, self._known, self._judge, gate=self._gates)
                    self._api = self._door(
                        address,
                        self._known,
                        self._judge,
                        gate=self._gates,
                        guard=self._guarded,
                        recover=self._recover,
                    )
        return self._api

    def close(self) -> None:
        for door in (self._api, self._proof, self._site, self._tokens):
            if door is not None:
                door.close()

    def _door(self, url: str, session: Callable[[], Session], judge: Judge, **options: Any) -> Door:
        return Door(self._connection, url, session, judge, limits=self._limits, listen=self._listen, **options)

    @contextmanager
    def _gates(self, request: Request) -> Iterator[None]:
        # Our own first, so that nothing of a shared budget is held while waiting for a free place.
        with self._places, self._bounds.gate(request):
            yield

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """What is said of one thing must not stop all others, so it is asked which it is before the guard hears it."""
        with self._bounds.guard():
            try:
                yield
            except UnclearError as error:
                if error.step == PROOF.step or not self._are_believed():
                    raise
                raise error.of_thing from error

    def _are_believed(self) -> bool:
        if self._proof is None:
            return False
        try:
            self._proof.request(PROOF)
        except (AuthError, ForbiddenError, NotFoundError):
            return False
        return True

    def _listening(self, judge: Judge) -> Judge:
        def judge_and_learn(response: Response, request: Request) -> None:
            pace = pace_of(response.headers)
            if pace is not None:
                self._bounds.slow_down(pace.interval, pace.seconds)
            judge(response, request)

        return judge_and_learn

    def _recover(self, error: AuthError, request: Request) -> bool:
        """A renewed token deserves another try; other credentials stay refused, and trying again would harm."""
        return isinstance(self._auth, OAuth) and error.step != TOKEN_STEP and self._auth.refused()

    def _anonymous(self) -> Session:
        headers = {"Accept": "application/json"}
        return new_session(None, verify=self._verify, proxy=self._proxy, headers=headers, vet=self._vet)

    def _known(self) -> Session:
        """A session for one thread. The library looks nothing up by itself: the flavour is our own question."""
        credentials: dict[str, Any] = {}
        match self._auth:
            case Basic(username, password):
                credentials["basic_auth"] = (username, password)
            case Bearer(token):
                credentials["token_auth"] = token
        library = JIRA(
            self._site.url,
            options={"verify": self._verify, "headers": {"User-Agent": "syncd"}},
            get_server_info=False,
            max_retries=0,
            logging=False,  # it logs bodies and headers
            proxies={"http": self._proxy, "https": self._proxy} if self._proxy else None,
            **credentials,
        )
        if not isinstance(self._auth, Basic | Bearer):
            library._session.auth = self._auth
        vetting(library._session, self._vet)
        return _LibrarySession(library)


class _LibrarySession(Session):
    """The library's session, asked for plain answers: no retries, no exceptions for a status, our time-outs."""

    def __init__(self, library: JIRA) -> None:
        super().__init__()
        self._library = library  # closes its session when it is forgotten
        session = library._session
        self.auth, self.verify, self.proxies = session.auth, session.verify, session.proxies
        self.adapters = session.adapters  # the connections: whoever closes them or borrows them here means those

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Response:
        return requests.Session.request(self._library._session, method, url, *args, **kwargs)

    def close(self) -> None:
        self._library.close()  # type: ignore[no-untyped-call]  # the library's own signature
        super().close()
