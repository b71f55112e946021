"""The rules of problem and problem_task: strict transitions, what a state demands, computed priority (facts 4.30)."""

from __future__ import annotations

import uuid

from syncd.sandbox.servicenow.problems import aborted
from syncd.sandbox.servicenow.rules import Write, closed_task, computed_priority, counted_reassignment, opened

NEW, ASSESS, ANALYSIS, FIX, RESOLVED, CLOSED = "101", "102", "103", "104", "106", "107"

TRANSITIONS = {
    NEW: (ASSESS, ANALYSIS, CLOSED),
    ASSESS: (ANALYSIS, CLOSED),
    ANALYSIS: (FIX, RESOLVED, CLOSED),
    FIX: (RESOLVED, ANALYSIS),
    RESOLVED: (CLOSED, ANALYSIS),
    CLOSED: (ANALYSIS,),
}
TRANSITION_RULE = "Problem: Check state transition"


def mirrored_state(write: Write) -> None:
    if "problem_state" in write.sent and "state" not in write.sent:
        write.sets("state", write.after("problem_state"))
    write.sets("problem_state", write.after("state"))


def checked_transition(write: Write) -> None:
    """The state model allows certain steps only; an instance may also drop a new state without a word."""
    wanted = write.options.problem_transitions
    if write.old is None or not write.changes("state") or wanted == "free":
        return
    first_step = (write.before("state"), write.after("state")) == (NEW, ASSESS)
    if wanted == "ignored" and not write.scripted and not first_step:
        write.sets("state", write.before("state"))
        write.sets("problem_state", write.before("state"))
        return
    if write.after("state") not in TRANSITIONS.get(write.before("state"), ()):
        raise aborted(write.table, TRANSITION_RULE, uuid.uuid5(uuid.NAMESPACE_OID, TRANSITION_RULE).hex)


_NEEDED = {
    "fix_applied": ("cause_notes", "fix_notes"),
    "risk_accepted": ("cause_notes", "close_notes"),
    "canceled": ("close_notes",),
    "duplicate": ("duplicate_of",),
}


def completeness(write: Write) -> None:
    """From Assess on somebody must be assigned; resolving and closing demand a code, and what that code demands."""
    state = write.after("state")
    if state in (ASSESS, ANALYSIS, FIX):
        write.require(("assigned_to",))
    if state == FIX:
        write.require(("cause_notes", "fix_notes"))
    if state in (RESOLVED, CLOSED):
        write.require(("resolution_code", *_NEEDED.get(write.after("resolution_code"), ())))


def stamped(write: Write) -> None:
    """When and by whom it was confirmed, fixed and resolved; and how often it was opened again."""
    if not write.changes("state"):
        return
    reached = {ANALYSIS: ("confirmed_at", "confirmed_by"), FIX: ("fix_at", "fix_by")}
    reached[RESOLVED] = ("resolved_at", "resolved_by")
    if write.after("state") in reached:
        at, by = reached[write.after("state")]
        write.sets(at, write.stamp)
        write.sets(by, write.user.sys_id)
    if write.before("state") in (RESOLVED, CLOSED) and write.after("state") == ANALYSIS:
        write.sets("reopen_count", str(int(write.before("reopen_count") or "0") + 1))
        write.sets("reopened_at", write.stamp)
        write.sets("reopened_by", write.user.sys_id)


def closing(write: Write) -> None:
    closed_task(write, (CLOSED,))


def closing_task(write: Write) -> None:
    closed_task(write, ("157",))


PROBLEM_RULES = (
    opened,
    mirrored_state,
    checked_transition,
    completeness,
    stamped,
    counted_reassignment,
    computed_priority,
    closing,
)
PROBLEM_TASK_RULES = (opened, counted_reassignment, closing_task)
