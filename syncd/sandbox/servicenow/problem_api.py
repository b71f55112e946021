"""The scripted REST resource of an app from the store, which moves problems through their states.

servicenow.itsm depends on it, since the Table API of current releases does not support these transitions (facts 4.30).
"""

from __future__ import annotations

from syncd.sandbox.servicenow import writing
from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_object
from syncd.sandbox.servicenow.problems import Problem, no_record
from syncd.sandbox.servicenow.rendering import Renderer, View
from syncd.sandbox.servicenow.rules_problem import TRANSITIONS
from syncd.sandbox.servicenow.writing import Manner

TABLE = "problem"


class ProblemApi:
    """`PATCH /api/x_rhtpp_ansible/problem/{number}/new_state/{state}`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def move(self, call: Call, number: str, state: str) -> Answer:
        """Set the fields of the body and the state of the path, if the present state allows that."""
        rows = self._instance.database.having(TABLE, "number", [number])
        if not rows:
            raise no_record()
        now = rows[0]["state"]
        if state != now and state not in TRANSITIONS.get(now, ()):
            raise Problem(400, f"Problem state transition from state {now} to {state} is not possible", "")
        sent = {**read_object(call, self._instance.options.max_body), "state": state}
        row = writing.update(
            self._instance, TABLE, rows[0]["sys_id"], sent, call.user, Manner(through=TABLE, scripted=True)
        )
        shown = Renderer(self._instance, TABLE, View.of(call, "/api/now/table")).show(TABLE, row)
        return answer(call, {"result": shown})
