"""People at work in both systems, over HTTP, and what they know of it: which text was ever public, what they typed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.chaos.systems import Json, Remote

STATUSES = ["To Do", "In Progress", "Done"]
PRIORITIES = ["Highest", "High", "Medium", "Low", "Lowest"]
DEEDS = {
    "create": 3, "summary": 3, "priority": 2, "transition": 2, "comment": 6, "edit_comment": 2, "delete_comment": 1,
    "restrict_comment": 1, "move": 1, "delete": 1, "type_into_record": 2, "write_a_note": 1,
}  # fmt: skip


@dataclass
class People:
    """One deed a step. A word like `w17w` makes every text findable and tells which comment's version it was."""

    jira: Remote
    servicenow: Remote
    chance: random.Random
    projects: list[str]
    issues: dict[str, str] = field(default_factory=dict)  # key by id, of those that live
    comments: dict[str, dict[str, bool]] = field(default_factory=dict)  # by issue id: comment id, whether public
    spoken: set[str] = field(default_factory=set)  # every word of a comment
    public: set[str] = field(default_factory=set)  # those that everybody could once read
    words: dict[str, str] = field(default_factory=dict)  # the present word of a comment
    edited: set[str] = field(default_factory=set)  # comments that did not stay as they were written
    swayed: set[str] = field(default_factory=set)  # comments that were not public all the time
    deleted: set[str] = field(default_factory=set)  # ids of issues
    typed: dict[tuple[str, str], str] = field(default_factory=dict)  # by sys_id and column
    own_notes: set[str] = field(default_factory=set)
    _count: int = 0

    def step(self) -> str:
        deed = self.chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        if not self.issues:
            deed = "create"
        return str(getattr(self, deed)())

    # -- in Jira -------------------------------------------------------------------------------------------------------

    def create(self) -> str:
        fields = {"priority": self.chance.choice(PRIORITIES), "description": f"What happened {self._word()}"}
        made = self._act("create", project=self.projects[0], summary=f"Trouble {self._word()}", fields=fields)
        self.issues[made["id"]] = made["key"]
        self.comments[made["id"]] = {}
        return f"creates {made['key']} (id {made['id']})"

    def summary(self) -> str:
        return self._edit("summary", f"Trouble {self._word()}")

    def priority(self) -> str:
        return self._edit("priority", self.chance.choice(PRIORITIES))

    def _edit(self, name: str, value: str) -> str:
        key = self._key()
        self._act("edit", issue=key, fields={name: value})
        return f"edits {key}: {name} = {value}"

    def transition(self) -> str:
        key, status = self._key(), self.chance.choice(STATUSES)
        self._act("transition", issue=key, status=status)
        return f"moves {key} to {status}"

    def move(self) -> str:
        id = self.chance.choice(list(self.issues))
        old, project = self.issues[id], self.chance.choice(self.projects)
        if old.split("-")[0] == project:
            return f"leaves {old} where it is"
        self.issues[id] = self._act("move", issue=old, project=project)["key"]
        return f"moves {old} to {self.issues[id]}"

    def delete(self) -> str:
        id = self.chance.choice(list(self.issues))
        key = self.issues.pop(id)
        self.comments.pop(id)
        self.deleted.add(id)
        self._act("delete", issue=key)
        return f"deletes {key}"

    def comment(self) -> str:
        id = self.chance.choice(list(self.issues))
        word, private = self._word(), self.chance.random()
        hidden = {"internal": True} if private < 0.12 else {"role": "Administrators"} if private < 0.24 else {}
        made = self._act("comment", issue=self.issues[id], body=f"I looked {word} at it", **hidden)
        self._knows(id, made["id"], word, public=not hidden)
        if hidden:
            self.swayed.add(made["id"])
        return f"comments {made['id']} on {self.issues[id]}: {word} {hidden or ''}"

    def edit_comment(self) -> str:
        id, comment = self._comment()
        if not comment:
            return self.comment()
        word = self._word()
        self._act("edit_comment", comment_id=comment, body=f"I looked {word} again")
        self.edited.add(comment)
        self._knows(id, comment, word, public=self.comments[id][comment])
        return f"edits comment {comment} of {self.issues[id]}: {word}"

    def delete_comment(self) -> str:
        id, comment = self._comment()
        if not comment:
            return self.comment()
        self._act("delete_comment", comment_id=comment)
        del self.comments[id][comment]
        self.edited.add(comment)
        return f"deletes comment {comment} of {self.issues[id]}"

    def restrict_comment(self) -> str:
        id, comment = self._comment()
        if not comment:
            return self.comment()
        state = self._state_of(id)
        if next(one for one in state["comments"] if one["id"] == comment)["internal"]:
            return f"leaves comment {comment} internal"
        hide = self.chance.random() < 0.6
        self._act("restrict_comment", comment_id=comment, **({"role": "Administrators"} if hide else {}))
        self.edited.add(comment)
        self.swayed.add(comment)
        self._knows(id, comment, self.words[comment], public=not hide)
        return f"makes comment {comment} of {self.issues[id]} {'restricted' if hide else 'public'}"

    # -- in ServiceNow -------------------------------------------------------------------------------------------------

    def type_into_record(self) -> str:
        record = self._record()
        if record is None:
            return "finds no record"
        column = self.chance.choice(["short_description", "urgency"])
        value = f"Typed {self._word()}" if column == "short_description" else self.chance.choice(["1", "2", "3"])
        self.typed[record["sys_id"], column] = value
        self.servicenow.patch(f"records/incident/{record['sys_id']}?as=fred.luddy", {column: value})
        return f"types {value} into {column} of {record['number']}"

    def write_a_note(self) -> str:
        record = self._record()
        if record is None:
            return "finds no record"
        text = f"Called the user back {self._word()}"
        self.own_notes.add(text)
        self.servicenow.patch(f"records/incident/{record['sys_id']}?as=fred.luddy", {"work_notes": text})
        return f"writes a note of their own into {record['number']}"

    # -- at the end ----------------------------------------------------------------------------------------------------

    def touch_all(self) -> None:
        """Every issue is edited once more, so that syncd has a reason to look at what people typed."""
        for key in self.issues.values():
            self._act("edit", issue=key, fields={"summary": f"Touched {self._word()}"})

    def burst(self, count: int) -> None:
        """Many comments at once: a moment in which there is surely work under way."""
        for _ in range(count):
            self.comment()

    # -- small things --------------------------------------------------------------------------------------------------

    def _act(self, verb: str, **arguments: Json) -> Json:
        return self.jira.post(f"act/{verb}", arguments)

    def _key(self) -> str:
        return self.chance.choice(list(self.issues.values()))

    def _comment(self) -> tuple[str, str]:
        id = self.chance.choice(list(self.issues))
        return id, self.chance.choice(list(self.comments[id]) or [""])

    def _record(self) -> Json:
        records = [row for row in self.servicenow.get("records/incident") if row["state"] not in ("6", "7", "8")]
        return self.chance.choice(records) if records else None

    def _state_of(self, id: str) -> Json:
        return next(issue for issue in self.jira.get("state")["issues"] if issue["id"] == id)

    def _knows(self, id: str, comment: str, word: str, *, public: bool) -> None:
        self.comments[id][comment] = public
        self.words[comment] = word
        self.spoken.add(word)
        if public:
            self.public.add(word)

    def _word(self) -> str:
        self._count += 1
        return f"w{self._count}w"
