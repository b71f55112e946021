"""A Jira and a ServiceNow in memory, with moods: they can fail before or after doing what was asked, or hide things.

They satisfy `Source` and `Target` and count their calls; what the real adapters do over HTTP is tested elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from syncd.core.lifecycle import Sight
from syncd.core.marker import marks_of_note
from syncd.core.model import Audience, Comment, Issue, Outcome, Record, Reference, User
from syncd.core.ports import Fetched, Identity, Marks, Page, Resolved, Stub, Whereabouts
from syncd.engine.engine import Engine
from syncd.engine.route import Route
from syncd.errors import AuthError, DoubtfulError, NotFoundError, RejectedError, UnavailableError
from syncd.mapping import load_mappings
from syncd.store import Store
from syncd.store.tables import links

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

MAPPING = """
name: ops
source: {connection: jira, jql: "project = OPS"}
target: {connection: servicenow, table: incident}
on_create: {caller_id: {value: integration.user, lookup: user}}
fields:
  short_description: {from: summary}
  description: {from: description}
  urgency: {from: priority.name, map: {High: "1", Low: "3"}}
status:
  from: status.name
  map:
    To Do: {state: "1"}
    Done: {state: "6", close_code: Solution provided, close_notes: "{{ issue.key }} is done"}
comments: {to: work_notes}
"""


class Killed(BaseException):
    """The process died here."""


@dataclass
class FakeJira:
    """Issues by id, and a clock of its own."""

    issues: dict[str, Issue] = field(default_factory=dict)
    now: datetime = NOON
    calls: Counter[str] = field(default_factory=Counter)
    dead: bool = False
    hidden: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)  # issues that the query does not give
    archived: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)  # issues that Jira says this user may not see
    unindexed: set[str] = field(default_factory=set)  # issues that are there and no listing shows
    changed_just_now: set[str] = field(default_factory=set)
    page_size: int = 50
    site: str = "jira.example"
    overlap: timedelta = timedelta(minutes=5)
    _comment_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, number: int, **fields: object) -> None:
        """Create or edit issue OPS-<number>; an edit moves `updated`."""
        self.now += timedelta(seconds=10)
        id = str(10_000 + number)
        old = self.issues.get(id)
        before = dict(old.fields) if old else {"summary": f"Issue {number}", "priority": {"name": "Low"}}
        before.setdefault("status", {"name": "To Do", "statusCategory": {"key": "new"}})
        if "status" in fields:
            fields["status"] = {"name": fields["status"], "statusCategory": {"key": "new"}}
        if "priority" in fields:
            fields["priority"] = {"name": fields["priority"]}
        self.issues[id] = Issue(
            site=self.site,
            id=id,
            key=f"OPS-{number}",
            url=f"https://{self.site}/browse/OPS-{number}",
            updated=self.now,
            fields={**before, **fields},
            comments=old.comments if old else (),
        )

    def comment(self, number: int, body: str, audience: Audience = Audience.PUBLIC) -> str:
        id = str(next(self._comment_ids))
        self._change(number, lambda comments: (*comments, self._comment(id, body, audience)))
        return id

    def edit_comment(self, number: int, id: str, body: str) -> None:
        def edited(comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
            return tuple(replace(c, body=body, text=body) if c.id == id else c for c in comments)

        self._change(number, edited)

    def delete_comment(self, number: int, id: str) -> None:
        self._change(number, lambda comments: tuple(c for c in comments if c.id != id))

    def _comment(self, id: str, body: str, audience: Audience) -> Comment:
        moment = NOON + timedelta(minutes=int(id))
        return Comment(id, User("u1", "Jane Doe"), body, body, body, moment, moment, audience)

    def _change(self, number: int, change: Callable[[tuple[Comment, ...]], tuple[Comment, ...]]) -> None:
        self.now += timedelta(seconds=10)
        id = str(10_000 + number)
        self.issues[id] = replace(self.issues[id], comments=change(self.issues[id].comments), updated=self.now)

    # -- Source --------------------------------------------------------------------------------------------------------

    def prove(self) -> datetime:
        self._called("prove")
        return self.now + timedelta(seconds=60)

    def matching(self, query: str, ids: Sequence[str]) -> tuple[Stub, ...]:
        self._called("matching")
        seen = [self.issues[id] for id in ids if id in self.issues and id not in self.hidden]
        return tuple(Stub(issue.id, issue.key, issue.updated) for issue in seen if issue.id not in self.elsewhere)

    def changed_since(self, query: str, since: datetime | None) -> Iterator[Page]:
        hits = sorted(
            (issue for issue in self._listed(query) if since is None or issue.updated >= since),
            key=lambda issue: issue.updated,
        )
        for start in range(0, max(len(hits), 1), self.page_size):
            self._called("search")
            page = hits[start : start + self.page_size]
            stubs = tuple(Stub(issue.id, issue.key, issue.updated) for issue in page)
            yield Page(stubs, page[-1].updated if page else None, len(hits))

    def _listed(self, query: str) -> list[Issue]:
        out = self.elsewhere | self.archived | self.denied | self.unindexed
        return [issue for issue in self.issues.values() if issue.id not in out and _asked_for(query, issue)]

    def all_ids(self, query: str) -> Iterator[Sequence[str]]:
        ids = [issue.id for issue in self._listed(query) if issue.id not in self.hidden]
        for start in range(0, max(len(ids), 1), self.page_size):
            self._called("all_ids")
            yield ids[start : start + self.page_size]

    def whereabouts(self, query: str, issues: Mapping[str, str]) -> Mapping[str, Whereabouts]:
        self._called("whereabouts")
        return {id: self._whereabouts(id) for id in issues}

    def _whereabouts(self, id: str) -> Whereabouts:
        if id in self.denied:
            return Whereabouts(Sight.HIDDEN)
        if id not in self.issues or id in self.hidden:
            return Whereabouts(Sight.DELETED)
        key = self.issues[id].key
        if id in self.archived:
            return Whereabouts(Sight.ARCHIVED, key)
        if id not in self.elsewhere:
            return Whereabouts(Sight.HERE, key)
        return Whereabouts(Sight.UNSETTLED if id in self.changed_just_now else Sight.LEFT, key)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Fetched:
        self._called("fetch")
        found = tuple(self.issues[id] for id in ids if id in self.issues and id not in self.hidden)
        return Fetched(found, tuple(set(ids) - {issue.id for issue in found}))

    def _called(self, what: str) -> None:
        self.calls[what] += 1
        if self.dead:
            raise AuthError("the token is dead", system="jira", step=what, status=401)


def _asked_for(query: str, issue: Issue) -> bool:
    """The one clause that this Jira understands: `key = "OPS-1"`."""
    named = re.search(r'key = "([^"]*)"', query)
    return named is None or named[1] == issue.key


@dataclass
class FakeServiceNow:
    """Records and journals. `moods` maps a kind of call to what happens instead: before, after, refused, throttled."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    journal: dict[str, list[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    moods: dict[str, list[str]] = field(default_factory=dict)
    journal_readable: bool = True
    honours_ids: bool = True
    transaction_limit: float = 0.0
    unknown_columns: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset({"integration.user"})
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10_001))

    @property
    def writes(self) -> int:
        return sum(self.calls[kind] for kind in ("create", "update", "add_note"))

    def of(self, number: int) -> dict[str, str]:
        """The one record of issue OPS-<number>."""
        (record,) = [r for r in self.records.values() if f":{10_000 + number}:" in r["correlation_id"]]
        return record

    def notes(self, number: int) -> list[str]:
        return self.journal.get(self.of(number)["sys_id"], [])

    # -- Target --------------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        self.calls["prove"] += 1

    def missing_columns(self, columns: Sequence[str]) -> Mapping[str, str]:
        return {column: "did you mean it?" for column in columns if column in self.unknown_columns}

    def look_up(self, wanted: Sequence[Identity], columns: Sequence[str]) -> Mapping[Identity, tuple[Record, ...]]:
        with self._mood("look_up"):
            return {
                one: tuple(
                    self._record(row, columns)
                    for row in self.records.values()
                    if row["sys_id"] == one.record_id or row["correlation_id"] == one.correlation
                )
                for one in wanted
            }

    def resolve(self, references: Sequence[Reference]) -> Resolved:
        known = {r: f"id-of-{r.candidates[0][1]}" for r in references if r.candidates[0][1] in self.users}
        return Resolved(known, {r: "nobody fits" for r in references if r not in known})

    def create(self, record_id: str, correlation: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        with self._mood("create"):
            number = next(self._numbers)
            sys_id = record_id if self.honours_ids else f"{number:032x}"
            if sys_id in self.records:
                raise DoubtfulError(
                    "clash", system="servicenow", status=403,
                    if_absent=RejectedError("clash", system="servicenow", status=403),
                )  # fmt: skip
            self.records[sys_id] = {
                "sys_id": sys_id,
                "number": f"INC{number:07}",
                "correlation_id": correlation,
                "sys_created_on": f"2026-01-05 12:00:{len(self.records):02}",
                **fields,
            }
            return self._record(self.records[sys_id], columns)

    def update(self, record_id: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        with self._mood("update"):
            self.records[record_id].update(fields)
            return self._record(self.records[record_id], columns)

    def add_note(self, record_id: str, column: str, text: str) -> None:
        with self._mood("add_note"):
            self.journal.setdefault(record_id, []).append(text)

    def marks(self, record_id: str, column: str) -> Marks:
        with self._mood("marks"):
            if not self.journal_readable:
                return Marks(frozenset(), readable=False)
            entries = self.journal.get(record_id, [])
            return Marks(frozenset(mark for text in entries for mark in marks_of_note(text)), readable=True)

    def marks_of(self, record_ids: Sequence[str], column: str) -> Mapping[str, Marks]:
        return {record_id: self.marks(record_id, column) for record_id in record_ids}

    def tied(self, starts: Sequence[str], columns: Sequence[str]) -> Iterator[Sequence[Record]]:
        self.calls["tied"] += 1
        rows = [row for row in self.records.values() if row["correlation_id"].startswith(tuple(starts))]
        for start in range(0, len(rows), 2):
            yield [self._record(row, columns) for row in rows[start : start + 2]]

    def find(self, name: str, columns: Sequence[str]) -> Record:
        self.calls["find"] += 1
        for row in self.records.values():
            if name in (row["sys_id"], row["number"]):
                return self._record(row, columns)
        raise NotFoundError(f"has no {name}", system="servicenow", status=404)

    def tie(self, record_id: str, correlation: str, columns: Sequence[str]) -> Record:
        with self._mood("tie"):
            self.records[record_id]["correlation_id"] = correlation
            return self._record(self.records[record_id], columns)

    def record_url(self, record_id: str) -> str:
        return f"https://servicenow.example/{record_id}"

    def _record(self, row: Mapping[str, str], columns: Sequence[str]) -> Record:
        return Record(
            row["sys_id"], row["number"], row["correlation_id"], row["sys_created_on"],
            {column: row.get(column, "") for column in columns},
        )  # fmt: skip

    def _mood(self, kind: str) -> _Mood:
        self.calls[kind] += 1
        waiting = self.moods.get(kind, [])
        return _Mood(waiting.pop(0) if waiting else "good")


class _Mood:
    """What happens around a call: nothing, an error before it, or an error after it was carried out."""

    def __init__(self, mood: str) -> None:
        self._mood = mood

    def __enter__(self) -> None:
        match self._mood:
            case "killed before":
                raise Killed
            case "throttled":
                raise UnavailableError("asks for fewer calls", system="servicenow", status=429, retry_after=0.01)
            case "refused":
                raise RejectedError("refuses", system="servicenow", status=403, detail="Data Policy Exception")
            case "lost before":
                raise DoubtfulError("broke off", system="servicenow")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            return
        match self._mood:
            case "killed after":
                raise Killed
            case "lost after":
                raise DoubtfulError("broke off", system="servicenow")


@dataclass
class World:
    """Both systems and an engine over a store. `restart` is a new process over the same database."""

    jira: FakeJira
    servicenow: FakeServiceNow
    store: Store
    mapping_file: Path
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        (mapping,) = load_mappings(self.mapping_file)
        self.store.queue.release_all()
        self.route = Route(mapping, self.jira, self.servicenow)
        self.engine = Engine(self.store, [self.route], self.outcomes.append, threads=4)

    def cycle(self) -> object:
        """Poll and work off what is due now, without waiting for what is due later."""
        self.engine.poll(self.route)
        return self.engine.worker.drain(self.route)

    def work(self) -> object:
        return self.engine.worker.drain(self.route)

    def hurry(self) -> None:
        """Make everything that waits for a retry due now."""
        with self.store.database.write() as connection:
            connection.execute(update(links).where(links.c.due_at.is_not(None)).values(due_at=0.0, owner=None))

    def results(self) -> list[str]:
        return [outcome.result.value for outcome in self.outcomes]
