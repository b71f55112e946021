"""Claim marked links, carry them through the line many at a time, give back what could not be done.

One thread claims, fetches and looks up page by page; a pool plans, applies and records, one issue in one thread. Two
pages are under way at once, so that one issue with fifty comments keeps nobody waiting. A heartbeat keeps the claims.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from syncd.core.model import Outcome, Reason, Result
from syncd.engine.carry_out import CarryOut
from syncd.engine.failures import BUG, Delay, Parking, judge
from syncd.engine.prepare import Failed, Prepared, Private, Unchanged, admit, prepare
from syncd.engine.route import Listener, Route, outcome_of
from syncd.errors import DatabaseError, IssueError, LostClaimError, RemoteError
from syncd.store import Store, Work

log = logging.getLogger(__name__)

PAGE = 50
"""Issues claimed, fetched and looked up together: one call each, and short enough for any URL."""

ADMISSION_REST = 5.0
"""Seconds until a mapping that its table did not fit, or that could not be checked, is tried again."""

MISSES = 3
"""How often an issue that was listed may be missing when it is fetched, before it counts as deleted or hidden."""


@dataclass(slots=True)
class Tally:
    """What a round of work came to. `trouble` is the connection error that ended it, if one did."""

    done: int = 0
    parked: int = 0
    delayed: int = 0
    trouble: RemoteError | None = None
    rest: float = 0.0  # seconds that the trouble asks for

    def add(self, other: Tally) -> None:
        """Count a later round in; whether there is trouble is the later round's word."""
        self.done += other.done
        self.parked += other.parked
        self.delayed += other.delayed
        self.trouble = other.trouble
        self.rest = other.rest


class HandedBackError(Exception):
    """The issue's turn did not begin: the process is stopping, or its connection is in trouble."""


class _Round:
    """What the threads of one round share: the issues in hand, and what came of those that are not any more."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._held: dict[int, Work] = {}
        self._lock = threading.Lock()

    def take(self, works: Iterable[Work]) -> None:
        with self._lock:
            self._held.update((work.id, work) for work in works)

    def release(self, work: Work) -> None:
        with self._lock:
            self._held.pop(work.id, None)

    def in_hand(self) -> list[Work]:
        with self._lock:
            return list(self._held.values())

    def count(self, work: Work, verdict: Parking | Delay | None, error: Exception | None = None) -> None:
        with self._lock:
            self._held.pop(work.id, None)
            match verdict:
                case None:
                    self.tally.done += 1
                case Parking():
                    self.tally.parked += 1
                case Delay():
                    self.tally.delayed += 1
                    if verdict.stops and isinstance(error, RemoteError) and self.tally.trouble is None:
                        self.tally.trouble = error
                        self.tally.rest = verdict.seconds


class Worker:
    """Works off the due links of routes. One worker a process; `stop` makes it finish what is in hand."""

    def __init__(self, store: Store, listen: Listener, *, threads: int = 8, page: int = PAGE) -> None:
        self._store = store
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

    def drain(self, route: Route, *, progress: Callable[[Tally], None] | None = None) -> Tally:
        """Work until nothing is due, the connection is in trouble, or `stop` is called."""
        this = _Round()
        running: set[Future[None]] = set()
        carry_out = self._carry_out.setdefault(route.name, CarryOut(route, self._store))
        with self._heartbeat(this), ThreadPoolExecutor(self._threads, thread_name_prefix=route.name) as pool:
            while True:
                over = self.stopping or this.tally.trouble is not None
                works = [] if over else self._store.queue.claim(route.name, self._page)
                this.take(works)
                if works and not self._admitted(route, works, this):
                    return this.tally
                for work, prepared in self._prepared(route, works, this) if works else ():
                    running.add(pool.submit(self._one, carry_out, work, prepared, this))
                if not works and not running:
                    return this.tally
                while running and (not works or len(running) > self._page):
                    running = _reap(running)
                    if progress is not None:
                        progress(this.tally)

    def _admitted(self, route: Route, works: list[Work], this: _Round) -> bool:
        """Before the first work of this process: the table must have what the mapping writes, or all is given back."""
        if route.name in self._admissions:
            return True
        try:
            admit(route)
        except RemoteError as error:
            for work in works:
                self._store.queue.delay(work, ADMISSION_REST)
                this.release(work)
            this.tally.trouble, this.tally.rest = error, error.retry_after or ADMISSION_REST
            return False
        self._admissions.add(route.name)
        return True

    def _prepared(self, route: Route, works: list[Work], this: _Round) -> Iterator[tuple[Work, Prepared]]:
        """Fetch, map and look up a page. What ends here is ended here; what is ready to be planned is yielded."""
        by_issue = {work.link.issue_id: work for work in works}
        try:
            fetched = route.source.fetch(list(by_issue), route.mapping.fields_needed())
            results = prepare(route, [(by_issue[issue.id].link, issue) for issue in fetched.issues])
        except RemoteError as error:
            for work in works:
                self._end(work, this, error)
            return
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
                case Private():
                    with self._told(work, this):
                        self._store.queue.settle(work, result.fingerprint)
                        self._report(outcome_of(work.link, Result.WITHHELD, Reason.PRIVATE))
        for issue_id, error in fetched.failed.items():
            self._end(by_issue.pop(issue_id), this, error)
        for work in by_issue.values():
            with self._told(work, this):
                self._missing(route, work)

    def _missing(self, route: Route, work: Work) -> None:
        """The issue was asked for and not given. Once may be an accident; then it is deleted, moved away or hidden."""
        if work.attempts < MISSES:
            raise IssueError("Jira listed this issue and then did not give it", cause="missing")
        if work.link.record_id or work.link.sent_at is not None:
            self._store.queue.lose_sight(work)
            self._report(outcome_of(work.link, Result.HELD, f"{Reason.GONE}; its record is left as it is"))
        else:
            self._store.queue.forget(work)

    def _one(self, carry_out: CarryOut, work: Work, prepared: Prepared, this: _Round) -> None:
        """One issue, in a thread of the pool."""
        said: list[Outcome] = []
        with self._told(work, this):
            if self.stopping or this.tally.trouble is not None:
                raise HandedBackError
            try:
                for outcome in carry_out.run(work, prepared):
                    said.append(outcome)
                    self._listen(outcome)
            finally:
                self._store.journal.append([outcome for outcome in said if outcome.result is not Result.UNCHANGED])

    @contextmanager
    def _told(self, work: Work, this: _Round) -> Iterator[None]:
        """The boundary of one issue: whatever goes wrong inside ends this issue's turn and no other's (law 6)."""
        try:
            yield
        except LostClaimError as error:
            log.warning("%s", error, extra={"action": "lost_claim", "issue": work.link.issue_key})
            this.release(work)
        except HandedBackError:
            self._store.queue.delay(work, 0.0)
            this.release(work)
        except DatabaseError:
            raise
        except Exception as error:
            self._end(work, this, error)
        else:
            this.count(work, None)

    def _end(self, work: Work, this: _Round, error: Exception) -> None:
        """Park or delay the issue, and say why."""
        verdict = judge(error, work.attempts, work.link.issue_id)
        match verdict:
            case Parking():
                if verdict.cause == BUG:
                    log.error("%s: this is a bug of syncd", work.link.issue_key, exc_info=error)
                self._store.queue.park(work, verdict.cause, verdict.error, verdict.seconds)
                self._report(outcome_of(work.link, Result.PARKED, verdict.error, cause=verdict.cause))
            case Delay():
                self._store.queue.delay(work, verdict.seconds, failed=verdict.doubt)
                self._report(outcome_of(work.link, Result.DOUBT if verdict.doubt else Result.DELAYED, verdict.reason))
        this.count(work, verdict, error)

    def _report(self, outcome: Outcome) -> None:
        self._listen(outcome)
        self._store.journal.append([outcome])

    @contextmanager
    def _heartbeat(self, this: _Round) -> Iterator[None]:
        """Renew the claims of all issues in hand, three times in the life of a claim."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._store.queue.claim_seconds / 3):
                try:
                    self._store.queue.renew(this.in_hand())
                except DatabaseError as error:
                    # The claims run out and another process takes over; the fence keeps us from writing meanwhile.
                    log.warning("claims could not be renewed: %s", error, extra={"action": "renew"})

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _reap(running: set[Future[None]]) -> set[Future[None]]:
    """Wait for some to finish; what an issue's boundary let through (the database is gone) ends the round."""
    finished, left = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        future.result()
    return left
