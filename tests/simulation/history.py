"""One random history: people act, syncd works, all breaks; then it is left in peace, and the laws are checked."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from sqlalchemy import delete, update

from syncd.core.policy import ConflictPolicy, HistoryPolicy, Policy
from syncd.engine import still_ours
from syncd.engine.engine import Engine
from syncd.engine.route import Route
from syncd.errors import DatabaseError, SyncdError
from syncd.mapping import Mapping, load_mappings
from syncd.store import Store
from syncd.store.tables import claims, links, metadata, notes
from tests.engine.world import MAPPING, Killed
from tests.simulation.laws import Broken, Laws, demand
from tests.simulation.people import People
from tests.simulation.systems import Fate, SimulatedJira, SimulatedServiceNow
from tests.simulation.temper import ORDINARY, Temper

STEPS = 25


@cache
def mapping_of(policy: Policy, conflict: ConflictPolicy, history: HistoryPolicy) -> Mapping:
    text = MAPPING.replace("comments: {to: work_notes}", f"comments: {{to: work_notes, history: {history}}}")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ops.yaml"
        file.write_text(f"{text}policy: {policy}\nconflict: {conflict}\n")
        (mapping,) = load_mappings(file)
    return mapping


class History:
    """The history of one seed, over a store that it empties first."""

    def __init__(
        self,
        seed: int,
        store: Store,
        temper: Temper = ORDINARY,
        *,
        without: frozenset[int] = frozenset(),
        kill_at: tuple[int, str] | None = None,
    ) -> None:
        """`without` leaves steps out; `kill_at` kills the process "before" or "after" its so-and-so-manieth commit."""
        chance = random.Random(seed)
        self.temper, self.without, self.kill_at = temper, without, kill_at
        self.many = (
            chance.random() < temper.many
        )  # processes on one database: what a dead one claimed waits for its end
        self.stored = 0  # transactions so far
        self.passed = 0.0  # seconds so far, on every clock that only goes forward
        self._asleep = False
        self.seed, self.chance, self.store = seed, chance, store
        self.fate = Fate(chance, temper, log=[f"seed {seed}"])
        self.jira = SimulatedJira(fate=self.fate, page_size=chance.choice([1, 2, 50]))
        self.jira.overlap = timedelta(
            seconds=chance.choice([0, 300]) * bool(temper.lag)
        )  # as far back as its index may lag
        self.servicenow = SimulatedServiceNow(jira=self.jira, fate=self.fate, honours_ids=chance.random() < 0.7)
        self.mapping = mapping_of(
            chance.choice([Policy.FULL] * 4 + [Policy.NOTES_ONLY]),
            chance.choice(list(ConflictPolicy)),
            chance.choice([HistoryPolicy.EACH] * 2 + [HistoryPolicy.FOLD, HistoryPolicy.NONE]),
        )
        self.servicenow.keeps = self.mapping.conflict_for("urgency") is not ConflictPolicy.SOURCE_WINS
        self.say(f"{'several processes' if self.many else 'one process'}")
        self.say(f"{self.mapping.policy}, ids honoured: {self.servicenow.honours_ids}")
        self.say(f"history {self.mapping.comments.history}, conflict {self.mapping.conflict_for('urgency')}")
        self.people = People(chance, self.jira, self.servicenow, self.say)
        self.laws = Laws(self.people, self.mapping, store)
        self._write = store.database.write
        with store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        self._start()

    # -- the whole of it -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Live through it; raises Broken with the whole history if a law does not hold."""
        real_time, still_ours.time = still_ours.time, SimpleNamespace(monotonic=lambda: self.passed)
        try:
            self._live()
            self._check("left in peace")
            if self.mapping.policy is Policy.FULL:
                for number in self.people.numbers():
                    self.jira.put(number, description="touched")
                self._settle()
                self._check("touched", all_fields=self.mapping.conflict_for("urgency") is ConflictPolicy.SOURCE_WINS)
            self._sweep()
        except Broken as broken:
            raise Broken(self._told(str(broken))) from None
        except Exception as error:
            raise Broken(self._told(f"{type(error).__name__}: {error}")) from error
        finally:
            self.store.database.write = self._write
            still_ours.time = real_time

    def _live(self) -> None:
        self.fate.between, self.fate.freeze = self._meanwhile, self._freeze
        self.store.database.write = self._fragile_write
        for number in range(STEPS):
            if number in self.without:
                continue
            # Each step has its own chance, so that leaving one out changes the others as little as can be.
            self.chance.seed(f"{self.seed}:{number}")
            self.say(f"-- step {number}")
            self.fate.awake = True
            step = self.chance.choice([self.people.act, self.people.act, self._cycle, self._cycle, self._pass])
            try:
                step()
            except Killed:
                self.say("killed; started again")
                self._start()
            except SyncdError as error:
                self.say(f"{type(error).__name__}: {error}")
            finally:
                self.fate.awake = False
        self.chance.seed(f"{self.seed}:end")
        self.store.database.write = self._write
        self.people.share_all()
        self._settle()

    def _settle(self) -> None:
        for _ in range(12):
            self._advance(4000.0)
            self._cycle()
            if not any(count.waiting for count in self.store.reports.counts()):
                return

    def _sweep(self) -> None:
        """Look at everything once more, as if nothing had been remembered of the issues."""
        before = self.servicenow.writes
        with self.store.database.write() as connection:
            connection.execute(update(links).values(fingerprint=""))
        for issue in self.jira.issues.values():
            self.store.queue.want("ops", self.jira.site, issue.id, issue.key)
        self._cycle()
        demand(self.servicenow.writes == before, "a sweep wrote something")

    # -- what happens --------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """A new process. The only one (SQLite) gives back the claims of the dead one, others wait for their end."""
        if not self.many:
            write, self.store.database.write = self.store.database.write, self._write
            self.store.queue.release_all()
            self.store.database.write = write
        self.route = Route(self.mapping, self.jira, self.servicenow)
        self.engine = Engine(self.store, [self.route], lambda outcome: None, threads=1)

    def _cycle(self) -> None:
        self.say("cycle")
        try:
            self.engine.poll(self.route)
        finally:
            self.engine.work(self.route)

    def _pass(self) -> None:
        self._advance(self.chance.choice([1.0, 5.0, 20.0, 61.0, 300.0]))

    def _advance(self, seconds: float) -> None:
        """Time passes for everybody: for the database by moving all its times back."""
        self.passed += seconds
        self.say(f"{seconds:.0f} s pass")
        self.jira.now += timedelta(seconds=seconds)
        with self._write() as connection:
            connection.execute(update(links).values(due_at=links.c.due_at - seconds, sent_at=links.c.sent_at - seconds))
            connection.execute(update(notes).values(sent_at=notes.c.sent_at - seconds))
            connection.execute(update(claims).values(until=claims.c.until - seconds))
        self.servicenow.pass_time(seconds)

    @contextmanager
    def _fragile_write(self):
        self.stored += 1
        number = self.stored
        if self.kill_at == (number, "before"):
            raise Killed
        mood = self.fate.strikes("database", ["killed before", "killed after", "away"])
        if mood == "away":
            raise DatabaseError("the database does not answer")
        if mood == "killed before":
            raise Killed
        with self._write() as connection:
            yield connection
        if mood == "killed after" or self.kill_at == (number, "after"):
            raise Killed

    def _freeze(self) -> None:
        """The process stops in the middle of whatever it does, and goes on after others had time to take over."""
        if not self.many or self._asleep:
            return
        frozen, self._asleep = self.engine, True
        self.say("frozen; another process works meanwhile")
        self._advance(self.chance.choice([5.0, 20.0, 70.0, 300.0]))
        self.engine = Engine(self.store, [self.route], lambda outcome: None, threads=1)
        try:
            self._cycle()
        except Killed:
            self.say("the other one is killed")
        except SyncdError as error:
            self.say(f"the other one: {type(error).__name__}: {error}")
        finally:
            self.engine, self._asleep = frozen, False
        self.say("thawed")

    def _meanwhile(self) -> None:
        """What happens between two calls of syncd: people act, and its other timer lists what they did."""
        awake, self.fate.awake = self.fate.awake, False
        self.people.act()
        if self.chance.random() < self.temper.listed_meanwhile:
            self.say("listed meanwhile")
            self.engine.poll(self.route)
        self.fate.awake = awake

    # -- small things --------------------------------------------------------------------------------------------------

    def _check(self, when: str, *, all_fields: bool = False) -> None:
        self.say(f"checked: {when}")
        self.laws.check(all_fields=all_fields)

    def say(self, what: str) -> None:
        self.fate.log.append(what)

    def _told(self, law: str) -> str:
        return "\n".join([f"seed {self.seed}: {law}", *self.fate.log])
