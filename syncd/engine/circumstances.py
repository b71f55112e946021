"""Why an issue stands as it does, beside its own link: its mapping's state and policy, what is withheld, the ways out.

What the link itself says is `engine.standing`. Asks neither system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syncd.core.model import Reason, Result
from syncd.core.policy import Policy
from syncd.core.spoken import ago
from syncd.engine.health import Status
from syncd.engine.standing import waiting
from syncd.mapping import Mapping
from syncd.store import Entry, Store
from syncd.store.insight import Insight

WINDOW = 50
"""Acts of an issue that are looked at, of all mappings together."""


def standing(store: Store, one: Insight, mapping: Mapping | None, acts: Sequence[Entry]) -> list[str]:
    """What waits, and why; or why nothing is written although nothing waits. Nothing when all is done.

    `acts` are the newest of the issue under this mapping.
    """
    return [*waiting(one), *_unwritten(one, mapping, acts, _missing_for(store, one))]


def acts_of(store: Store, one: Insight, most: int = WINDOW) -> list[Entry]:
    """The newest acts under this mapping. Ids of issues are numbers, so two sites may have the same ones."""
    acts = store.journal.of(one.link.issue_id, WINDOW)
    return [act for act in acts if act.mapping == one.link.mapping][:most]


def troubles(status: Status, name: str) -> list[str]:
    """What keeps the whole mapping from its work, in the words of `syncd status`."""
    if any(cursor.paused for cursor in status.cursors if cursor.mapping == name):
        return [paused(name)]
    own = f"mapping {name}: "
    return [reason.removeprefix(own) for reason in status.readiness.reasons if reason.startswith(own)]


def paused(name: str) -> str:
    return f"it is paused: nothing is listed or written until `syncd resume --mapping {name}`"


def _missing_for(store: Store, one: Insight) -> float | None:
    """Seconds since a census did not find the issue, while it is not yet established what became of it."""
    suspects = store.lifecycle.suspects(one.link.mapping, one.site)
    return next((suspect.waited for suspect in suspects if suspect.issue_id == one.link.issue_id), None)


def _withheld(acts: Sequence[Entry]) -> bool:
    """Whether the issue itself, not a comment, was kept back when it was last looked at."""
    said = next((act for act in acts if act.result != Result.WARNED), None)
    return said is not None and said.reason == Reason.PRIVATE


def _unwritten(one: Insight, mapping: Mapping | None, acts: Sequence[Entry], missing: float | None) -> Iterator[str]:
    """Why nothing is written although nothing waits."""
    if missing is not None:
        yield (
            f"missing from its query for {ago(missing)}: it is asked for by id, twice, before it counts as gone "
            "(`syncd census` asks now)"
        )
    if _withheld(acts):
        yield f"{Reason.PRIVATE} (`restricted` of its `source`)"
    if mapping is not None and mapping.policy is Policy.OBSERVE:
        yield f"{Reason.OBSERVED}; `syncd plan --issue {one.link.issue_key}` shows what it would be"


def ways_out(one: Insight, mapping: Mapping | None) -> Iterator[str]:
    """What a person can do about it, and what the policy leaves to others."""
    key, record = one.link.issue_key, one.link.record_number or "RECORD"
    if one.detached:
        yield f"`syncd links adopt {key} {record} --mapping {one.link.mapping}` ties it again"
    elif one.link.cause:
        yield f"mend the cause, then `syncd parked retry {key}`; a change in Jira tries it again, too"
    if mapping is not None and one.link.record_id:
        if mapping.policy is Policy.CREATE_ONLY:
            yield str(Reason.CREATED_ONCE)
        if mapping.policy is Policy.NOTES_ONLY:
            yield "policy notes_only: comments become notes, the fields are up to the record's people"
