"""A mapping with the two systems it names: what an issue travels along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.core.identity import identity_of
from syncd.core.model import Link, Outcome, Result
from syncd.core.plan import Rules
from syncd.core.ports import Identity, Source, Target
from syncd.mapping import Mapping

Listener = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Route:
    """One mapping, its source and its target."""

    mapping: Mapping
    source: Source
    target: Target

    @property
    def name(self) -> str:
        return self.mapping.name

    def rules(self, *, shown: bool = False) -> Rules:
        mapping = self.mapping
        return Rules(
            mapping.policy,
            mapping.conflict_for,
            mapping.comments,
            mapping.target.final,
            shown,
            mapping.lifecycle,
            mapping.status.columns() if mapping.status else frozenset(),
        )

    def identity(self, link: Link) -> Identity:
        return identity_of(link.mapping, link.site, link.issue_id, link.record_id)


def outcome_of(link: Link, result: Result, reason: str = "", **more: object) -> Outcome:
    """What came of this link's issue."""
    return Outcome(
        mapping=link.mapping,
        issue_id=link.issue_id,
        issue_key=link.issue_key,
        result=result,
        record_id=link.record_id,
        record_number=link.record_number,
        reason=reason,
        **more,  # type: ignore[arg-type]  # `cause`, `fields` and `lag`, as Outcome declares them
    )
