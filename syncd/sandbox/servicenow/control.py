"""The control API under `/_sandbox`: faults, edits as another user, clock, state, reset. No real instance has it.

It needs no sign-in: whoever can reach a sandbox may do anything with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncd.sandbox.servicenow.exchange import Answer, Call, answer_json
from syncd.sandbox.servicenow.faults import Fault
from syncd.sandbox.servicenow.problems import Problem

if TYPE_CHECKING:
    from syncd.sandbox.servicenow.sandbox import ServiceNowSandbox

PREFIX = "/_sandbox"
Document = dict[str, Any]


class Control:
    """`PREFIX/{noun}...`; every answer is JSON."""

    def __init__(self, sandbox: ServiceNowSandbox) -> None:
        self._sandbox = sandbox
        self._verbs: dict[tuple[str, str], Callable[[Call, list[str]], Any]] = {
            ("GET", "state"): lambda call, rest: sandbox.state(),
            ("POST", "reset"): lambda call, rest: sandbox.reset(),
            ("GET", "calls"): lambda call, rest: sandbox.calls.as_document(),
            ("DELETE", "calls"): lambda call, rest: sandbox.calls.clear(),
            ("GET", "faults"): lambda call, rest: [_shown(a) for a in sandbox.faults.armed()],
            ("POST", "faults"): lambda call, rest: self._arm(_document(call)),
            ("DELETE", "faults"): self._disarm,
            ("GET", "records"): self._record,
            ("POST", "records"): self._create,
            ("PATCH", "records"): self._edit,
            ("DELETE", "records"): self._delete,
            ("POST", "hide"): self._hide,
            ("POST", "clock"): lambda call, rest: self._clock(_document(call)),
            ("POST", "auto_close"): lambda call, rest: {"closed": sandbox.auto_close(_number(call, "days"))},
            ("POST", "expire_tokens"): lambda call, rest: sandbox.tokens.expire_all(),
            ("POST", "expire_sessions"): lambda call, rest: sandbox.sessions.clear(),
            ("POST", "settle_attachments"): lambda call, rest: {"settled": sandbox.settle_attachments()},
            ("POST", "run_imports"): lambda call, rest: {"processed": sandbox.run_imports()},
            ("POST", "options"): lambda call, rest: sandbox.set_options(**_document(call)),
        }

    def handle(self, call: Call) -> Answer:
        """Do what the path says; what cannot be done is a 400 or 404 with a sentence."""
        noun, *rest = [part for part in call.path.removeprefix(PREFIX).split("/") if part] or [""]
        verb = self._verbs.get((call.method, noun))
        if verb is None:
            return answer_json({"error": f"no {call.method} {call.path}; there are {self._list()}"}, 404)
        try:
            return answer_json(verb(call, rest))
        except Problem as problem:
            return answer_json({"error": problem.message, "detail": problem.detail}, problem.status)
        except (LookupError, ValueError, TypeError) as error:
            return answer_json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _list(self) -> str:
        return ", ".join(f"{method} {PREFIX}/{noun}" for method, noun in self._verbs)

    def _arm(self, document: Document) -> Document:
        return _shown(self._sandbox.faults.add(Fault.of(document)))

    def _disarm(self, call: Call, rest: list[str]) -> Document:
        if rest:
            return {"removed": self._sandbox.faults.remove(int(rest[0]))}
        self._sandbox.faults.clear()
        return {"removed": True}

    def _record(self, call: Call, rest: list[str]) -> Any:
        if len(rest) == 1:
            return self._sandbox.rows(rest[0])
        table, sys_id = rest
        return {"record": self._sandbox.row(table, sys_id), "journal": self._sandbox.journal(sys_id)}

    def _create(self, call: Call, rest: list[str]) -> Any:
        return self._sandbox.create(rest[0], _document(call), as_user=call.param("as", "admin"))

    def _edit(self, call: Call, rest: list[str]) -> Any:
        table, sys_id = rest
        return self._sandbox.edit(table, sys_id, _document(call), as_user=call.param("as", "admin"))

    def _delete(self, call: Call, rest: list[str]) -> Document:
        table, sys_id = rest
        self._sandbox.remove(table, sys_id, as_user=call.param("as", "admin"))
        return {"removed": sys_id}

    def _hide(self, call: Call, rest: list[str]) -> Document:
        document = _document(call)
        self._sandbox.hide(str(document["sys_id"]), hidden=bool(document.get("hidden", True)))
        return {"hidden": sorted(self._sandbox.instance.hidden_records)}

    def _clock(self, document: Document) -> Document:
        """`{"hold": "2025-09-03T09:00:00Z"}`, `{"advance": 60}` or `{"release": true}`."""
        clock = self._sandbox.clock
        if "hold" in document:
            clock.hold(datetime.fromisoformat(document["hold"]))
        if "advance" in document:
            clock.advance(float(document["advance"]))
        if document.get("release"):
            clock.release()
        return {"now": clock.stamp()}


def _shown(armed: Any) -> Document:
    return {"id": armed.id, "seen": armed.seen, "struck": armed.struck, **asdict(armed.fault)}


def _document(call: Call) -> Document:
    document = json.loads(call.body or b"{}")
    if not isinstance(document, dict):
        raise ValueError("the body must be a JSON object")
    return document


def _number(call: Call, name: str) -> float:
    return float(call.param(name, "0"))
