"""The ServiceNow client: good alone, without the rest of syncd.

    with ServiceNowClient("https://example.service-now.com", BasicAuth("svc_syncd", password)) as client:
        incident = client.create_incident("Payments are down", urgency="High", caller="jane@example.com")
        client.add_work_note(incident["number"], "Failing over to the second site")

Every failure is an error of `syncd.errors`: it says whether the request may have had an effect. Reads repeat
themselves, writes are sent once. One client serves many threads; each has its own HTTP session, because ServiceNow
works on one request per session at a time and drops what waits too long (servicenow facts 6.11).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syncd.errors import AuthError, RejectedError, UserError
from syncd.http import Door, Guard, Judge, Limits, Listener, Request, Response, Session, Vet, new_session
from syncd.oauth import TOKEN_STEP, judge_tokens
from syncd.servicenow.attachments import Attachments
from syncd.servicenow.auth import Auth, BasicAuth
from syncd.servicenow.batch import Batch
from syncd.servicenow.changes import Changes
from syncd.servicenow.incidents import INCIDENT, Incidents
from syncd.servicenow.judge import judge_for
from syncd.servicenow.query import where
from syncd.servicenow.throttle import CONCURRENCY, Throttle

TOKEN_PATH = "/oauth_token.do"

DEFAULT_LIMITS = Limits(read_timeout=65.0)
"""An instance answers or cancels within 60 seconds (servicenow facts 6.7): who hangs up sooner never learns which."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What a connection test found out. `clock` is the instance's, None if it does not say. A `time_zone` of "" is the
    instance's own; what cannot be told is "" too.
    """

    user_name: str
    user_id: str
    time_zone: str
    clock: datetime | None
    records: int
    """How many records the table has, those included that this user may not see."""


class ServiceNowClient(Incidents, Changes, Attachments, Batch):
    """One instance, as one user. `verify` may be the path of a CA bundle, `cert` a client certificate and its key.

    At most `concurrency` calls are under way at once, and `requests_per_hour` per hour; `gate` may bound them further,
    e.g. across processes; `guard` is entered for everything that is asked, and may refuse it while the credentials are
    known to be refused. `vet` judges every address before it is connected to. `listen` hears of every call.
    """

    def __init__(
        self,
        url: str,
        auth: Auth,
        *,
        connection: str = "servicenow",
        limits: Limits | None = None,
        concurrency: int = CONCURRENCY,
        requests_per_hour: int | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxy: str | None = None,
        vet: Vet | None = None,
        gate: Callable[[], AbstractContextManager[object]] = nullcontext,
        guard: Guard = nullcontext,
        listen: Listener | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_address(url)
        limits = limits or DEFAULT_LIMITS
        self._auth = auth
        self._sleep = sleep
        self._second_look = limits.first_wait
        self._throttle = Throttle(connection, concurrency=concurrency, requests_per_hour=requests_per_hour, clock=clock)
        judge = judge_for(connection, basic=isinstance(auth, BasicAuth), transaction_limit=limits.transaction_limit)

        def session(credentials: Auth | None) -> Session:
            headers = {"Accept": "application/json"}
            return new_session(credentials, verify=verify, cert=cert, proxy=proxy, headers=headers, vet=vet)

        super().__init__(
            Door(
                connection,
                url,
                lambda: session(auth),
                self._listening(judge),
                limits=limits,
                gate=lambda request: self._gates(gate),
                guard=guard,
                listen=listen,
                recover=self._recover,
                sleep=sleep,
            )
        )
        # Tokens are asked for while another call is under way, so they pass no gate: it might wait for itself.
        self._tokens = Door(
            connection,
            self.door.url + TOKEN_PATH,
            lambda: session(None),
            judge_tokens(connection, judge),
            limits=limits,
            listen=listen,
            sleep=sleep,
        )
        auth.connect(self._tokens)

    @property
    def concurrency(self) -> int:
        """Calls that may be under way at once now: fewer after the instance said that it is full."""
        return self._throttle.allowed

    @property
    def url(self) -> str:
        return self.door.url

    def test_connection(self, table: str = INCIDENT) -> Connected:
        """Prove the credentials and the right to read `table`; say who we are and how the clocks stand.

        Raises AuthError, RejectedError or UnavailableError, each with the instance's words.
        """
        page = self.page(table, fields=("sys_id",), limit=1, step=f"testing access to {table}")
        me = self._myself()
        return Connected(
            user_name=me.get("user_name", ""),
            user_id=me.get("sys_id", ""),
            time_zone=me.get("time_zone", ""),
            clock=page.at,
            records=page.total,
        )

    def close(self) -> None:
        self.door.close()
        self._tokens.close()

    def __enter__(self) -> ServiceNowClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ServiceNowClient({self.url!r}, {self._auth!r})"

    def _myself(self) -> dict[str, str]:
        """Our own row of sys_user; empty if it cannot be told (servicenow facts 7.8)."""
        try:
            page = self.page(
                "sys_user",
                where("user_name").is_server_value("gs.getUserName()"),
                fields=("sys_id", "user_name", "time_zone"),
                limit=2,
                step="asking who we are",
            )
        except (AuthError, RejectedError) as error:
            if error.status == 401:
                raise
            return {}
        return dict(page.rows[0]) if len(page.rows) == 1 and page.total == 1 else {}

    @contextmanager
    def _gates(self, shared: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
        with ExitStack() as gates:
            # Our own first, so that nothing of a shared budget is held while waiting for a free place.
            gates.enter_context(self._throttle())
            gates.enter_context(shared())
            yield

    def _listening(self, judge: Judge) -> Judge:
        def judge_and_learn(response: Response, request: Request) -> None:
            self._throttle.heard(response.status_code, response.headers)
            judge(response, request)

        return judge_and_learn

    def _recover(self, error: AuthError, request: Request) -> bool:
        """A renewed token deserves another try. So does a read: during node trouble right credentials are refused now
        and then (servicenow facts 6.16). A write stays refused, so that it is sent once.
        """
        if error.step == TOKEN_STEP:
            return False
        if error.status == 401 and self._auth.refused():
            return True
        if request.reads:
            self._sleep(self._second_look)
        return request.reads


def check_address(url: str) -> None:
    """Raise UserError unless credentials can be sent there and messages may name it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        usable = False
    if not usable:
        raise UserError("an instance's address is like https://example.service-now.com")
    if parts.username is not None or parts.password is not None:
        raise UserError("the address carries credentials, and addresses are shown; give them as `auth`")
    if parts.query or parts.fragment:
        raise UserError("the address of an instance ends where its path ends, before any ? or #")
