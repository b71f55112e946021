"""Issues that are moved: by what is possible now, over as many steps as are known, with the fields asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from syncd.errors import DoubtfulError, RejectedError, UnavailableError, UnreadableError
from syncd.jira.moving import MOST_STEPS
from syncd.jira.transitions import Goal
from syncd.sandbox.jira.catalog import CATEGORIES, DONE, IN_PROGRESS, TO_DO
from syncd.sandbox.jira.model import Issue, Project, Status
from syncd.sandbox.jira.rest import transitions as rest
from syncd.sandbox.jira.workflow import Transition
from tests.jira.writing import BODILESS_ANSWERS_LOST, Desk, cloud, datacenter, either, lose, running

__all__ = ["cloud", "datacenter", "either", "running"]

POST = "*/transitions"
LOOK, LIST, TAKE = "issue.status", "transitions", "transition"

REVIEW = Status("10010", "Review", CATEGORIES["indeterminate"])
TESTING = Status("10011", "Testing", CATEGORIES["indeterminate"])
CANCELLED = Status("10012", "Cancelled", CATEGORIES["done"])
OTHER_REVIEW = Status("10013", "Review", CATEGORIES["indeterminate"])

Graph = dict[str, list[Status]]
SetGraph = Callable[..., None]


def named(name: str) -> Goal:
    return Goal("name", name)


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> SetGraph:
    """Replace the sandbox's workflow by one of these edges; ids of transitions depend on where they begin."""

    def use(*edges: tuple[Status, Status]) -> None:
        def transitions(issue: Issue, project: Project) -> tuple[Transition, ...]:
            ways = [(n, end) for n, (start, end) in enumerate(edges) if start.id == issue.status.id]
            return tuple(Transition(str(100 + n), f"to {end.name}", end) for n, end in ways)

        monkeypatch.setattr(rest, "transitions", transitions)

    return use


def chain(*statuses: Status) -> list[tuple[Status, Status]]:
    return list(itertools.pairwise(statuses))


def put(at: Desk, status: Status) -> None:
    """A person moves the issue, whatever the workflow says."""
    with at.sandbox.site.lock:
        writer, person = at.sandbox.site.writer, at.sandbox.site.people.needed("alice")
        writer.transition(at.issue, status, {}, person)


@pytest.mark.parametrize("goal", [Goal("id", IN_PROGRESS.id), named("in progress"), Goal("category", "indeterminate")])
def test_one_step(either: Desk, goal: Goal) -> None:
    moved = either.writer.move(either.id, goal)
    assert either.status == "In Progress"
    assert (moved.status.id, [step.name for step in moved.steps]) == (IN_PROGRESS.id, ["In Progress"])
    assert either.made() == [LOOK, LIST, TAKE, LOOK]


def test_an_issue_that_is_there_already_costs_a_look(either: Desk) -> None:
    moved = either.writer.move(either.id, named("To Do"), fields={"resolution": "Done"})
    assert moved.steps == ()
    assert either.made() == [LOOK]


@pytest.mark.parametrize(("kind", "done"), BODILESS_ANSWERS_LOST)
def test_a_lost_answer_is_a_doubt_that_a_look_ends(either: Desk, kind: str, done: bool) -> None:
    lose(either.sandbox, kind, POST, done=done)
    with pytest.raises(DoubtfulError):
        either.writer.move(either.id, named("In Progress"))
    assert either.made(writes=True) == [TAKE]
    assert (either.status == "In Progress") is done
    assert len(either.writer.move(either.id, named("In Progress")).steps) == (0 if done else 1)
    assert either.status == "In Progress"
    assert either.made(writes=True) == ([] if done else [TAKE])
    assert len(either.issue.history) == 1


# ---- the way


def test_a_way_that_was_seen_is_taken_again(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, TESTING))
    for goal in (named("In Progress"), named("Review"), named("Testing")):
        either.writer.move(either.id, goal)
    put(either, TO_DO)
    moved = either.writer.move(either.id, named("Testing"))
    assert [step.name for step in moved.steps] == ["In Progress", "Review", "Testing"]


def test_another_issue_of_the_same_kind_knows_the_way_too(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW))
    either.writer.move(either.id, named("In Progress"))
    either.writer.move(either.id, named("Review"))
    other = either.sandbox.act.create(summary="Another")
    bug = either.sandbox.act.create(summary="A bug has a workflow of its own", type="Bug")
    assert len(either.writer.move(str(other.id), named("Review")).steps) == 2
    with pytest.raises(RejectedError, match="no known way"):
        either.writer.move(str(bug.id), named("Review"))


def test_an_unknown_way_is_not_guessed(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW))
    with pytest.raises(RejectedError, match=r"can move it to 'In Progress'; name the statuses in between"):
        either.writer.move(either.id, named("Review"))
    assert either.status == "To Do"
    assert either.made(writes=True) == []


def test_hints_lead_where_nobody_has_been(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, TESTING))
    via = [named("In Progress"), Goal("id", REVIEW.id)]
    moved = either.writer.move(either.id, named("Testing"), via=via)
    assert [step.name for step in moved.steps] == ["In Progress", "Review", "Testing"]
    assert either.made(writes=True) == [TAKE] * 3


def test_an_issue_half_way_goes_on_from_there(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, TESTING))
    put(either, REVIEW)
    moved = either.writer.move(either.id, named("Testing"), via=[named("In Progress"), named("Review")])
    assert [step.name for step in moved.steps] == ["Testing"]


def test_hints_never_lead_back(either: Desk, workflow: SetGraph) -> None:
    """The last step may be shut for now; then the issue stays where it is."""
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, IN_PROGRESS))
    put(either, REVIEW)
    with pytest.raises(RejectedError, match="no known way"):
        either.writer.move(either.id, named("Testing"), via=[named("In Progress"), named("Review")])
    assert either.status == "Review"
    assert either.made(writes=True) == []


def test_a_lost_answer_half_way_is_taken_up_where_it_stands(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW))
    either.sandbox.faults.add("drop_after", method="POST", path=POST, after=1)
    with pytest.raises(DoubtfulError):
        either.writer.move(either.id, named("Review"), via=[named("In Progress")])
    assert either.writer.move(either.id, named("Review"), via=[named("In Progress")]).steps == ()


def test_nothing_is_closed_on_the_way_to_somewhere_else(either: Desk, workflow: SetGraph) -> None:
    """Known or not: closing tells people and sets a resolution."""
    workflow((TO_DO, DONE), (DONE, REVIEW), (TO_DO, IN_PROGRESS), (IN_PROGRESS, TO_DO))
    either.writer.move(either.id, named("Done"))
    either.writer.move(either.id, named("Review"))
    put(either, TO_DO)
    with pytest.raises(RejectedError, match="no known way"):
        either.writer.move(either.id, named("Review"))
    assert either.status == "To Do"
    assert len(either.writer.move(either.id, named("Review"), via=[named("Done")]).steps) == 2


def test_the_shortest_known_way_is_taken(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, TESTING), (TO_DO, REVIEW), (REVIEW, TO_DO), (IN_PROGRESS, TO_DO))
    for name in ("In Progress", "To Do", "Review", "Testing"):
        either.writer.move(either.id, named(name))
    put(either, TO_DO)
    assert [step.name for step in either.writer.move(either.id, named("Testing")).steps] == ["Review", "Testing"]


def test_a_way_that_is_gone_is_forgotten(either: Desk, workflow: SetGraph) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW))
    either.writer.move(either.id, named("Review"), via=[named("In Progress")])
    workflow(*chain(TO_DO, IN_PROGRESS, TESTING))
    put(either, TO_DO)
    with pytest.raises(RejectedError, match="from 'In Progress'"):
        either.writer.move(either.id, named("Review"))
    assert either.status == "In Progress"
    put(either, TO_DO)
    with pytest.raises(RejectedError, match="from 'To Do'"):
        either.writer.move(either.id, named("Review"))
    assert either.status == "To Do"


def test_a_walk_comes_to_an_end(either: Desk, workflow: SetGraph) -> None:
    """Hints lead on and on, each to a status that was not visited yet."""
    stations = [Status(str(20_000 + n), f"Station {n}", CATEGORIES["indeterminate"]) for n in range(MOST_STEPS + 3)]
    workflow(*chain(TO_DO, *stations, DONE))
    with pytest.raises(RejectedError, match=f"in {MOST_STEPS} steps"):
        either.writer.move(either.id, named("Done"), via=[named(station.name) for station in stations])
    assert either.made(writes=True) == [TAKE] * MOST_STEPS


def land(at: Desk, wanted: Status, actual: Status | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Automation has its own mind: who is moved to `wanted` lands in `actual`, or stays (None)."""
    move = at.sandbox.site.writer.transition

    def transition(issue: Issue, status: Status, *rest: Any, **more: Any) -> Issue:
        if status.id != wanted.id:
            return move(issue, status, *rest, **more)
        return issue if actual is None else move(issue, actual, *rest, **more)

    monkeypatch.setattr(at.sandbox.site.writer, "transition", transition)


def test_a_transition_that_leads_nowhere_is_not_taken_again(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    land(either, IN_PROGRESS, None, monkeypatch)
    with pytest.raises(RejectedError, match=r"confirmed the transition 'Start work', and left the issue in 'To Do'"):
        either.writer.move(either.id, named("In Progress"))
    assert either.made(writes=True) == [TAKE]


def test_a_transition_that_leads_back_is_not_taken_again(
    either: Desk, workflow: SetGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW, TESTING))
    land(either, REVIEW, TO_DO, monkeypatch)
    with pytest.raises(RejectedError, match=r"leads in a circle: .*'In Progress' -> 'To Do'"):
        either.writer.move(either.id, named("Testing"), via=[named("In Progress"), named("Review")])
    assert either.made(writes=True) == [TAKE, TAKE]


def test_a_transition_that_leads_further_is_welcome(
    either: Desk, workflow: SetGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow(*chain(TO_DO, IN_PROGRESS, REVIEW))
    land(either, IN_PROGRESS, REVIEW, monkeypatch)
    moved = either.writer.move(either.id, named("Review"), via=[named("In Progress")])
    assert [step.name for step in moved.steps] == ["Review"]


# ---- which one


def test_a_category_with_several_statuses_in_reach_is_for_people_to_decide(either: Desk, workflow: SetGraph) -> None:
    workflow((TO_DO, DONE), (TO_DO, CANCELLED))
    with pytest.raises(RejectedError, match=r"'Done' \(10001\), 'Cancelled' \(10012\)"):
        either.writer.move(either.id, Goal("category", "done"))
    assert either.status == "To Do"


def test_two_statuses_of_one_name_are_told_apart_by_id(either: Desk, workflow: SetGraph) -> None:
    workflow((TO_DO, REVIEW), (TO_DO, OTHER_REVIEW))
    with pytest.raises(RejectedError, match="name one by its id"):
        either.writer.move(either.id, named("Review"))
    either.writer.move(either.id, Goal("id", OTHER_REVIEW.id))
    assert either.issue.status.id == OTHER_REVIEW.id


def test_an_empty_list_means_no_permission(either: Desk) -> None:
    either.sandbox.act.deny("transition", "OPS")
    with pytest.raises(RejectedError, match="Transition Issues"):
        either.writer.move(either.id, named("Done"))
    assert either.made(writes=True) == []


# ---- screens


def test_a_resolution_that_is_asked_for_is_given_by_name(either: Desk) -> None:
    either.sandbox.set(resolution_required=True)
    moved = either.writer.move(either.id, named("Done"), fields={"resolution": "won't do"})
    assert either.issue.fields["resolution"].name == "Won't Do"
    assert moved.left_out == ()


def test_a_field_that_nobody_gave_is_named_with_its_values(either: Desk) -> None:
    either.sandbox.set(resolution_required=True)
    with pytest.raises(RejectedError) as caught:
        either.writer.move(either.id, named("Done"))
    said = "Resolution is required (allowed: Done, Won't Do, Duplicate, Cannot Reproduce)"
    assert caught.value.detail == said
    assert either.made(writes=True) == []


def test_a_value_that_is_not_allowed_is_named_too(either: Desk) -> None:
    with pytest.raises(RejectedError, match=r"Resolution cannot be 'Fixed' \(allowed: Done, "):
        either.writer.move(either.id, named("Done"), fields={"resolution": "Fixed"})
    assert either.status == "To Do"


def test_fields_that_no_screen_takes_are_left_out_and_told(either: Desk) -> None:
    moved = either.writer.move(either.id, named("In Progress"), fields={"resolution": "Done"})
    assert moved.left_out == ("resolution",)
    assert either.status == "In Progress"


def test_fields_wait_for_the_step_that_asks_for_them(either: Desk) -> None:
    moved = either.writer.move(
        either.id, named("Done"), via=[named("In Progress")], fields={"resolution": {"name": "Duplicate"}}
    )
    assert moved.left_out == ()
    assert either.issue.fields["resolution"].name == "Duplicate"


# ---- others at work


@pytest.mark.parametrize("count", [1, 2])
def test_a_collision_is_tried_once_more_if_nothing_changed(either: Desk, count: int) -> None:
    either.sandbox.faults.add("409", method="POST", path=POST, count=count)
    if count == 1:
        assert len(either.writer.move(either.id, named("In Progress")).steps) == 1
    else:
        with pytest.raises(RejectedError, match="updated by somebody else"):
            either.writer.move(either.id, named("In Progress"))
    assert either.made(writes=True) == [TAKE, TAKE]


class Rival:
    """Moves the issue at the moment when the writer has listed its transitions."""

    def __init__(self, at: Desk, to: Status, monkeypatch: pytest.MonkeyPatch) -> None:
        listed = at.writer._moving.ways

        def ways(issue: str) -> Any:
            found = listed(issue)
            monkeypatch.undo()
            put(at, to)
            return found

        monkeypatch.setattr(at.writer._moving, "ways", ways)


def test_somebody_was_faster(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    Rival(either, IN_PROGRESS, monkeypatch)
    assert either.writer.move(either.id, named("In Progress")).status.name == "In Progress"
    assert either.made(writes=True) == [TAKE]


def test_somebody_went_elsewhere(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    Rival(either, DONE, monkeypatch)
    with pytest.raises(RejectedError, match="no known way"):
        either.writer.move(either.id, named("In Progress"))
    assert either.status == "Done"


@pytest.mark.parametrize("kind", ["422", "429"])
def test_what_jira_cannot_do_is_said_at_once(either: Desk, kind: str) -> None:
    either.sandbox.faults.add(kind, method="POST", path=POST)
    with pytest.raises(RejectedError if kind == "422" else UnavailableError):
        either.writer.move(either.id, named("In Progress"))
    assert either.made(writes=True) == [TAKE]


@pytest.mark.parametrize("path", ["*/issue/*", "*/transitions"])
def test_a_look_that_fails_moves_nothing(either: Desk, path: str) -> None:
    either.sandbox.faults.add("html", method="GET", path=path, count=None)
    with pytest.raises(UnreadableError):
        either.writer.move(either.id, named("In Progress"))
    assert either.made(writes=True) == []


def test_an_issue_that_is_gone_is_not_found(either: Desk) -> None:
    number = either.id
    either.sandbox.act.delete("OPS-1")
    with pytest.raises(RejectedError):
        either.writer.move(number, named("Done"))
