"""What people do in both systems, one act at a time, as chance has it."""

from __future__ import annotations

import random
from collections.abc import Callable

from syncd.core.model import Audience, Issue
from tests.simulation.systems import SimulatedJira, SimulatedServiceNow, is_secret

ISSUES = 4


class People:
    """Those who write, edit, hide and delete; `say` is told of everything."""

    def __init__(
        self, chance: random.Random, jira: SimulatedJira, servicenow: SimulatedServiceNow, say: Callable[[str], None]
    ) -> None:
        self.chance, self.jira, self.servicenow, self.say = chance, jira, servicenow, say
        self.gone: set[int] = set()  # issues that were deleted
        self.moved: set[str] = set()  # comments whose visibility changed: their notes come when they may, not in order

    def act(self) -> None:
        """Somebody does something, in Jira or in ServiceNow."""
        number = self.chance.randrange(ISSUES)
        if str(10_000 + number) not in self.jira.issues:
            if number not in self.gone:
                self.jira.put(number)
                self._comment(number)
        elif self.jira.fate.temper.wavering and self.chance.random() < 0.7:
            self._waver(number)
        else:
            act = self.chance.choice(
                [self._edit, self._edit, self._comment, self._comment, self._comment, self._edit_comment,
                 self._delete_comment, self._restrict, self._person, self._rare]
            )  # fmt: skip
            act(number)

    def _edit(self, number: int) -> None:
        what = self.chance.choice(
            [{"summary": f"Summary {self.chance.random():.6f}"}, {"priority": self.chance.choice(["High", "Low"])},
             {"status": self.chance.choice(["To Do", "Done"])}]
        )  # fmt: skip
        self._say_and_put(number, what)

    def _waver(self, number: int) -> None:
        now = self.issue(number).fields["priority"]["name"]
        self._say_and_put(number, {"priority": "Low" if now == "High" else "High"})

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
        for record in self.records(number):
            column = self.chance.choice(["short_description", "urgency", "state"])
            self.say(f"a person changes {column} of {record['number']}")
            self.servicenow.edit(record["sys_id"], column, self.chance.choice(["2", "5"]))

    def _rare(self, number: int) -> None:
        match self.chance.randrange(5):
            case 0 if not is_secret(self.issue(number)):
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
                for record in self.records(number):
                    self.say(f"a person deletes {record['number']}")
                    self.servicenow.delete(record["sys_id"])

    def _say_and_put(self, number: int, what: dict[str, str]) -> None:
        self.say(f"issue {number}: {what}")
        self.jira.put(number, **what)

    def share_all(self) -> None:
        """Whatever is kept from the many is shown to them again."""
        for number in self.numbers():
            if is_secret(self.issue(number)):
                self.jira.put(number, security=None)

    # -- what there is -------------------------------------------------------------------------------------------------

    def numbers(self) -> list[int]:
        return [int(id) - 10_000 for id in self.jira.issues]

    def issue(self, number: int) -> Issue:
        return self.jira.issues[str(10_000 + number)]

    def records(self, number: int) -> list[dict[str, str]]:
        return [r for r in self.servicenow.records.values() if f":{10_000 + number}:" in r["correlation_id"]]

    def _some_comment(self, number: int) -> list[str]:
        comments = self.issue(number).comments
        return [self.chance.choice(comments).id] if comments else []
