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
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, select, update

from syncd.errors import AuthError, RejectedError, RemoteError, UnavailableError
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

PATIENCE = 10.0
"""Seconds that a call waits, in its thread, for the one that tries the credentials."""

LOOK_SECONDS = 0.2
SEEN_SECONDS = 1.0
"""How often a process looks: while it waits; while all is well."""

_UNKNOWN = {"arrives_at": -1.0, "opens_at": 0.0}


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
        tries = (
            update(quotas)
            .where(quotas.c.name == name, quotas.c.arrives_at != 0, quotas.c.opens_at <= now())
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
        since = case((quotas.c.arrives_at > 0, quotas.c.arrives_at), else_=now())
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

    def forget(self, connection_name: str) -> None:
        """Whatever is known of any credentials of this connection: they are tried at once."""
        prefix = _row(connection_name, "")
        with self._database.write() as connection:
            connection.execute(update(quotas).where(quotas.c.name.startswith(prefix, autoescape=True)).values(_UNKNOWN))


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
        self._name = _row(connection, credentials)
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


def _row(connection: str, credentials: str) -> str:
    return f"{connection}: refused {credentials}"


def _let_in(error: RemoteError) -> bool:
    """Whether the answer is one to somebody who was let in, though it is a no."""
    return isinstance(error, RejectedError) or (isinstance(error, AuthError) and error.believed)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _way_out(resting: Resting) -> str:
    moment = datetime.fromtimestamp(resting.until, UTC)
    return (
        f"nothing is sent until {moment:%H:%M:%S} UTC, since each further try could lock the account. Correct the "
        "credentials and restart, and they are tried at once"
    )
