"""Sprints of old servers, which show the text of a Java object where Cloud shows an object (jira facts 5.6).

`com.atlassian.greenhopper.service.sprint.Sprint@1f39706[id=1,rapidViewId=2,state=ACTIVE,name=Sprint 1,goal=<null>]`
becomes `{"id": 1, "boardId": 2, "state": "active", "name": "Sprint 1", "goal": None}`, in Cloud's words, so that one
mapping reads both.
"""

from __future__ import annotations

import re
from typing import Any

_SPRINT = re.compile(r"com\.atlassian\.greenhopper\.service\.sprint\.Sprint@[0-9a-f]+\[(.*)\]", re.DOTALL)
_KEYS = (
    *("id", "rapidViewId", "state", "name", "goal", "startDate", "endDate", "completeDate", "activatedDate"),
    *("sequence", "synced", "autoStartStop", "incompleteIssuesDestinationId"),
)
_NEXT = re.compile(rf"(?:^|,)({'|'.join(_KEYS)})=")
"""A name or a goal may hold commas and equal signs: only a known word between the two ends a value."""

_CLOUDS_WORDS = {"rapidViewId": "boardId"}
_NUMBERS = frozenset({"id", "rapidViewId", "sequence"})


def sprints(value: Any) -> Any:
    """`value` with every sprint in it as an object, if it is a list of sprints or one of them; else as it is."""
    if isinstance(value, str):
        found = _SPRINT.fullmatch(value)
        return _sprint(found[1]) if found else value
    if isinstance(value, list):
        return [sprints(one) if isinstance(one, str) else one for one in value]
    return value


def _sprint(inside: str) -> dict[str, Any]:
    _, *parts = _NEXT.split(inside)
    return {_CLOUDS_WORDS.get(key, key): _part(key, said) for key, said in zip(parts[::2], parts[1::2], strict=True)}


def _part(key: str, said: str) -> Any:
    if said == "<null>":
        return None
    if key in _NUMBERS and said.isdecimal():
        return int(said)
    return said.lower() if key == "state" else said
