"""A Jira with people in it and a ServiceNow with bad days, both in memory; one `random.Random` decides everything.

They add to the fakes of the engine's tests: one clock for both, time stamps in whole seconds, people who act between
any two calls, and writes that are lost, refused, or carried out a while after their answer was given up on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from syncd.core.model import Audience, Comment, Issue, Record
from syncd.core.ports import Fetched, Identity, Marks
from syncd.errors import (
    AuthError,
    DoubtfulError,
    RejectedError,
    SyncdError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import last_look
from tests.engine.world import FakeJira, FakeServiceNow, Killed
from tests.simulation.temper import ORDINARY, Temper

LIMIT = 60.0
"""Seconds during which a write whose answer was lost may still be carried out."""

Answer = TypeVar("Answer")


@dataclass
class Fate:
    """What goes wrong, and the history of all that happened. Nothing does until it is `awake`."""

    chance: random.Random
    temper: Temper = ORDINARY
    awake: bool = False
    log: list[str] = field(default_factory=list)
    between: Callable[[], None] = lambda: None  # what people do between two calls
    freeze: Callable[[], None] = lambda: None  # the process stands still for a while

    def strikes(self, what: str, moods: Sequence[str]) -> str:
        """The mood of this call: "" is good."""
        temper = self.temper
        if not self.awake or not temper.trouble:
            return ""
        if self.chance.random() < temper.busy:
            self.between()
        if self.chance.random() < temper.freezing:
            self.freeze()
        mood = self.chance.choice(moods) if self.chance.random() < temper.trouble else ""
        favoured = [mood for mood in moods if mood in temper.favoured]
        if not mood and favoured and self.chance.random() < temper.favour:
            mood = self.chance.choice(favoured)
        if mood:
            self.log.append(f"  {what}: {mood}")
        return mood


def _read_fails(system: str, mood: str) -> None:
    match mood:
        case "killed":
            raise Killed
        case "throttled":
            raise UnavailableError("asks for fewer calls", system=system, status=429, retry_after=1.0)
        case "auth":
            raise AuthError("does not know this user", system=system, status=401)
        case "unreadable":
            raise UnreadableError("sent half an answer", system=system)


def is_secret(issue: Issue) -> bool:
    """Whether it has a security level: in the world's own words, whatever syncd takes it for."""
    return bool(issue.fields.get("security"))


@dataclass
class SimulatedJira(FakeJira):
    fate: Fate = field(default_factory=lambda: Fate(random.Random(0)))
    overlap: timedelta = timedelta(0)
    public: dict[str, set[str]] = field(default_factory=dict)  # every text that a comment had while it was public
    open: set[str] = field(default_factory=set)  # every summary that an issue had while everybody could see it
    stale: dict[str, Issue] = field(default_factory=dict)  # what a node that is behind would still give

    def prove(self) -> datetime:
        _read_fails("jira", self.fate.strikes("prove", ["killed", "throttled", "auth"]))
        self._called("prove")
        return self.now

    def changed_since(self, query, since):
        temper = self.fate.temper
        lags = self.overlap and self.fate.awake and temper.trouble and self.fate.chance.random() < temper.lag
        recent = [
            id for id, issue in sorted(self.issues.items()) if lags and issue.updated > self.now - self.overlap / 2
        ]
        behind = {id for id in recent if self.fate.chance.random() < 0.5}
        for page in super().changed_since(query, since):
            _read_fails("jira", self.fate.strikes("search", ["killed", "throttled"]))
            stubs = tuple(stub for stub in page.stubs if stub.id not in behind)
            if len(stubs) < len(page.stubs):
                self.fate.log.append("  the index lags behind")
            yield replace(page, stubs=stubs, reached=stubs[-1].updated if stubs else None)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Fetched:
        mood = self.fate.strikes("fetch", ["killed", "throttled", "auth", "behind"])
        _read_fails("jira", mood)
        fetched = super().fetch(ids, fields)
        if mood != "behind":
            return fetched
        return replace(fetched, issues=tuple(self.stale.get(issue.id, issue) for issue in fetched.issues))

    # -- people --------------------------------------------------------------------------------------------------------

    def put(self, number: int, **fields: object) -> None:
        self._passes(number)
        super().put(number, **fields)
        self._stamped(number)
        issue = self.issues[str(10_000 + number)]
        if not is_secret(issue):
            self.open.add(str(issue.fields["summary"]))

    def move(self, number: int, key: str) -> None:
        self._passes(number)
        self.now += timedelta(seconds=10)
        id = str(10_000 + number)
        self.issues[id] = replace(self.issues[id], key=key)
        self._stamped(number)

    def publish(self, number: int, id: str, audience: Audience) -> None:
        self._change(number, lambda all_: tuple(replace(c, audience=audience) if c.id == id else c for c in all_))

    def _change(self, number: int, change: Callable[[tuple[Comment, ...]], tuple[Comment, ...]]) -> None:
        self._passes(number)
        super()._change(number, change)
        self._stamped(number)
        for comment in self.issues[str(10_000 + number)].comments:
            if comment.audience is Audience.PUBLIC:
                self.public.setdefault(comment.id, set()).add(comment.body)

    def _passes(self, number: int) -> None:
        """Time passes: often within the second in which somebody else acted, too."""
        old = self.issues.get(str(10_000 + number))
        if old is not None and self.now - old.updated > timedelta(seconds=5):
            self.stale[old.id] = old
        # Every act adds ten seconds of its own.
        pauses = [0.1, 0.1, 0.1, 5] if self.fate.temper.hasty else [0.3, 0.3, 5, 40]
        self.now += timedelta(seconds=self.fate.chance.choice(pauses) - 10)

    def _stamped(self, number: int) -> None:
        id = str(10_000 + number)
        self.issues[id] = replace(self.issues[id], updated=self.now.replace(microsecond=0))


@dataclass
class SimulatedServiceNow(FakeServiceNow):
    jira: SimulatedJira = field(default_factory=SimulatedJira)
    fate: Fate = field(default_factory=lambda: Fate(random.Random(0)))
    transaction_limit: float = LIMIT
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    writers: dict[tuple[str, str], str] = field(default_factory=dict)  # who wrote a record's column last
    deleted: set[str] = field(default_factory=set)  # correlation ids of records that a person deleted
    keeps: bool = False  # the mapping says that people's edits are not overwritten
    offences: list[str] = field(default_factory=list)  # what no write may do, however it ends
    _shown: dict[tuple[str, str], str] = field(default_factory=dict)  # people's edits that a look-up has shown

    def look_up(self, wanted: Sequence[Identity], columns: Sequence[str]):
        _read_fails("servicenow", self.fate.strikes("look_up", ["killed", "throttled", "auth", "unreadable"]))
        found = super().look_up(wanted, columns)
        for record in (record for records in found.values() for record in records):
            for column, value in record.fields.items():
                if self.writers.get((record.id, column)) == "a person":
                    self._shown[record.id, column] = value
        return found

    def marks(self, record_id: str, column: str) -> Marks:
        mood = self.fate.strikes("marks", ["killed", "throttled", "hidden"])
        _read_fails("servicenow", mood)
        return Marks(frozenset(), readable=False) if mood == "hidden" else super().marks(record_id, column)

    def create(self, record_id: str, correlation: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        self._judge_texts(fields)

        def effect() -> Record:
            record = FakeServiceNow.create(self, record_id, correlation, fields, columns)
            self.records[record.id]["sys_created_on"] = f"{self.jira.now:%Y-%m-%d %H:%M:%S}"
            self._wrote(record.id, fields, "us")
            return replace(record, created=self.records[record.id]["sys_created_on"])

        return self._write(f"create {correlation}", effect)

    def update(self, record_id: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        self._judge_texts(fields)
        for column in fields:
            seen = self._shown.get((record_id, column))
            if (
                self.keeps
                and seen is not None
                and self.records.get(record_id, {}).get(column) == seen != fields[column]
            ):
                self.offences.append(f"{column} was {seen!r} by a person, and is overwritten")

        def effect() -> Record:
            self._must_exist(record_id)
            self._wrote(record_id, fields, "us")
            return FakeServiceNow.update(self, record_id, fields, columns)

        return self._write(f"update {record_id[:4]} {dict(fields)}", effect)

    def add_note(self, record_id: str, column: str, text: str) -> None:
        def effect() -> None:
            self._must_exist(record_id)
            FakeServiceNow.add_note(self, record_id, column, text)

        self._write(f"add_note {record_id[:4]} {text.splitlines()[0]}", effect)

    def _write(self, what: str, effect: Callable[[], Answer]) -> Answer:
        moods = [
            "killed before",
            "killed after",
            "lost before",
            "lost after",
            "late",
            "late",
            "throttled",
            "refused",
            "auth",
        ]
        self.fate.log.append(f"  {what}")
        mood = self.fate.strikes(what.split()[0], moods)
        last_look()  # as the door asks it, right before a write leaves
        match mood:
            case "killed before":
                raise Killed
            case "killed after":
                effect()
                raise Killed
            case "lost before":
                raise DoubtfulError("broke off", system="servicenow")
            case "lost after":
                effect()
                raise DoubtfulError("broke off", system="servicenow")
            case "late":
                self.late.append((self.fate.chance.uniform(0, LIMIT), effect))
                raise DoubtfulError("broke off", system="servicenow")
            case "throttled":
                raise UnavailableError("asks for fewer calls", system="servicenow", status=429, retry_after=1.0)
            case "refused":
                raise RejectedError("refuses", system="servicenow", status=403)
            case "auth":
                raise AuthError("does not know this user", system="servicenow", status=401)
        return effect()

    def pass_time(self, seconds: float) -> None:
        """What was still under way is carried out, if its time has come."""
        waiting, self.late = self.late, []
        for left, effect in sorted(waiting, key=lambda one: one[0]):
            if left > seconds:
                self.late.append((left - seconds, effect))
                continue
            self.fate.log.append("  a late write arrives")
            with suppress(SyncdError):
                effect()

    # -- people --------------------------------------------------------------------------------------------------------

    def edit(self, record_id: str, column: str, value: str) -> None:
        self.records[record_id][column] = value
        self._wrote(record_id, [column], "a person")

    def delete(self, record_id: str) -> None:
        self.deleted.add(self.records.pop(record_id)["correlation_id"])
        self.entries = [entry for entry in self.entries if entry[0] != record_id]

    def _judge_texts(self, fields: Mapping[str, str]) -> None:
        summary = fields.get("short_description", "")
        if summary not in ("", *self.jira.open):
            self.offences.append(f"an issue that few may see is shown to all: {summary}")

    def _wrote(self, record_id: str, columns: Mapping[str, str] | Sequence[str], who: str) -> None:
        self.writers.update(((record_id, column), who) for column in columns)
