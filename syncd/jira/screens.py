"""What a screen demands, and the values for it. Pure: asks nothing, sends nothing.

`syncd` fills in what the caller has named, and a required field that can only have one value. Whatever else is required
is for people to decide, so it is named with the values that it may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncd.http import shortened

_NAMES = ("name", "value", "key", "id")
"""What a value may be called by: versions and resolutions have a name, options a value."""

_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields to send, and the problems that keep the screen from being passed, as sentences."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def filled(screen: Mapping[str, Any], given: Mapping[str, Any]) -> Filled:
    """`screen` as Jira describes it, field by field; `given` by field id, as JSON or as the name of a value.

    Given fields that are not on the screen are left out: they may belong to another step.
    """
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for name, raw in screen.items():
        meta = raw if isinstance(raw, dict) else {}
        allowed = _allowed(meta)
        if name in given:
            try:
                fields[name] = _chosen(given[name], meta, allowed)
            except LookupError as error:
                problems.append(f"{_called(name, meta)} cannot be {error.args[0]!r}{_offer(allowed)}")
        elif meta.get("required") and not meta.get("hasDefaultValue"):
            if len(allowed) == 1:
                fields[name] = [_reference(allowed[0])] if _is_list(meta) else _reference(allowed[0])
            else:
                problems.append(f"{_called(name, meta)} is required{_offer(allowed)}")
    return Filled(fields, tuple(problems))


def _chosen(value: Any, meta: Mapping[str, Any], allowed: list[Any]) -> Any:
    """The value in the form that Jira wants. JSON is sent as it is; a name must be one of those allowed."""
    if isinstance(value, list | tuple):
        return [_chosen(one, {}, allowed) for one in value]
    if not (allowed and isinstance(value, str)):
        return value
    found = next((one for one in allowed if value.casefold() in _words(one)), None)
    if found is None:
        raise LookupError(value)
    return [_reference(found)] if _is_list(meta) else _reference(found)


def _allowed(meta: Mapping[str, Any]) -> list[Any]:
    allowed = meta.get("allowedValues")
    return allowed if isinstance(allowed, list) else []


def _is_list(meta: Mapping[str, Any]) -> bool:
    return (meta.get("schema") or {}).get("type") == "array"


def _reference(value: Any) -> Any:
    """An allowed value as it is sent: by its id, which no language changes."""
    return {"id": str(value["id"])} if isinstance(value, dict) and "id" in value else value


def _words(value: Any) -> set[str]:
    if not isinstance(value, dict):
        return {str(value).casefold()}
    return {str(value[name]).casefold() for name in _NAMES if value.get(name) is not None}


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return next((str(value[name]) for name in _NAMES if value.get(name) is not None), "?")
    return str(value)


def _called(name: str, meta: Mapping[str, Any]) -> str:
    shown = str(meta.get("name") or name)
    return shown if shown.casefold() == name.casefold() else f"{shown} ({name})"


def _offer(allowed: list[Any]) -> str:
    if not allowed:
        return ""
    more = f" and {len(allowed) - _MOST_SHOWN} more" if len(allowed) > _MOST_SHOWN else ""
    return f" ({shortened('allowed: ' + ', '.join(map(_word, allowed[:_MOST_SHOWN])) + more, 400)})"
