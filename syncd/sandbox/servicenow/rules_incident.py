"""The rules of incident: mirrored state, computed priority, what resolving and closing demand (facts 4.1 to 4.13)."""

from __future__ import annotations

from syncd.sandbox.servicenow.problems import acl
from syncd.sandbox.servicenow.rules import Write, closed_task, computed_priority, counted_reassignment, opened

IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "2", "3", "6", "7", "8"
AWAITING_CALLER = "1"
MAY_CLOSE = ("itil_admin", "admin")


def closed_is_read_only(write: Write) -> None:
    """A closed incident is read-only for everybody but its administrators, reopening included (facts 4.7, 4.8)."""
    if write.before("state") != CLOSED or write.user.has(MAY_CLOSE) or not write.options.read_only_when_closed:
        return
    if write.options.close_refusal == "forbidden":
        raise acl("Update")
    write.new = dict(write.old or {})
    write.notes.clear()


def closing_needs_a_role(write: Write) -> None:
    """Closed is for itil_admin and the nightly job; everybody else resolves (facts 4.7)."""
    if write.after("state") != CLOSED or write.before("state") == CLOSED or write.user.has(MAY_CLOSE):
        return
    if write.options.close_refusal == "forbidden":
        raise acl("Insert" if write.old is None else "Update")
    write.sets("state", write.before("state") or "1")
    write.sets("incident_state", write.before("state") or "1")


def mirrored_state(write: Write) -> None:
    """`incident_state` follows `state`; if only the former was set, the latter follows it (facts 4.1)."""
    if write.changes("incident_state") and "state" not in write.sent and "incident_state" in write.sent:
        write.sets("state", write.after("incident_state"))
    write.sets("incident_state", write.after("state"))


def caller_answered(write: Write) -> None:
    """A comment of the caller ends the waiting for the caller (facts 4.2)."""
    waiting = write.before("state") == ON_HOLD and write.before("hold_reason") == AWAITING_CALLER
    if waiting and write.notes.get("comments") and write.before("caller_id") == write.user.sys_id:
        write.sets("state", IN_PROGRESS)


def hold_reason_ends(write: Write) -> None:
    if write.before("state") == ON_HOLD and write.after("state") != ON_HOLD:
        write.sets("hold_reason", "")


def resolution(write: Write) -> None:
    """Resolving and closing demand a code and notes; when and by whom is filled in (facts 4.5, 4.10)."""
    done = (RESOLVED, CLOSED)
    if write.after("state") in done:
        write.require(("close_code", "close_notes"))
        if not write.after("resolved_at"):
            write.sets("resolved_at", write.stamp)
            write.sets("resolved_by", write.after("resolved_by") or write.user.sys_id)


def reopening(write: Write) -> None:
    if write.before("state") == RESOLVED and write.after("state") in ("1", IN_PROGRESS, ON_HOLD):
        write.sets("reopen_count", str(int(write.before("reopen_count") or "0") + 1))
        write.sets("reopened_by", write.user.sys_id)
        write.sets("reopened_time", write.stamp)
        write.sets("resolved_at", "")
        write.sets("resolved_by", "")


def closing(write: Write) -> None:
    closed_task(write, (CLOSED, CANCELED))


INCIDENT_RULES = (
    closed_is_read_only,
    opened,
    caller_answered,
    mirrored_state,
    closing_needs_a_role,
    resolution,
    reopening,
    hold_reason_ends,
    counted_reassignment,
    computed_priority,
    closing,
)
