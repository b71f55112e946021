"""What must hold once a history was left in peace: the laws of the design, asked of both systems."""

from __future__ import annotations

from syncd.core.marker import marks_of_note
from syncd.core.model import Issue, Reference
from syncd.core.policy import HistoryPolicy, Policy
from syncd.engine.prepare import in_doubt
from syncd.mapping import Mapping, desired_for
from syncd.store import Store
from tests.simulation.people import ISSUES, People


class Broken(AssertionError):
    """A law does not hold at the end of this history."""


def demand(holds: bool, law: str) -> None:
    if not holds:
        raise Broken(law)


class Laws:
    """The laws over one world. Each method raises Broken with what does not hold."""

    def __init__(self, people: People, mapping: Mapping, store: Store) -> None:
        self.people, self.mapping, self.store = people, mapping, store

    def check(self, *, all_fields: bool = False) -> None:
        parked = [f"{one.issue_key}: {one.cause}: {one.error}" for one in self.store.reports.parked()]
        for count in self.store.reports.counts():
            standing = (count.waiting, count.parked, count.in_doubt)
            demand(standing == (0, 0, 0), f"waiting, parked, in doubt: {standing} {'; '.join(parked)}")
        known = self.store.links.known("ops", self.people.jira.site, list(self.people.jira.issues))
        for number in range(ISSUES):
            records = self.people.records(number)
            demand(len(records) <= 1, f"issue {number} has {len(records)} records")
            if number in self.people.numbers():
                correlation = f"jira:{self.people.jira.site}:{10_000 + number}:ops"
                deleted = correlation in self.people.servicenow.deleted
                demand(bool(records) or deleted, f"issue {number} has no record")
                for record in records:
                    demand(not in_doubt(known[self.people.issue(number).id]), f"issue {number} is in doubt")
                    if not deleted:  # else a create that came late has made it anew, empty of what came after
                        self._fields(self.people.issue(number), record, all_fields)
                        self._notes(self.people.issue(number), record)
        self._secrets()

    def _fields(self, issue: Issue, record: dict[str, str], all_fields: bool) -> None:
        if self.mapping.policy is not Policy.FULL:
            return
        for name, value in desired_for(self.mapping, issue).fields.items():
            assert not isinstance(value, Reference)
            ours = all_fields or self.people.servicenow.writers.get((record["sys_id"], name)) == "us"
            current = record.get(name, "")
            demand(not ours or current == value, f"{issue.key}: {name} is {current!r}, not {value!r}")

    def _notes(self, issue: Issue, record: dict[str, str]) -> None:
        written = [
            mark for text in self.people.servicenow.journal.get(record["sys_id"], []) for mark in marks_of_note(text)
        ]
        versions = [(mark.comment_id, mark.version) for mark in written]
        demand(len(set(versions)) == len(versions), f"{issue.key}: a note twice: {versions}")
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
                demand(told == note.digest, f"{issue.key}: comment {note.comment_id}: {told}, not {note.digest}")
        shown = [mark.comment_id for mark in written if mark.version == 1 and mark.comment_id not in self.people.moved]
        demand(shown == sorted(shown, key=int), f"{issue.key}: notes out of order: {shown}")

    def _secrets(self) -> None:
        demand(not self.people.servicenow.offences, "; ".join(self.people.servicenow.offences))
        public = {text for texts in self.people.jira.public.values() for text in texts}
        for entries in self.people.servicenow.journal.values():
            for entry in entries:
                for line in entry.splitlines():
                    demand(not line.startswith("text ") or line in public, f"a secret leaked: {line}")
