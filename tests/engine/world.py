"""A Jira and a ServiceNow in memory, with moods: they can fail before or after doing what was asked, or hide things.

They satisfy `Source` and `Target`, keep the contracts of both (`test_fakes.py`), and count their calls; what the real
adapters do over HTTP is tested elsewhere.
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
from syncd.errors import AuthError, DoubtfulError, NotFoundError, RejectedError, UnavailableError, UnreadableError
from syncd.jira.jql import narrowed
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


FIELDS = {
    "summary": "Summary",
    "description": "Description",
    "priority": "Priority",
    "status": "Status",
    "security": "Security Level",
    "updated": "Updated",
}
"""The fields of every issue of this Jira, by id, and what people call them."""

PROJECT, EMPTY_PROJECT = "OPS", "EMPTY"

WRITES = ("create", "update", "add_note", "tie")


class Killed(BaseException):
    """The process died here."""


@dataclass
class FakeJira:
    """Issues by id, and a clock of its own."""

    issues: dict[str, Issue] = field(default_factory=dict)
    now: datetime = NOON
    calls: Counter[str] = field(default_factory=Counter)
    dead: bool = False
    hidden: set[str] = field(default_factory=set)  # issues with a security level that this user does not have
    vanished: set[str] = field(default_factory=set)  # issues that a listing still shows and that are not given
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
            new = {"body": body, "text": body, "html": body, "updated": self.now}
            return tuple(replace(c, **new) if c.id == id else c for c in comments)

        self._change(number, edited)

    def delete_comment(self, number: int, id: str) -> None:
        self._change(number, lambda comments: tuple(c for c in comments if c.id != id))

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.changed_just_now.clear()

    def _comment(self, id: str, body: str, audience: Audience) -> Comment:
        return Comment(id, User("u1", "Jane Doe"), body, body, body, self.now, self.now, audience)

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
        asked_for = _asked_for(query)
        out = self.elsewhere | self.archived
        seen = [self.issues[id] for id in dict.fromkeys(ids) if self._is_visible(id) and id not in out]
        return tuple(Stub(issue.id, issue.key, issue.updated) for issue in seen if asked_for(issue))

    def narrowed(self, query: str, by: str) -> str:
        return narrowed(query, by)

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
        asked_for = _asked_for(query)
        out = self.elsewhere | self.archived | self.denied | self.unindexed | self.hidden
        return [issue for issue in self.issues.values() if issue.id not in out and asked_for(issue)]

    def all_ids(self, query: str) -> Iterator[Sequence[str]]:
        ids = [issue.id for issue in self._listed(query)]
        for start in range(0, max(len(ids), 1), self.page_size):
            self._called("all_ids")
            yield ids[start : start + self.page_size]

    def whereabouts(self, query: str, issues: Mapping[str, str]) -> Mapping[str, Whereabouts]:
        self._called("whereabouts")
        try:
            asked_for = _asked_for(query)
        except RejectedError:
            return {id: self._whereabouts(id, None) for id in issues}
        return {id: self._whereabouts(id, asked_for) for id in issues}

    def _whereabouts(self, id: str, asked_for: Callable[[Issue], bool] | None) -> Whereabouts:
        """`asked_for` is None where the query is refused: then it tells nothing."""
        if id in self.denied:
            return Whereabouts(Sight.HIDDEN)
        if not self._is_visible(id):
            return Whereabouts(Sight.DELETED)
        issue = self.issues[id]
        if id in self.archived:
            return Whereabouts(Sight.ARCHIVED, issue.key)
        if asked_for is None:
            return Whereabouts(Sight.UNSETTLED, issue.key)
        if asked_for(issue) and id not in self.elsewhere:
            return Whereabouts(Sight.HERE, issue.key)
        return Whereabouts(Sight.UNSETTLED if id in self.changed_just_now else Sight.LEFT, issue.key)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Fetched:
        wanted = tuple(dict.fromkeys(ids))
        if not wanted:
            return Fetched(())
        self._called("fetch")
        asked = {"security", "updated", *map(_field_id, fields)} if fields else set(FIELDS)
        found = tuple(self._shown(self.issues[id], asked) for id in wanted if self._is_visible(id))
        return Fetched(found, tuple(id for id in wanted if not self._is_visible(id)))

    def _is_visible(self, id: str) -> bool:
        return id in self.issues and id not in self.hidden | self.vanished | self.denied

    def _shown(self, issue: Issue, asked: set[str]) -> Issue:
        """With the fields that were asked for, as Jira gives them: what is empty is null."""
        held = {**issue.fields, "updated": issue.updated.isoformat()}
        names = {id: FIELDS[id] for id in sorted(asked)}
        return replace(issue, fields={id: held.get(id) for id in names}, names=names)

    def _called(self, what: str) -> None:
        self.calls[what] += 1
        if self.dead:
            raise AuthError("the token is dead", system="jira", step=what, status=401)


def _asked_for(query: str) -> Callable[[Issue], bool]:
    """What a query gives, by the clauses that this Jira understands: `project = OPS`, `key = "OPS-1"`."""
    projects = re.findall(r"project = (\w+)", query)
    for project in projects:
        if project not in (PROJECT, EMPTY_PROJECT):
            raise RejectedError(f"has no project {project}", system="jira", step="search", status=400)
    keys = re.findall(r'key = "([^"]*)"', query)
    return lambda issue: EMPTY_PROJECT not in projects and all(key == issue.key for key in keys)


def _field_id(name: str) -> str:
    """The id of a field that is given by its id or its name."""
    for id, spoken in FIELDS.items():
        if name in (id, spoken):
            return id
    raise RejectedError(f"has no field {name!r}", system="jira", step="fetch", status=400)


@dataclass
class FakeServiceNow:
    """Records and journals. `moods` maps a kind of call to what happens instead: before, after, refused, throttled.

    The kind "write" is any of the writes.
    """

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    entries: list[tuple[str, str, str]] = field(default_factory=list)  # of all journals: record, column, text
    calls: Counter[str] = field(default_factory=Counter)
    moods: dict[str, list[str]] = field(default_factory=dict)
    dead: bool = False
    hidden: set[str] = field(default_factory=set)  # records that this user may not see
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

    @property
    def journal(self) -> dict[str, list[str]]:
        """The texts in the journals of each record, oldest first."""
        texts: dict[str, list[str]] = {}
        for record_id, _, text in self.entries:
            texts.setdefault(record_id, []).append(text)
        return texts

    def notes(self, number: int) -> list[str]:
        return self.journal.get(self.of(number)["sys_id"], [])

    # -- Target --------------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        self.calls["prove"] += 1
        self._knows_us("proving access")

    def missing_columns(self, columns: Sequence[str]) -> Mapping[str, str]:
        self._knows_us("checking the columns")
        return {column: "did you mean it?" for column in columns if not self._has(column)}

    def look_up(self, wanted: Sequence[Identity], columns: Sequence[str]) -> Mapping[Identity, tuple[Record, ...]]:
        step = f"looking for {len(wanted)} records"
        with self._mood("look_up", step):
            found = {one: [row for row in self.records.values() if _is(row, one)] for one in wanted}
            if any(row["sys_id"] in self.hidden for rows in found.values() for row in rows):
                raise UnreadableError("hides records from this user", system="servicenow", step=step)
            return {one: tuple(self._record(row, columns) for row in rows) for one, rows in found.items()}

    def resolve(self, references: Sequence[Reference]) -> Resolved:
        self._knows_us("resolving references")
        fitting = {r: [value for _, value in r.candidates if value in self.users] for r in references}
        known = {r: f"id-of-{values[0]}" for r, values in fitting.items() if values}
        return Resolved(known, {r: "nobody fits" for r in references if r not in known})

    def create(self, record_id: str, correlation: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        step = f"creating the record of {correlation}"
        with self._mood("create", step):
            number = next(self._numbers)
            sys_id = record_id if self.honours_ids else f"{number:032x}"
            if sys_id in self.records:
                raise DoubtfulError(
                    "clash", system="servicenow", step=step, status=403,
                    if_absent=RejectedError("clash", system="servicenow", step=step, status=403),
                )  # fmt: skip
            self.records[sys_id] = {
                "sys_id": sys_id,
                "number": f"INC{number:07}",
                "correlation_id": correlation,
                "sys_created_on": f"{NOON + timedelta(seconds=len(self.records)):%Y-%m-%d %H:%M:%S}",
                **self._stored(fields),
            }
            return self._record(self.records[sys_id], columns)

    def update(self, record_id: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        with self._mood("update", f"updating {record_id}"):
            self._must_exist(record_id)
            self.records[record_id].update(self._stored(fields))
            return self._record(self.records[record_id], columns)

    def add_note(self, record_id: str, column: str, text: str) -> None:
        with self._mood("add_note", f"adding a note to {record_id}"):
            self._must_exist(record_id)
            self.entries.append((record_id, column, text))

    def marks(self, record_id: str, column: str) -> Marks:
        with self._mood("marks", f"reading the journal of {record_id}"):
            if not self.journal_readable:
                return Marks(frozenset(), readable=False)
            texts = [text for record, journal, text in self.entries if (record, journal) == (record_id, column)]
            return Marks(frozenset(mark for text in texts for mark in marks_of_note(text)), readable=True)

    def marks_of(self, record_ids: Sequence[str], column: str) -> Mapping[str, Marks]:
        return {record_id: self.marks(record_id, column) for record_id in record_ids}

    def tied(self, starts: Sequence[str], columns: Sequence[str]) -> Iterator[Sequence[Record]]:
        self.calls["tied"] += 1
        self._knows_us("listing records")
        seen = [row for row in self.records.values() if row["sys_id"] not in self.hidden]
        ours = [row for row in seen if row["correlation_id"].startswith(tuple(starts))]
        rows = sorted(ours, key=lambda row: row["sys_id"])  # as it is paged, which is not the order of creation
        for start in range(0, len(rows), 2):
            yield [self._record(row, columns) for row in rows[start : start + 2]]

    def find(self, name: str, columns: Sequence[str]) -> Record:
        self.calls["find"] += 1
        self._knows_us(f"looking for {name}")
        for row in self.records.values():
            if name in (row["sys_id"], row["number"]) and row["sys_id"] not in self.hidden:
                return self._record(row, columns)
        raise NotFoundError(f"has no {name}", system="servicenow", status=404)

    def tie(self, record_id: str, correlation: str, columns: Sequence[str]) -> Record:
        with self._mood("tie", f"updating {record_id}"):
            self._must_exist(record_id)
            self.records[record_id]["correlation_id"] = correlation
            return self._record(self.records[record_id], columns)

    def record_url(self, record_id: str) -> str:
        return f"https://servicenow.example/{record_id}"

    def _record(self, row: Mapping[str, str], columns: Sequence[str]) -> Record:
        return Record(
            row["sys_id"], row["number"], row["correlation_id"], row["sys_created_on"],
            {column: row.get(column, "") for column in columns if self._has(column)},
        )  # fmt: skip

    def _has(self, column: str) -> bool:
        """Whether the table has this column."""
        return column not in self.unknown_columns and re.fullmatch("[a-z][a-z0-9_]*", column) is not None

    def _stored(self, fields: Mapping[str, str]) -> dict[str, str]:
        """What is stored of a write: columns that do not exist are dropped, and nothing is said."""
        return {column: value for column, value in fields.items() if self._has(column)}

    def _must_exist(self, record_id: str) -> None:
        if record_id not in self.records or record_id in self.hidden:
            raise NotFoundError("has no such record", system="servicenow", step=f"writing {record_id}", status=404)

    def _knows_us(self, step: str) -> None:
        if self.dead:
            raise AuthError("does not know this user", system="servicenow", step=step, status=401)

    def _mood(self, kind: str, step: str) -> _Mood:
        self.calls[kind] += 1
        self._knows_us(step)
        waiting = self.moods.get(kind) or (self.moods.get("write") if kind in WRITES else None)
        return _Mood(waiting.pop(0) if waiting else "good", step, self.transaction_limit)


def _is(row: Mapping[str, str], identity: Identity) -> bool:
    return row["sys_id"] == identity.record_id or row["correlation_id"] == identity.correlation


class _Mood:
    """What happens around a call: nothing, an error before it, or an error after it was carried out."""

    def __init__(self, mood: str, step: str, limit: float) -> None:
        self._mood = mood
        self._step = step
        self._limit = limit

    def __enter__(self) -> None:
        match self._mood:
            case "killed before":
                raise Killed
            case "throttled":
                raise UnavailableError("asks for fewer calls", system="servicenow", status=429, retry_after=0.01)
            case "refused":
                raise self._refused()
            case "lost before":
                raise self._lost()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            return
        match self._mood:
            case "killed after":
                raise Killed
            case "lost after":
                raise self._lost()
            case "refused after":
                raise self._lost("refuses", status=403, if_absent=self._refused())

    def _refused(self) -> RejectedError:
        return RejectedError(
            "refuses", system="servicenow", step=self._step, status=403, detail="Data Policy Exception"
        )

    def _lost(self, message: str = "broke off", **more: object) -> DoubtfulError:
        return DoubtfulError(message, system="servicenow", step=self._step, settles_after=self._limit, **more)


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
