"""The laws, asked of what both systems show. Knows nothing of syncd but the mark in its notes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from syncd.core.marker import Mark, marks_of_note
from tests.chaos.people import People

Row = dict[str, str]
STATES = {"new": "1", "indeterminate": "2", "done": "6"}
IMPACTS = {"Highest": "1", "High": "1", "Medium": "2", "Low": "2", "Lowest": "3"}
URGENCIES = {"Highest": "1", "High": "2", "Medium": "2", "Low": "3", "Lowest": "3"}
WORD = re.compile(r"\bw\d+w\b")


@dataclass(frozen=True)
class Offence:
    """A law that does not hold, and the issue or record where."""

    issue_id: str
    record_id: str
    law: str

    def __str__(self) -> str:
        return f"issue {self.issue_id or '-'}, record {self.record_id or '-'}: {self.law}"


def offences(people: People, *, exactly: bool = False) -> list[Offence]:
    """Everything that is not as it should be. `exactly`: no person's edit stands, all were touched since."""
    jira, servicenow = people.jira.get("state"), people.servicenow.get("state")
    issues = {issue["id"]: issue for issue in jira["issues"]}
    journals: dict[str, list[str]] = defaultdict(list)
    for entry in servicenow["journals"]:
        journals[entry["element_id"]].append(entry["value"])
    records: dict[str, list[Row]] = defaultdict(list)
    for row in servicenow["records"].get("incident", []):
        records[row["correlation_id"].split(":")[-2]].append(row)
    found = []
    for id in {*issues, *records}:
        rows = records[id]
        found += [Offence(id, rows[0]["sys_id"] if rows else "", law) for law in _of_count(id, rows, id in issues)]
        for row in rows:
            texts = journals[row["sys_id"]]
            laws = [*_of_secrets(row, texts, people), *_of_marks(texts, people)]
            if id in issues:
                laws += [*_of_fields(issues[id], row, people, exactly), *_of_notes(issues[id], texts, people)]
            found += [Offence(id, row["sys_id"], law) for law in laws]
    return found


def _of_count(id: str, rows: list[Row], lives: bool) -> Iterator[str]:
    if len(rows) > 1:
        yield f"{len(rows)} records: {', '.join(row['number'] for row in rows)}"
    if lives and not rows:
        yield "no record"


def _of_fields(issue: Any, row: Row, people: People, exactly: bool) -> Iterator[str]:
    wanted = {
        "short_description": issue["summary"],
        "impact": IMPACTS[issue["priority"]],
        "urgency": URGENCIES[issue["priority"]],
        "state": STATES[issue["category"]],
    }
    for column, value in wanted.items():
        typed = None if exactly else people.typed.get((row["sys_id"], column))
        if row[column] not in (value, typed):
            yield f"{column} is {row[column]!r}, not {value!r}" + (f" nor {typed!r} as typed" if typed else "")


def _of_marks(texts: list[str], people: People) -> Iterator[str]:
    """Once a version, and each version another text; everything else in the journal is a person's."""
    marks = _marks(texts)
    versions = [(mark.comment_id, mark.version) for mark in marks]
    for version in {one for one in versions if versions.count(one) > 1}:
        yield f"comment {version[0]} version {version[1]} is noted {versions.count(version)} times"
    latest: dict[str, Mark] = {}
    for mark in marks:
        before = latest.get(mark.comment_id)
        if before is not None and before.digest == mark.digest:
            yield f"comment {mark.comment_id} is noted again as {mark} without a change"
        if before is not None and mark.comment_id not in people.edited:
            yield f"comment {mark.comment_id} was never changed, and is noted as {mark}"
        latest[mark.comment_id] = mark
    for text in texts:
        if not marks_of_note(text) and text not in people.own_notes:
            yield f"a note of nobody: {text[:80]!r}"


def _of_notes(issue: Any, texts: list[str], people: People) -> Iterator[str]:
    latest = {mark.comment_id: (mark, text) for text in texts for mark in marks_of_note(text)}
    permitted = {c["id"]: c for c in issue["comments"] if not c["internal"] and c["visibility"] is None}
    for id, comment in permitted.items():
        mark, text = latest.get(id, (None, ""))
        if mark is None or not mark.digest:
            yield f"comment {id} has no note" if mark is None else f"comment {id} is there and noted as gone"
        elif (word := people.words.get(id)) and word not in text:
            yield f"comment {id} says {word} ({comment['body'][:60]!r}), its note {text[:120]!r}"
    for id, (mark, _) in latest.items():
        if id not in permitted and mark.digest:
            yield f"comment {id} is gone or hidden, which no note says"
    steady = [m.comment_id for m in _marks(texts) if m.version == 1 and m.comment_id not in people.swayed]
    if steady != sorted(steady, key=int):
        yield f"notes out of order: {steady}"


def _of_secrets(row: Row, texts: list[str], people: People) -> Iterator[str]:
    hidden = people.spoken - people.public
    for where, text in [*row.items(), *(("journal", text) for text in texts)]:
        for word in WORD.findall(text):
            if word in hidden:
                yield f"a secret leaked into {where}: {word}"


def _marks(texts: list[str]) -> list[Mark]:
    return [mark for text in texts for mark in marks_of_note(text)]
