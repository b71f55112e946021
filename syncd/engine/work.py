"""Claim marked links, carry them through the line many at a time, give back what could not be done.

One thread claims, fetches and looks up page by page; a pool plans, applies and records, one issue in one thread. The
next page is claimed when the pool could soon run dry, so that one issue with fifty comments keeps nobody waiting, and
no sooner, so that other replicas find work, too. For their sake pages get smaller where little is left, too: the last
issues are not one replica's alone. A heartbeat keeps the claims.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace

from syncd.core.model import Issue, Outcome, Reason, Result
from syncd.engine.carry_out import CarryOut
from syncd.engine.doubts import is_in_doubt
from syncd.engine.failures import BUG, Delay, HeldBack, Parking, judge
from syncd.engine.farewell import Leaving, leaving
from syncd.engine.holding import beating
from syncd.engine.poll import in_ms
from syncd.engine.prepare import Failed, Prepared, Private, Unchanged, admit, prepare
from syncd.engine.round import Round, Tally
from syncd.engine.route import Listener, Route, outcome_of
from syncd.errors import DatabaseError, IssueError, LostClaimError, RemoteError
from syncd.store import FRESH_MS, Store, Work

log = logging.getLogger(__name__)

PAGE = 50
"""Issues claimed, fetched and looked up together: one call each, and short enough for any URL."""

SHARE = 4
"""Of what is due, a page takes no more than this part, but always enough to keep all threads busy."""

READY = 2
"""Issues in hand for each thread, above which no page is claimed: one that it does, and one that is ready meanwhile."""

IDLE_SECONDS = 1.0
"""How soon a worker that found nothing due asks again while issues are still in hand."""

ADMISSION_REST = 5.0
"""Seconds until a mapping that its table did not fit, or that could not be checked, is tried again."""

MISSES = 3
"""How often an issue that was listed may be missing when it is fetched, before somebody asks where it is; and how often
its state may be older than the one listed, before it counts as it is."""

STALE = "Jira listed a newer state of this issue than it then gave"


PROGRESS = {Result.CREATED, Result.ADOPTED, Result.UPDATED, Result.NOTED}
"""Outcomes that show an issue getting on, whatever happened to it afterwards."""


CeilingListener = Callable[[str, str], None]
"""Told (mapping, ceiling) when a round of work ran into a ceiling."""


class HandedBackError(Exception):
    """The issue's turn did not begin: the process is stopping, or its connection is in trouble."""


class Worker:
    """Works off the due links of routes. One worker a process; `stop` makes it finish what is in hand."""

    def __init__(
        self,
        store: Store,
        listen: Listener,
        *,
        threads: int = 8,
        page: int = PAGE,
        ceiling_hit: CeilingListener = lambda mapping, ceiling: None,
    ) -> None:
        self._store = store
        self._ceiling_hit = ceiling_hit
        self._listen = listen
        self._threads = threads
        self._page = page
        self._stopping = threading.Event()
        self._carry_out: dict[str, CarryOut] = {}
        self._admissions: set[str] = set()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait, or return True at once when told to stop."""
        return self._stopping.wait(seconds)

    def drain(
        self,
        route: Route,
        *,
        progress: Callable[[Tally], None] = lambda tally: None,
        more: Callable[[], bool] = lambda: False,
        enough: Callable[[], bool] = lambda: False,
    ) -> Tally:
        """Work until nothing is due, the connection is in trouble, or `stop` is called.

        `more` is asked before each page: it may bring further work, and says whether there may be yet more. Once
        `enough` holds, what is in hand is finished.
        """
        this = Round()
        running: set[Future[None]] = set()
        try:
            site = route.source.site
        except RemoteError as error:  # it was never reached in the life of this process
            return Tally(trouble=error, rest=error.retry_after or ADMISSION_REST)
        carry_out = self._carry_out_of(route)
        with self._heartbeat(this), ThreadPoolExecutor(self._threads, thread_name_prefix=route.name) as pool:
            while True:
                over = self.stopping or this.tally.trouble is not None or enough()
                coming = not over and more()
                works = [] if over else self._claim(route, site)
                this.take(works)
                if works and not self._admitted(route, works, this):
                    return this.tally
                for work, prepared in self._turns(route, works, this) if works else ():
                    running.add(pool.submit(self._one, carry_out, work, prepared, this))
                if not works and not running and not coming:
                    return this.tally
                if not works and not coming:
                    # Not until all are done: what falls due meanwhile must not wait for the slowest of them.
                    running = _reap(running, ALL_COMPLETED, IDLE_SECONDS)
                while len(running) > READY * self._threads:
                    running = _reap(running)
                progress(this.tally)

    def _claim(self, route: Route, site: str) -> list[Work]:
        """The next page: a full one while much is due, or where there is nobody to share with."""
        queue, ceilings, size = self._store.queue, route.mapping.ceilings, self._page
        if not self._store.database.is_sqlite:
            share = queue.due(route.name, site, SHARE * self._page, ceilings) // SHARE
            size = min(self._page, max(self._threads, share))
        return queue.claim(route.name, site, size, ceilings)

    def _carry_out_of(self, route: Route) -> CarryOut:
        if route.name not in self._carry_out:
            self._carry_out[route.name] = CarryOut(route, self._store)
        return self._carry_out[route.name]

    def _admitted(self, route: Route, works: list[Work], this: Round) -> bool:
        """Before the first work of this process: the table must have what the mapping writes, or all is given back."""
        if route.name in self._admissions:
            return True
        try:
            admit(route)
        except RemoteError as error:
            for work in works:
                self._hand_back(work, this, ADMISSION_REST)
            this.tally.trouble, this.tally.rest = error, error.retry_after or ADMISSION_REST
            return False
        self._admissions.add(route.name)
        return True

    def _turns(self, route: Route, works: list[Work], this: Round) -> Iterator[tuple[Work, Prepared | Leaving]]:
        """A page, ready: issues to be synced are fetched, those established to be out of sight need no call to Jira."""
        yield from self._leaving(route, [(work, "") for work in works if work.sight is not None], this)
        here = [work for work in works if work.sight is None]
        if here:
            yield from self._prepared(route, here, this)

    def _leaving(self, route: Route, works: Sequence[tuple[Work, str]], this: Round) -> Iterator[tuple[Work, Leaving]]:
        try:
            ready = list(leaving(route, works))
        except DatabaseError:
            raise
        except Exception as error:  # as for a page that is fetched
            for work, _ in works:
                self._end(work, this, error)
            return
        for work, one in ready:
            match one:
                case Leaving():
                    yield work, one
                case Failed():
                    self._end(work, this, one.error)

    def _prepared(self, route: Route, works: list[Work], this: Round) -> Iterator[tuple[Work, Prepared | Leaving]]:
        """Fetch, map and look up a page. What ends here is ended here; what is ready to be planned is yielded."""
        by_issue = {work.link.issue_id: work for work in works}
        try:
            fetched = route.source.fetch(list(by_issue), route.mapping.fields_needed())
            pairs = [(by_issue[issue.id], issue) for issue in fetched.issues]
            stale = [work for work, issue in pairs if _is_stale(work, issue)]
            results = prepare(route, [(work.link, issue) for work, issue in pairs if work not in stale])
        except DatabaseError:
            raise
        except Exception as error:  # of one of the systems, or a bug: these issues are set aside, others come next
            for work in works:
                self._end(work, this, error)
            return
        for work in stale:
            self._end(by_issue.pop(work.link.issue_id), this, IssueError(STALE, cause="stale"))
        private: list[tuple[Work, str]] = []
        for result in results:
            work = by_issue.pop(result.link.issue_id)
            match result:
                case Prepared():
                    yield work, result
                case Failed():
                    self._end(work, this, result.error)
                case Unchanged():
                    with self._told(work, this):
                        self._store.queue.settle(work, result.fingerprint)
                        self._listen(outcome_of(work.link, Result.UNCHANGED, Reason.UNCHANGED))
                case Private() if is_in_doubt(work.link):
                    private.append((work, result.fingerprint))  # what was sent before is asked about all the same
                case Private():
                    with self._told(work, this):
                        self._store.queue.settle(work, result.fingerprint)
                        self._report(outcome_of(work.link, Result.WITHHELD, Reason.PRIVATE))
        yield from self._leaving(route, private, this)
        for issue_id, failure in fetched.failed.items():
            self._end(by_issue.pop(issue_id), this, failure)
        for work in by_issue.values():
            with self._told(work, this):
                self._missing(route, work)

    def _missing(self, route: Route, work: Work) -> None:
        """The issue was asked for and not given. Once may be an accident; then somebody must look where it is."""
        if work.attempts < MISSES:
            raise IssueError("Jira listed this issue and then did not give it", cause="missing")
        if work.link.record_id or work.link.sent_at is not None:
            self._store.queue.lose_sight(work)
            self._report(outcome_of(work.link, Result.HELD, f"{Reason.GONE}; where it is will be asked"))
        else:
            self._store.queue.forget(work)

    def _one(self, carry_out: CarryOut, work: Work, turn: Prepared | Leaving, this: Round) -> None:
        """One issue, in a thread of the pool."""
        said: list[Outcome] = []
        with self._told(work, this, said):
            if self.stopping or this.tally.trouble is not None:
                raise HandedBackError
            try:
                for outcome in carry_out.part(work, turn) if isinstance(turn, Leaving) else carry_out.run(work, turn):
                    said.append(outcome)
                    self._listen(outcome)
            finally:
                self._store.journal.append([outcome for outcome in said if outcome.result is not Result.UNCHANGED])

    @contextmanager
    def _told(self, work: Work, this: Round, said: Sequence[Outcome] = ()) -> Iterator[None]:
        """The boundary of one issue: whatever goes wrong inside ends this issue's turn and no other's (law 6).

        `said` is what came of it before that: a turn that got on begins to count its failures anew.
        """
        try:
            yield
        except LostClaimError as error:
            self._lost(work, this, error)
        except HandedBackError:
            self._hand_back(work, this, 0.0)
        except DatabaseError:
            raise
        except Exception as error:
            got_on = any(outcome.result in PROGRESS for outcome in said)
            self._end(replace(work, attempts=0) if got_on else work, this, error)
        else:
            this.count(work, None)

    def _end(self, work: Work, this: Round, error: Exception) -> None:
        """Park or delay the issue, and say why."""
        verdict = judge(error, work.attempts, work.link.issue_id)
        try:
            match verdict:
                case Parking():
                    if verdict.cause == BUG:
                        log.error("%s: this is a bug of syncd", work.link.issue_key, exc_info=error)
                    self._store.queue.park(work, verdict.cause, verdict.error, verdict.seconds)
                    self._report(outcome_of(work.link, Result.PARKED, verdict.error, cause=verdict.cause))
                case Delay():
                    attempts = work.attempts + int(verdict.doubt)
                    self._store.queue.delay(work, verdict.seconds, attempts=attempts, reason=verdict.reason)
                    result = Result.DOUBT if verdict.doubt else Result.DELAYED
                    self._report(outcome_of(work.link, result, verdict.reason), news=verdict.reason != work.waiting)
                case HeldBack():
                    self._store.queue.hold_back(work, verdict.ceiling, verdict.reason)
                    if verdict.reason != work.waiting:  # as in the cycle before: thousands may wait for many cycles
                        self._report(outcome_of(work.link, Result.HELD, verdict.reason, cause=verdict.ceiling))
                    if this.meets(verdict.ceiling):
                        self._ceiling_hit(work.link.mapping, verdict.ceiling)
                        self._store.ceilings.bar(work.link.mapping, verdict.ceiling)
        except LostClaimError as lost:
            self._lost(work, this, lost)
        else:
            this.count(work, verdict, error)

    def _hand_back(self, work: Work, this: Round, seconds: float) -> None:
        try:
            self._store.queue.delay(work, seconds)
        except LostClaimError as error:
            self._lost(work, this, error)
        else:
            this.release(work)

    def _lost(self, work: Work, this: Round, error: LostClaimError) -> None:
        """Another process works on it now: nothing is left to do here."""
        log.warning("%s", error, extra={"action": "lost_claim", "issue": work.link.issue_key})
        this.release(work)

    def _report(self, outcome: Outcome, *, news: bool = True) -> None:
        """Tell what came of an issue. The journal takes news only: an hour of retries is one line."""
        self._listen(outcome)
        if news:
            self._store.journal.append([outcome])

    @contextmanager
    def _heartbeat(self, this: Round) -> Iterator[None]:
        """Renew the claims of all issues in hand, three times in the life of a claim."""
        with beating(self._store.queue.claim_seconds / 3, lambda: self._store.queue.renew(this.in_hand())):
            yield


def _reap(running: set[Future[None]], until: str = FIRST_COMPLETED, seconds: float | None = None) -> set[Future[None]]:
    """Wait for some to finish; what an issue's boundary let through (the database is gone) ends the round."""
    finished, left = wait(running, timeout=seconds, return_when=until)
    for future in finished:
        future.result()
    return left


def _is_stale(work: Work, issue: Issue) -> bool:
    """Whether Jira gave an older state than it listed: a node behind the others. Applying it would lose a change.

    Its times are not equally fine everywhere, so a moment is no difference; and it is not waited for without end.
    """
    listed = work.updated_ms
    return listed is not None and in_ms(issue.updated) + FRESH_MS < listed and work.attempts < MISSES
