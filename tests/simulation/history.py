"""One random history: people act, syncd works, all breaks; then it is left in peace, and the laws are checked."""

from __future__ import annotations

import random
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, update

from syncd.core.marker import marks_of_note
from syncd.core.model import Audience, Issue, Reference
from syncd.core.policy import ConflictPolicy, HistoryPolicy, Policy
from syncd.engine import still_ours
from syncd.engine.engine import Engine
from syncd.engine.prepare import in_doubt
from syncd.engine.route import Route
from syncd.errors import DatabaseError, SyncdError
from syncd.mapping import Mapping, desired_for, load_mappings
from syncd.store import Store
from syncd.store.tables import claims, links, metadata, notes
from tests.engine.world import MAPPING, Killed
from tests.simulation.systems import Fate, SimulatedJira, SimulatedServiceNow

ISSUES = 4
STEPS = 25
TROUBLE = 0.06


class Broken(AssertionError):
    """A law does not hold at the end of this history."""


class Inline:
    """A pool without threads: a history is the same each time it is told."""

    def __init__(self, *_: object, **__: object) -> None:
        self._nothing = None

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def submit(self, what: Any, *args: Any) -> Future[None]:
        future: Future[None] = Future()
        try:
            future.set_result(what(*args))
        except Exception as error:
            future.set_exception(error)
        return future


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
        trouble: float = TROUBLE,
        *,
        without: frozenset[int] = frozenset(),
        kill_at: tuple[int, str] | None = None,
    ) -> None:
        """`without` leaves steps out; `kill_at` kills the process "before" or "after" its so-and-so-manieth commit."""
        chance = random.Random(seed)
        self.trouble, self.without, self.kill_at = trouble, without, kill_at
        self.many = chance.random() < 0.5  # processes on one database: what a dead one claimed waits for its end
        self.stored = 0  # transactions so far
        self.passed = 0.0  # seconds so far, on every clock that only goes forward
        self._asleep = False
        self.seed, self.chance, self.store = seed, chance, store
        self.gone: set[int] = set()  # issues that were deleted
        self.moved: set[str] = set()  # comments whose visibility changed: their notes come when they may, not in order
        self.fate = Fate(chance, log=[f"seed {seed}"])
        self.jira = SimulatedJira(fate=self.fate, page_size=chance.choice([1, 2, 50]))
        self.jira.overlap = timedelta(seconds=chance.choice([0, 300]))  # as far back as its index may lag
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
                for number in self._numbers():
                    self.jira.put(number, description="touched")
                self._settle()
                self._check("touched", all_fields=self.mapping.conflict_for("urgency") is ConflictPolicy.SOURCE_WINS)
            self._sweep()
        except Broken:
            raise
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
            self.fate.trouble = self.trouble
            step = self.chance.choice([self._act, self._act, self._cycle, self._cycle, self._pass])
            try:
                step()
            except Killed:
                self.say("killed; started again")
                self._start()
            except SyncdError as error:
                self.say(f"{type(error).__name__}: {error}")
            finally:
                self.fate.trouble = 0.0
        self.chance.seed(f"{self.seed}:end")
        self.store.database.write = self._write
        for number in self._numbers():
            if self._issue(number).restricted:
                self.jira.put(number, security=None)
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
        self._demand(self.servicenow.writes == before, "a sweep wrote something")

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

    def _act(self) -> None:
        """Somebody does something, in Jira or in ServiceNow."""
        number = self.chance.randrange(ISSUES)
        if str(10_000 + number) not in self.jira.issues:
            if number not in self.gone:
                self.jira.put(number)
                self._comment(number)
        else:
            act = self.chance.choice(
                [self._edit, self._edit, self._comment, self._comment, self._comment, self._edit_comment,
                 self._delete_comment, self._restrict, self._person, self._rare]
            )  # fmt: skip
            act(number)

    def _meanwhile(self) -> None:
        """What happens between two calls of syncd: people act, and its other timer lists what they did."""
        trouble, self.fate.trouble = self.fate.trouble, 0.0
        self._act()
        if self.chance.random() < 0.3:
            self.say("listed meanwhile")
            self.engine.poll(self.route)
        self.fate.trouble = trouble

    def _edit(self, number: int) -> None:
        what = self.chance.choice(
            [{"summary": f"Summary {self.chance.random():.6f}"}, {"priority": self.chance.choice(["High", "Low"])},
             {"status": self.chance.choice(["To Do", "Done"])}]
        )  # fmt: skip
        self.say(f"issue {number}: {what}")
        self.jira.put(number, **what)

    def _comment(self, number: int) -> None:
        audience = self.chance.choice([Audience.PUBLIC] * 4 + [Audience.INTERNAL])
        self.say(f"issue {number}: a {audience} comment")
        self.jira.comment(number, f"text {self.chance.random():.9f}", audience)

    def _edit_comment(self, number: int) -> None:
        for comment in self._some_comment(number):
            self.say(f"issue {number}: comment {comment} is edited")
            self.jira.edit_comment(number, comment, f"text {self.chance.random():.9f}")

    def _delete_comment(self, number: int) -> None:
        for comment in self._some_comment(number):
            self.say(f"issue {number}: comment {comment} is deleted")
            self.jira.delete_comment(number, comment)

    def _restrict(self, number: int) -> None:
        for comment in self._some_comment(number):
            audience = self.chance.choice([Audience.PUBLIC, Audience.RESTRICTED])
            self.say(f"issue {number}: comment {comment} becomes {audience}")
            self.moved.add(comment)
            self.jira.publish(number, comment, audience)

    def _person(self, number: int) -> None:
        for record in self._records(number):
            column = self.chance.choice(["short_description", "urgency", "state"])
            self.say(f"a person changes {column} of {record['number']}")
            self.servicenow.edit(record["sys_id"], column, self.chance.choice(["2", "5"]))

    def _rare(self, number: int) -> None:
        match self.chance.randrange(5):
            case 0 if not self._issue(number).restricted:
                self.say(f"issue {number} gets a security level")
                self.jira.put(number, security={"id": "1"})
            case 1:
                self.jira.put(number, security=None)
            case 2:
                self.say(f"issue {number} is moved")
                self.jira.move(number, f"NEW-{self.chance.randrange(1000)}")
            case 3:
                self.say(f"issue {number} is deleted")
                self.gone.add(number)
                del self.jira.issues[str(10_000 + number)]
            case 4:
                for record in self._records(number):
                    self.say(f"a person deletes {record['number']}")
                    self.servicenow.delete(record["sys_id"])

    # -- the laws ------------------------------------------------------------------------------------------------------

    def _check(self, when: str, *, all_fields: bool = False) -> None:
        self.say(f"checked: {when}")
        for count in self.store.reports.counts():
            standing = (count.waiting, count.parked, count.in_doubt)
            self._demand(standing == (0, 0, 0), f"waiting, parked, in doubt: {standing}")
        known = self.store.links.known("ops", self.jira.site, list(self.jira.issues))
        for number in range(ISSUES):
            records = self._records(number)
            self._demand(len(records) <= 1, f"issue {number} has {len(records)} records")
            if number in self._numbers():
                correlation = f"jira:{self.jira.site}:{10_000 + number}:ops"
                self._demand(bool(records) or correlation in self.servicenow.deleted, f"issue {number} has no record")
                for record in records:
                    self._demand(not in_doubt(known[self._issue(number).id]), f"issue {number} is in doubt")
                    self._check_fields(self._issue(number), record, all_fields)
                    self._check_notes(self._issue(number), record)
        self._check_secrets()

    def _check_fields(self, issue: Issue, record: dict[str, str], all_fields: bool) -> None:
        if self.mapping.policy is not Policy.FULL:
            return
        for name, value in desired_for(self.mapping, issue).fields.items():
            assert not isinstance(value, Reference)
            ours = all_fields or self.servicenow.writers.get((record["sys_id"], name)) == "us"
            current = record.get(name, "")
            self._demand(not ours or current == value, f"{issue.key}: {name} is {current!r}, not {value!r}")

    def _check_notes(self, issue: Issue, record: dict[str, str]) -> None:
        written = [mark for text in self.servicenow.journal.get(record["sys_id"], []) for mark in marks_of_note(text)]
        versions = [(mark.comment_id, mark.version) for mark in written]
        self._demand(len(set(versions)) == len(versions), f"{issue.key}: a note twice: {versions}")
        latest = {mark.comment_id: mark.digest for mark in sorted(written, key=lambda mark: mark.version)}
        wanted = desired_for(self.mapping, issue).notes
        omitted = {
            note.comment_id
            for note in wanted
            if self.mapping.comments.history is HistoryPolicy.NONE
            and f"{note.created:%Y-%m-%d %H:%M:%S}" <= record["sys_created_on"]
        }
        for note in wanted:
            if note.comment_id not in omitted:
                told = latest.get(note.comment_id)
                self._demand(told == note.digest, f"{issue.key}: comment {note.comment_id}: {told}, not {note.digest}")
        shown = [mark.comment_id for mark in written if mark.version == 1 and mark.comment_id not in self.moved]
        self._demand(shown == sorted(shown, key=int), f"{issue.key}: notes out of order: {shown}")

    def _check_secrets(self) -> None:
        self._demand(not self.servicenow.offences, "; ".join(self.servicenow.offences))
        public = {text for texts in self.jira.public.values() for text in texts}
        for entries in self.servicenow.journal.values():
            for entry in entries:
                for line in entry.splitlines():
                    self._demand(not line.startswith("text ") or line in public, f"a secret leaked: {line}")

    # -- small things --------------------------------------------------------------------------------------------------

    def say(self, what: str) -> None:
        self.fate.log.append(what)

    def _demand(self, holds: bool, law: str) -> None:
        if not holds:
            raise Broken(self._told(law))

    def _told(self, law: str) -> str:
        return "\n".join([f"seed {self.seed}: {law}", *self.fate.log])

    def _numbers(self) -> list[int]:
        return [int(id) - 10_000 for id in self.jira.issues]

    def _issue(self, number: int) -> Issue:
        return self.jira.issues[str(10_000 + number)]

    def _some_comment(self, number: int) -> list[str]:
        comments = self._issue(number).comments
        return [self.chance.choice(comments).id] if comments else []

    def _records(self, number: int) -> list[dict[str, str]]:
        return [r for r in self.servicenow.records.values() if f":{10_000 + number}:" in r["correlation_id"]]
