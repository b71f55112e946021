"""Stops all calls of a connection while its credentials are refused: every further try brings a CAPTCHA nearer.

The state is a row of `quotas` for each connection and credentials, so all processes share it and a restart keeps it;
other credentials have another row, and are tried at once.

| the row says        | what a call does                                                                    |
|---------------------|-------------------------------------------------------------------------------------|
| never tried         | one call of all processes tries them, the others wait for how it ends               |
| good                | goes; of a process that has just started, one call goes first                       |
| refused, resting    | AuthError at once, which says until when                                            |
| refused, rested     | one call of all processes tries them again; to the others it is still resting       |

The rest grows with the time that the refusal has lasted. A token that has merely expired is renewed inside the guarded
request, and never seen here. What the credentials are is not known here either: `credentials` is a digest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from syncd.errors import AuthError, RejectedError, RemoteError, UnavailableError
from syncd.store.refusals import FIRST_REST, Refusals, Resting, row_of

PATIENCE = 10.0
"""Seconds that a call waits, in its thread, for the one that tries the credentials."""

LOOK_SECONDS = 0.2
SEEN_SECONDS = 1.0
"""How often a process looks: while it waits; while all is well."""


class Breaker:
    """The guard of one connection (`syncd.http.Guard`), shared by all processes that use its database."""

    def __init__(
        self,
        refusals: Refusals,
        connection: str,
        credentials: str,
        *,
        first_rest: float = FIRST_REST,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._refusals = refusals
        self._connection = connection
        self._name = row_of(connection, credentials)
        self._first_rest = first_rest
        self._sleep = sleep
        self._clock = clock
        self._trial = threading.Lock()  # held by the one call of this process that tries them
        self._trusted_until = float("-inf")
        self._good = False  # as far as this process knows
        self._why = ""
        refusals.begin(self._name)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if self._known_good():
            with self._heard():
                yield
            return
        with self._trying() as tries:
            if not tries:
                with self._heard():
                    yield
                return
            try:
                with self._heard():
                    yield
            except RemoteError as error:
                if _let_in(error):
                    self._accept()
                elif not isinstance(error, AuthError):
                    self._refusals.leave_open(self._name)
                raise
            except BaseException:
                self._refusals.leave_open(self._name)
                raise
            self._accept()

    def _known_good(self) -> bool:
        if self._good and self._clock() >= self._trusted_until:
            self._good = self._refusals.are_good(self._name)
            self._trusted_until = self._clock() + SEEN_SECONDS
        return self._good

    @contextmanager
    def _trying(self) -> Iterator[bool]:
        """False if somebody of this process has found them good while we waited."""
        if not self._trial.acquire(timeout=PATIENCE):
            raise self._being_tried(1.0)
        try:
            if self._good:
                yield False
            else:
                self._wait_for_others()
                yield True
        finally:
            self._trial.release()

    def _wait_for_others(self) -> None:
        waited = 0.0
        while (resting := self._refusals.take_trial(self._name)) is not None:
            if resting.refused:
                raise self._closed(resting)
            if waited >= PATIENCE:
                raise self._being_tried(resting.seconds)
            self._sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """A refusal closes the connection for everybody, and says until when."""
        try:
            yield
        except AuthError as error:
            if not error.believed:
                self._good, self._why = False, error.message
                resting = self._refusals.refuse(self._name, self._first_rest)
                error.retry_after = resting.seconds
                error.detail = _joined(error.detail, _way_out(resting))
            raise

    def _accept(self) -> None:
        self._refusals.accept(self._name)
        self._good, self._trusted_until = True, self._clock() + SEEN_SECONDS

    def _closed(self, resting: Resting) -> AuthError:
        return AuthError(
            "is not asked, since it refused the credentials",
            system=self._connection,
            detail=_joined(self._why, _way_out(resting)),
            retry_after=resting.seconds,
        )

    def _being_tried(self, seconds: float) -> UnavailableError:
        return UnavailableError(
            "is not asked now",
            system=self._connection,
            detail="the credentials are being tried by another call",
            retry_after=min(seconds, PATIENCE),
        )


def _let_in(error: RemoteError) -> bool:
    """Whether the answer is one to somebody who was let in, though it is a no."""
    return isinstance(error, RejectedError) or (isinstance(error, AuthError) and error.believed)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _way_out(resting: Resting) -> str:
    moment = datetime.fromtimestamp(resting.until, UTC)
    return (
        f"nothing is sent until {moment:%H:%M:%S} UTC, since each further try could lock the account. Correct the "
        "credentials, and restart if they are in syncd.yaml; or mend it at the other end and test the connection (POST "
        "/api/jira/test or /api/servicenow/test): either way they are tried at once"
    )
