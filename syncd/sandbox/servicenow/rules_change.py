"""The rules of change_request and change_task: the models' ways through the states (facts 4.22 to 4.25)."""

from __future__ import annotations

import uuid

from syncd.sandbox.servicenow.problems import aborted
from syncd.sandbox.servicenow.rules import Write, closed_task, counted_reassignment, opened

NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"

_WAYS = {
    "normal": (NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED),
    "emergency": (NEW, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED),
    "standard": (NEW, SCHEDULED, IMPLEMENT, REVIEW, CLOSED),
}
TRANSITION_RULE = "Change Model: Check State Transition"
TYPE_RULE = "Change Model: Type can be changed in New only"
STANDARD_RULE = "Standard Change: template version is required"


def next_states(kind: str, state: str) -> tuple[str, ...]:
    """Where a change of this type may go from a state: one step on, or canceled while it is open."""
    way = _WAYS.get(kind, _WAYS["normal"])
    if state not in way or state == CLOSED:
        return ()
    return (way[way.index(state) + 1], CANCELED)


def checked_transition(write: Write) -> None:
    """States may not be skipped."""
    if write.old is None or not write.changes("state") or not write.options.change_transitions:
        return
    if write.after("state") not in next_states(write.before("type"), write.before("state")):
        raise _aborted(write, TRANSITION_RULE)


def template_fills_in(write: Write) -> None:
    """A standard change starts with the values of its template, where the caller sent none."""
    if write.old is not None or write.after("type") != "standard":
        return
    template = write.lookup("std_change_producer_version", write.after("std_change_producer_version"))
    for assignment in filter(None, template.get("values", "").split("^")):
        name, _, value = assignment.partition("=")
        if name not in write.sent:
            write.sets(name, value)


def type_only_in_new(write: Write) -> None:
    if write.old is not None and write.changes("type") and write.before("state") != NEW:
        raise _aborted(write, TYPE_RULE)


def standard_needs_a_template(write: Write) -> None:
    is_standard = write.after("type") == "standard"
    if write.old is None and is_standard and not write.after("std_change_producer_version"):
        raise _aborted(write, STANDARD_RULE)


def closing(write: Write) -> None:
    """Closing demands a code and notes; the priority, unlike an incident's, is what was sent (facts 4.23, 11.5)."""
    if write.after("state") == CLOSED:
        write.require(("close_code", "close_notes"))
    closed_task(write, (CLOSED, CANCELED))


def requested(write: Write) -> None:
    if write.old is None:
        write.sets("requested_by", write.after("requested_by") or write.user.sys_id)


def closing_task(write: Write) -> None:
    """Closing a task demands a code and notes, as closing its change does."""
    if write.after("state") == "3":
        write.require(("close_code", "close_notes"))
    closed_task(write, ("3", "4"))


def _aborted(write: Write, rule: str) -> Exception:
    return aborted(write.table, rule, uuid.uuid5(uuid.NAMESPACE_OID, rule).hex)


CHANGE_RULES = (
    opened,
    requested,
    standard_needs_a_template,
    template_fills_in,
    type_only_in_new,
    checked_transition,
    counted_reassignment,
    closing,
)
CHANGE_TASK_RULES = (opened, counted_reassignment, closing_task)
