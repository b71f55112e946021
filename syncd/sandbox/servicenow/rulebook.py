"""Which rules run on which table, in which order."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.servicenow.rules import Rule, Write, closed_task, counted_reassignment, opened
from syncd.sandbox.servicenow.rules_change import CHANGE_RULES, CHANGE_TASK_RULES
from syncd.sandbox.servicenow.rules_incident import INCIDENT_RULES
from syncd.sandbox.servicenow.rules_problem import PROBLEM_RULES, PROBLEM_TASK_RULES


def _closing(write: Write) -> None:
    closed_task(write, ("3", "4", "7"))


def _submitted(write: Write) -> None:
    """A request that is submitted goes on at once."""
    if write.changes("request_state") and write.after("request_state") == "submitted":
        write.sets("request_state", "in_process")


def _full_name(write: Write) -> None:
    """The name of a person is made of its parts."""
    if {"first_name", "last_name"} & write.sent:
        write.sets("name", f"{write.after('first_name')} {write.after('last_name')}".strip())


_TASK_RULES: tuple[Rule, ...] = (opened, counted_reassignment, _closing)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "task": _TASK_RULES,
    "incident": INCIDENT_RULES,
    "incident_task": _TASK_RULES,
    "change_request": CHANGE_RULES,
    "change_task": CHANGE_TASK_RULES,
    "problem": PROBLEM_RULES,
    "problem_task": PROBLEM_TASK_RULES,
    "sc_request": (*_TASK_RULES, _submitted),
    "sc_req_item": _TASK_RULES,
    "sc_task": _TASK_RULES,
    "sys_user": (_full_name,),
}
