"""One run: people live, troubles come, then peace; how long until all is true again, and whether it is."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import update

from syncd.store import Database, Store
from syncd.store.schema import make_ready
from syncd.store.tables import links
from tests import postgres
from tests.chaos.cable import Cable
from tests.chaos.laws import Offence, offences
from tests.chaos.people import People
from tests.chaos.replicas import Replica, running, settings_of
from tests.chaos.systems import sandbox
from tests.chaos.trouble import Trouble, Troubles

CONVERGED_WITHIN = 60.0
TRANSACTION_LIMIT = 5.0
"""The instance answers within two seconds at most (`hung_answer`), so nothing can arrive later than this."""


@dataclass
class Chaos:
    """The cast of one run, and what happened, second by second."""

    seed: int
    people: People
    troubles: Troubles
    replicas: list[Replica]
    store: Store
    folder: Path
    began: float = field(default_factory=time.monotonic)
    timeline: list[tuple[float, str]] = field(default_factory=list)
    _pause: threading.Event = field(default_factory=threading.Event)

    def live(self, seconds: float, *, freezes: int) -> None:
        """People act three times a second; a trouble comes every few seconds and goes when its time is over."""
        chance = self.troubles.chance
        numbers = itertools.count()
        ends: list[tuple[float, int, Trouble]] = []
        over = time.monotonic() + seconds
        next_trouble = time.monotonic() + 3
        # Not in the last moments: it must be over by then, so that "the last trouble" is one moment.
        frozen_at = sorted(time.monotonic() + chance.uniform(2, max(seconds - 22, 3)) for _ in range(freezes))
        while (now := time.monotonic()) < over or ends:
            while ends and (ends[0][0] <= now or now >= over):
                trouble = heapq.heappop(ends)[2]
                trouble.end()
                self.say(f"-- over: {trouble.what}")
            if now >= over:
                continue
            forced = bool(frozen_at) and now >= frozen_at[0]
            if forced or now >= next_trouble:
                if forced:
                    frozen_at.pop(0)
                trouble = self._freeze_at_work() if forced else self.troubles.next()
                next_trouble = now + chance.uniform(1.5, 5)
                self.say(f"** {trouble.what} ({trouble.seconds:.1f} s)")
                trouble.begin()
                heapq.heappush(ends, (now + trouble.seconds, next(numbers), trouble))
            self.say(self.people.step())
            self._pause.wait(chance.uniform(0.1, 0.5))
        for replica in self.replicas:
            if not replica.runs:
                self.say(f"!! {replica.name} had ended by itself, and is started again")
                replica.start()
        self.say("-- peace")

    def _freeze_at_work(self) -> Trouble:
        """In the middle of much work for a slow instance, where calls wait for their turn."""
        self.people.servicenow.post("options", {"latency": 0.15})
        self.people.burst(20)
        self.say("** 20 comments at once, and a slow ServiceNow")
        self._pause.wait(self.troubles.chance.uniform(1.0, 2.5))
        self.people.servicenow.post("options", {"latency": 0.0})
        return self.troubles.freeze()

    def converged(self, *, exactly: bool = False) -> float:
        """Seconds from now until every law holds and nothing is waited for; fails after a minute."""
        began = time.monotonic()
        while True:
            wrong = offences(self.people, exactly=exactly)
            standing = [(c.waiting, c.parked, c.in_doubt) for c in self.store.reports.counts()]
            if not wrong and all(one == (0, 0, 0) for one in standing):
                return time.monotonic() - began
            if time.monotonic() - began > CONVERGED_WITHIN:
                raise AssertionError(self.told(wrong, f"waiting, parked, in doubt: {standing}"))
            self._pause.wait(0.5)

    def writes_of_another_look(self) -> int:
        """Everything is looked at once more, as if nothing had been remembered; how many writes that took."""
        before = self.people.servicenow.get("calls")["writes"]
        with self.store.database.write() as connection:
            connection.execute(update(links).values(fingerprint=""))
        site = self.store.cursors.all()[0].site
        for id, key in self.people.issues.items():
            self.store.queue.want("ops-incidents", site, id, key)
        self.converged()
        return int(self.people.servicenow.get("calls")["writes"] - before)

    def say(self, what: str) -> None:
        self.timeline.append((time.time(), what))

    # -- what is told when a law is broken -----------------------------------------------------------------------------

    def told(self, wrong: list[Offence], standing: str) -> str:
        lines = [f"seed {self.seed}: {standing}", *map(str, wrong[:20])]
        for parked in self.store.reports.parked(limit=10):
            lines.append(f"parked {parked.issue_key}: {parked.cause}: {parked.error}; in {parked.retry_in:.0f} s")
        for offence in wrong[:3]:
            lines += ["", f"== issue {offence.issue_id}", *self._story(offence)]
        lines += ["", "== timeline", *(f"{_clock(at)} {what}" for at, what in self.timeline)]
        file = self.folder / f"chaos-{self.seed}.txt"
        file.write_text("\n".join(lines), encoding="utf-8")
        return "\n".join([*lines[:400], f"(all of it: {file})"])

    def _story(self, offence: Offence) -> Iterator[str]:
        """What the people, syncd and both systems say of one issue."""
        key = self.people.issues.get(offence.issue_id, "")
        for at, what in self.timeline:
            if what.startswith(("**", "--", "!!")) or (key and key in what) or f"id {offence.issue_id}" in what:
                yield f"{_clock(at)} {what}"
        for entry in reversed(self.store.journal.of(offence.issue_id, limit=100)):
            yield f"{_clock(entry.at)} syncd: {entry.result} {entry.record_number} {entry.reason}"
        if offence.record_id:
            for call in self.people.servicenow.get("calls")["recent"]:
                if offence.record_id in call["path"] or call["route"] == "table.create":
                    yield f"servicenow: {call['method']} {call['path'][-60:]} {call['status']} {call['fault']}"
            record = self.people.servicenow.get(f"records/incident/{offence.record_id}")
            for entry in record["journal"]:
                yield f"journal {entry['sys_created_on']}: {entry['value'][:120]!r}"
        for request in self.people.jira.get("requests"):
            if request["path"].endswith((f"/{offence.issue_id}", f"/{key}")):
                yield f"jira: {request['method']} {request['path']} {request['status']} {request['fault'] or ''}"


@contextmanager
def staged(folder: Path, kind: str, seed: int) -> Iterator[Chaos]:
    """One process on SQLite, or three on one Postgres, with both systems in processes of their own."""
    with ExitStack() as stack:
        jira = stack.enter_context(sandbox(folder, "jira", "--issues", "1"))
        servicenow = stack.enter_context(sandbox(folder, "servicenow"))
        stack.callback(jira.close)
        server = stack.enter_context(postgres.own_server()) if kind == "postgres" else None
        people = _people(jira, servicenow, random.Random(seed))
        url = f"sqlite:///{folder / 'syncd.db'}" if server is None else server.new_database("syncd_chaos")
        database = Database(url)
        stack.callback(database.close)
        make_ready(database)
        replicas = [
            _replica(folder, number, jira.url, servicenow.url, url, server)
            for number in range(1 if server is None else 3)
        ]
        stack.enter_context(running(replicas))
        troubles = Troubles(random.Random(seed + 1), jira, servicenow, replicas, server)
        yield Chaos(seed, people, troubles, replicas, Store(database), folder)


def _people(jira: Any, servicenow: Any, chance: random.Random) -> People:
    """The one issue that made the project goes away: people know all there is."""
    (first,) = jira.get("state")["issues"]
    home = first["key"].split("-")[0]
    jira.post("act/delete", {"issue": first["key"]})
    jira.post("act/add_project", {"key": "NET"})
    jira.post("knobs", {"index_lag": [0.0, 1.5]})
    people = People(jira, servicenow, chance, [home, "NET"])
    for _ in range(8):
        people.create()
    return people


def _replica(
    folder: Path, number: int, jira: str, servicenow: str, database: str, server: postgres.Server | None
) -> Replica:
    cable = None if server is None else Cable(server.port)
    if server is not None and cable is not None:
        database = database.replace(f":{server.port}/", f":{cable.port}/")
    settings = settings_of(database, jira, servicenow, timeout="10s", transaction_limit=f"{TRANSACTION_LIMIT}s")
    return Replica(f"replica-{number + 1}", folder, settings, cable)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}"
