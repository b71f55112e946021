"""Moving an issue to a status: over whichever transitions lead there now, one at a time, looking after each.

| the issue                                    | what happens                                                     |
|----------------------------------------------|------------------------------------------------------------------|
| stands where it should                       | nothing; done                                                    |
| shows no transitions                         | RejectedError: this user may not move it                         |
| has one into the goal                        | it is taken                                                      |
| has several, into different statuses         | RejectedError naming them: which one is for people to say        |
| can be moved on by a hint, or a known way    | one step, then from the beginning                                |
| cannot                                       | RejectedError naming where it can go                             |
| is asked for fields that nobody gave         | RejectedError naming them and their values                       |
| is moved by somebody else meanwhile          | from the beginning                                               |

A transition is not idempotent (jira facts 6.3): after a lost answer this raises DoubtfulError, and being asked again
later it begins with a look, as it always does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.errors import RejectedError
from syncd.jira.screens import Filled, filled
from syncd.jira.sending import Sending
from syncd.jira.transitions import Goal, Status, Transition, Workflow, status_of, transition_of

MOST_STEPS = 6
"""Transitions on the way to one goal. Longer ways are a mistake in the mapping, or two programs at odds."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue that stands at its goal: where it stands, the statuses it was led through (none: it stood there
    already), and the given fields that no screen on the way took."""

    status: Status
    steps: tuple[Status, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an issue stands, and which workflow is its own."""

    status: Status
    kind: tuple[str, str]


class Moving:
    """Moves issues of one Jira, and remembers what it saw of their workflows."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._client = sending.client
        self._workflows: dict[tuple[str, str], Workflow] = {}

    def move(self, issue: str, goal: Goal, *, via: Sequence[Goal], fields: Mapping[str, Any]) -> Moved:
        """`via` are statuses that may lie on the way, in order; `fields` go onto the screens that ask for them."""
        walk = _Walk(self, issue, goal, tuple(via), fields)
        return walk.to_the_end()

    def spot(self, issue: str) -> _Spot:
        step = f"looking where issue {issue} stands"
        params = {"fields": "status,project,issuetype"}
        raw = self._client.get(self._sending.path(issue), endpoint="issue.status", step=step, params=params)
        try:
            fields = raw["fields"]
            kind = (str(fields["project"]["id"]), str(fields["issuetype"]["id"]))
            return _Spot(status_of(fields["status"]), kind)
        except (KeyError, TypeError, AttributeError) as error:
            raise self._client.unreadable("does not say which status the issue has", step) from error

    def ways(self, issue: str) -> tuple[Transition, ...]:
        """The transitions that this user may take now."""
        step = f"asking where issue {issue} can go"
        path = self._sending.path(issue, "/transitions")
        params = {"expand": "transitions.fields"}
        raw = self._client.get(path, endpoint="transitions", step=step, params=params)
        try:
            return tuple(transition_of(one) for one in raw["transitions"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise self._client.unreadable("lists transitions that cannot be read", step) from error

    def take(self, issue: str, way: Transition, fields: Mapping[str, Any], step: str) -> None:
        body: dict[str, Any] = {"transition": {"id": way.id}}
        if fields:
            body["fields"] = dict(fields)
        path = self._sending.path(issue, "/transitions")
        self._sending.send("POST", path, endpoint="transition", step=step, confirmed_by=(204,), json=body)

    def workflow(self, kind: tuple[str, str]) -> Workflow:
        return self._workflows.setdefault(kind, Workflow())

    def refusal(self, message: str, step: str, detail: str = "") -> RejectedError:
        return self._sending.refusal(message, step, detail=detail)


class _Walk:
    """One issue on its way."""

    def __init__(
        self, moving: Moving, issue: str, goal: Goal, via: tuple[Goal, ...], fields: Mapping[str, Any]
    ) -> None:
        self._moving = moving
        self._issue = issue
        self._goal = goal
        self._via = via
        self._fields = fields
        self._step = f"moving issue {issue} to {goal}"
        self._steps: list[Status] = []
        self._visited: set[str] = set()
        self._sent: set[str] = set()
        self._collided = False
        self._passed = 0  # hints

    def to_the_end(self) -> Moved:
        spot = self._moving.spot(self._issue)
        while not self._goal.fits(spot.status):
            self._visited.add(spot.status.id)
            if len(self._steps) >= MOST_STEPS:
                raise self._refusal(f"did not bring the issue there in {MOST_STEPS} steps: {self._so_far(spot.status)}")
            spot = self._one_step(spot)
        left_out = tuple(name for name in self._fields if name not in self._sent)
        return Moved(spot.status, tuple(self._steps), left_out if self._steps else ())

    def _one_step(self, spot: _Spot) -> _Spot:
        """Take one transition, or find that the issue was moved meanwhile; where it stands then."""
        ways = self._moving.ways(self._issue)
        if not ways:
            raise self._refusal(
                f"shows no way out of {spot.status}: this user lacks the permission Transition Issues, or the workflow "
                "ends here"
            )
        workflow = self._moving.workflow(spot.kind)
        workflow.learn(spot.status, ways)
        way, screen = self._passable(self._next(spot.status, ways, workflow))
        try:
            self._moving.take(self._issue, way, screen.fields, self._step)
        except RejectedError as error:
            return self._after_refusal(error, spot)
        self._sent |= screen.fields.keys()
        now = self._moving.spot(self._issue)
        if now.status.id == spot.status.id:
            raise self._refusal(f"confirmed the transition {way.name!r}, and left the issue in {spot.status}")
        self._steps.append(now.status)
        if now.status.id in self._visited and not self._goal.fits(now.status):
            raise self._refusal(f"leads in a circle: {self._so_far(spot.status)}")
        return now

    def _after_refusal(self, error: RejectedError, spot: _Spot) -> _Spot:
        """A refused transition may only mean that somebody was faster (400) or is at work (409)."""
        if error.status not in (400, 409):
            raise error
        now = self._moving.spot(self._issue)
        if now.status.id != spot.status.id:
            self._steps.append(now.status)  # not our step, but it counts: two programs at odds must come to an end
            return now
        if error.status == 409 and not self._collided:
            self._collided = True
            return now
        raise error

    def _next(self, here: Status, ways: Sequence[Transition], workflow: Workflow) -> tuple[Transition, ...]:
        """The transitions into the status that comes next: the goal, the last hint in reach, or along a known way."""
        direct = self._into(ways, self._goal)
        if direct:
            return direct
        hints = self._ahead(here)
        fresh = [way for way in ways if way.to.id not in self._visited]
        for hint in hints:
            if found := self._into(fresh, hint):
                return found
        for aim in (self._goal, *hints):
            path = workflow.path(here, aim, frozenset(self._visited))
            if path:
                return tuple(way for way in ways if way.to.id == path[0].id)
        reachable = ", ".join(dict.fromkeys(repr(way.to.name) for way in ways))
        raise self._refusal(
            f"has no known way there (from {here} this user can move it to {reachable}; name the statuses in between)"
        )

    def _ahead(self, here: Status) -> list[Goal]:
        """The hints not passed yet, the farthest first: no hint ever leads back."""
        passed = [number for number, hint in enumerate(self._via, 1) if hint.fits(here)]
        self._passed = max(self._passed, *passed, 0)
        return list(reversed(self._via[self._passed :]))

    def _into(self, ways: Sequence[Transition], goal: Goal) -> tuple[Transition, ...]:
        found = tuple(way for way in ways if goal.fits(way.to))
        ends = dict.fromkeys(way.to for way in found)
        if len(ends) > 1:
            raise self._refusal(f"has several such statuses in reach, name one by its id: {', '.join(map(str, ends))}")
        return found

    def _passable(self, ways: Sequence[Transition]) -> tuple[Transition, Filled]:
        """The first of transitions into one status whose screen can be filled."""
        problems: list[str] = []
        for way in ways:
            screen = filled(way.screen, self._fields)
            if not screen.problems:
                return way, screen
            problems += [problem for problem in screen.problems if problem not in problems]
        names = ", ".join(dict.fromkeys(repr(way.name) for way in ways))
        raise self._refusal(f"asks for fields in the transition {names}", "; ".join(problems))

    def _so_far(self, start: Status) -> str:
        return " -> ".join(repr(status.name) for status in (start, *self._steps))

    def _refusal(self, message: str, detail: str = "") -> RejectedError:
        return self._moving.refusal(message, self._step, detail)
