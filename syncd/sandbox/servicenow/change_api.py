"""The Change Management API (facts 4.26 to 4.28): the same records as the Table API's, in quite another dress.

Creating answers 200, every value is typed and wrapped, and refusals put their text into `message`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from syncd.sandbox.servicenow import writing
from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.display import display, local_moment
from syncd.sandbox.servicenow.encoded_query import parse
from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_object
from syncd.sandbox.servicenow.problems import Problem
from syncd.sandbox.servicenow.rules_change import next_states
from syncd.sandbox.servicenow.schema import Column
from syncd.sandbox.servicenow.search import ordered
from syncd.sandbox.servicenow.writing import Manner

CHANGE, TASK = "change_request", "change_task"
DEFAULT_LIMIT = 500
_MANNER = Manner(any_choice=True, through=CHANGE)


class ChangeApi:
    """The handlers of `/api/sn_chg_rest[/v1]/change...`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def index(self, call: Call, version: str, kind: str = "") -> Answer:
        encoded = call.param("sysparm_query")
        query = parse("^".join(part for part in (f"type={kind}" if kind else "", encoded) if part))
        rows = self._instance.search(CHANGE, query, call.user)
        rows = ordered(self._instance.database, CHANGE, rows, query.orders, self._instance.options.seed)
        limit = int(call.param("sysparm_limit")) if call.param("sysparm_limit").isdigit() else DEFAULT_LIMIT
        offset = int(call.param("sysparm_offset")) if call.param("sysparm_offset").isdigit() else 0
        page = [r for r in rows[offset : offset + limit] if self._instance.may_see(CHANGE, r, call.user)]
        return answer(call, {"result": [self._shown(CHANGE, row, call.user) for row in page]})

    def create(self, call: Call, version: str, kind: str = "") -> Answer:
        """200, not 201."""
        sent = read_object(call, self._instance.options.max_body)
        return self._created(call, {**sent, **({"type": kind} if kind else {})})

    def create_standard(self, call: Call, version: str, kind: str, template: str) -> Answer:
        versions = self._instance.database.tables["std_change_producer_version"]
        fitting = [v for v in versions if template in (v["sys_id"], v.get("std_change_producer"))]
        if not fitting:
            return _refused(call, Problem(404, "Standard change template could not be found", ""))
        sent = read_object(call, self._instance.options.max_body)
        return self._created(call, {**sent, "type": kind, "std_change_producer_version": fitting[0]["sys_id"]})

    def get(self, call: Call, version: str, sys_id: str, kind: str = "") -> Answer:
        return self._answered(call, "", lambda: self._instance.visible(CHANGE, sys_id, call.user)[1])

    def update(self, call: Call, version: str, sys_id: str, kind: str = "") -> Answer:
        sent = read_object(call, self._instance.options.max_body)
        return self._answered(
            call,
            "Change Request record could not be updated. ",
            lambda: writing.update(self._instance, CHANGE, sys_id, sent, call.user, _MANNER),
        )

    def delete(self, call: Call, version: str, sys_id: str, kind: str = "") -> Answer:
        return self._deleted(call, CHANGE, sys_id)

    def next_states(self, call: Call, version: str, sys_id: str) -> Answer:
        """Where the change may go, and the labels of all its states."""
        found = self._found(call, CHANGE, sys_id)
        if isinstance(found, Answer):
            return found
        labels = self._instance.choices.of(CHANGE, "state") or {}
        possible = next_states(found.get("type", "normal"), found["state"])
        available = [found["state"], *possible]
        transitions = [[_transition(found["state"], state, labels)] for state in possible]
        result = {
            "available_states": available,
            "state_transitions": transitions,
            "state_label": {state: labels.get(state, state) for state in available},
        }
        return answer(call, {"result": result})

    def conflict(self, call: Call, version: str, sys_id: str) -> Answer:
        found = self._found(call, CHANGE, sys_id)
        if isinstance(found, Answer):
            return found
        return answer(call, {"result": {"status": found.get("conflict_status", "Not Run"), "conflicts": []}})

    def schedule(self, call: Call, version: str, sys_id: str) -> Answer:
        found = self._found(call, CHANGE, sys_id)
        if isinstance(found, Answer):
            return found
        wanted = ("start_date", "end_date")
        shown = self._shown(CHANGE, found, call.user)
        return answer(call, {"result": {name: shown[name] for name in wanted}})

    def tasks(self, call: Call, version: str, sys_id: str) -> Answer:
        found = self._found(call, CHANGE, sys_id)
        if isinstance(found, Answer):
            return found
        rows = self._instance.search(TASK, parse(f"change_request={found['sys_id']}^ORDERBYnumber"), call.user)
        return answer(call, {"result": [self._shown(TASK, row, call.user) for row in rows]})

    def create_task(self, call: Call, version: str, sys_id: str) -> Answer:
        found = self._found(call, CHANGE, sys_id)
        if isinstance(found, Answer):
            return found
        sent = {**read_object(call, self._instance.options.max_body), "change_request": found["sys_id"]}
        return self._answered(
            call,
            "Change Task record could not be created. ",
            lambda: writing.insert(self._instance, TASK, sent, call.user, _MANNER),
            TASK,
        )

    def task(self, call: Call, version: str, sys_id: str, task_id: str) -> Answer:
        return self._answered(call, "", lambda: self._instance.visible(TASK, task_id, call.user)[1], TASK)

    def update_task(self, call: Call, version: str, sys_id: str, task_id: str) -> Answer:
        sent = read_object(call, self._instance.options.max_body)
        return self._answered(
            call,
            "Change Task record could not be updated. ",
            lambda: writing.update(self._instance, TASK, task_id, sent, call.user, _MANNER),
            TASK,
        )

    def delete_task(self, call: Call, version: str, sys_id: str, task_id: str) -> Answer:
        return self._deleted(call, TASK, task_id)

    def _created(self, call: Call, sent: Mapping[str, Any]) -> Answer:
        return self._answered(
            call,
            "Change Request record could not be created. ",
            lambda: writing.insert(self._instance, CHANGE, sent, call.user, _MANNER),
        )

    def _answered(self, call: Call, complaint: str, work: Callable[[], Row], table: str = CHANGE) -> Answer:
        try:
            row = work()
        except Problem as problem:
            return _refused(call, problem, complaint)
        return answer(call, {"result": self._shown(table, row, call.user)})

    def _deleted(self, call: Call, table: str, sys_id: str) -> Answer:
        try:
            writing.delete(self._instance, table, sys_id, call.user)
        except Problem as problem:
            return _refused(call, problem)
        return Answer(204)

    def _found(self, call: Call, table: str, sys_id: str) -> Row | Answer:
        try:
            return self._instance.visible(table, sys_id, call.user)[1]
        except Problem as problem:
            return _refused(call, problem)

    def _shown(self, table: str, row: Row, user: User) -> dict[str, dict[str, Any]]:
        columns = self._instance.schema.columns(table)
        return {name: self._wrapped(table, column, row.get(name, ""), user) for name, column in columns.items()}

    def _wrapped(self, table: str, column: Column, value: str, user: User) -> dict[str, Any]:
        shown = display(self._instance.database, self._instance.choices, table, column, value, user)
        wrapped: dict[str, Any] = {"display_value": shown, "value": _typed(column, value)}
        if column.kind in ("glide_date_time", "glide_date"):
            wrapped["display_value_internal"] = local_moment(value, user) if value else ""
        return wrapped


def _typed(column: Column, value: str) -> Any:
    """Numbers are floats (-5.0) and booleans are booleans; empty stays an empty string."""
    if column.kind == "boolean":
        return value == "true"
    if column.kind == "integer" and value:
        return float(value)
    return value


def _transition(source: str, target: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "sys_id": f"{source}->{target}",
        "display_value": f"{labels.get(source, source)} to {labels.get(target, target)}",
        "from_state": source,
        "to_state": target,
        "transition_available": True,
        "automatic_transition": False,
        "conditions": [],
    }


def _refused(call: Call, problem: Problem, complaint: str = "") -> Answer:
    """The text goes into `message`, and `detail` stays empty (facts 4.28)."""
    if problem.status == 404 and problem.detail != "":
        complaint, text = "", "Change record could not be found"
    else:
        text = problem.detail or problem.message
    body = {"error": {"message": complaint + text, "detail": ""}, "status": "failure"}
    return answer(call, body, problem.status)
