"""Where an issue can go from where it is. The fresh workflow is a graph; others lead from everywhere to anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.sandbox.jira.catalog import DONE, IN_PROGRESS, TO_DO
from syncd.sandbox.jira.model import Issue, Project, Status


@dataclass(frozen=True, slots=True)
class Transition:
    """`global_` ones start in any status. The one into a final status has a screen with the resolution on it."""

    id: str
    name: str
    to: Status
    global_: bool = False

    @property
    def has_screen(self) -> bool:
        return self.to.category.key == "done"

    @property
    def screen(self) -> frozenset[str]:
        return frozenset({"resolution", "fixVersions"}) if self.has_screen else frozenset()


_GRAPH = {
    TO_DO.id: (Transition("21", "Start work", IN_PROGRESS), Transition("31", "Done", DONE)),
    IN_PROGRESS.id: (Transition("11", "Back to the queue", TO_DO), Transition("31", "Done", DONE)),
    DONE.id: (Transition("41", "Reopen", TO_DO),),
}


def transitions(issue: Issue, project: Project) -> tuple[Transition, ...]:
    if {status.id for status in project.statuses} <= set(_GRAPH):
        return _GRAPH[issue.status.id]
    return tuple(
        Transition(str(n * 10 + 1), status.name, status, global_=True)
        for n, status in enumerate(project.statuses, 1)
        if status.id != issue.status.id
    )
