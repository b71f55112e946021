"""What pydantic found wrong -> sentences with file, line and key. Decides nothing about what is right."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncd.mapping.schema import (
    NOT_YET,
    CategorySpec,
    CeilingsSpec,
    CommentsSpec,
    FieldSpec,
    MappingSpec,
    SourceSpec,
    StatusSpec,
    TargetSpec,
    UsersSpec,
)
from syncd.mapping.yamlfile import Node, Problem

_SECTIONS: dict[int | str, type[BaseModel]] = {
    "source": SourceSpec,
    "target": TargetSpec,
    "comments": CommentsSpec,
    "ceilings": CeilingsSpec,
    "users": UsersSpec,
}
_EXPECTED = {
    "dict_type": "must be a set of keys with values",
    "model_type": "must be a set of keys with values",
    "list_type": "must be a list",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def problems_of(error: ValidationError, tree: Node) -> list[Problem]:
    """One problem for each thing that is wrong, in the order of the lines."""
    found = [_problem(details, tree) for details in error.errors(include_url=False)]
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.path))


def locate(tree: Node, path: tuple[object, ...]) -> tuple[Node, str]:
    """The deepest node on the way, and how a person writes the way to it. Steps that pydantic made up are left out."""
    node = tree
    names: list[str] = []
    for step in path:
        if isinstance(node.value, dict) and str(step) in node.value:
            node = node.value[str(step)]
            names.append(str(step))
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            names[-1:] = [f"{names[-1] if names else ''}[{step}]"]
    return node, ".".join(names)


def _problem(details: ErrorDetails, tree: Node) -> Problem:
    way = details["loc"]
    node, path = locate(tree, way)
    if details["type"] == "missing":
        missing = str(way[-1])
        return Problem(node.file, node.line, f"{path}.{missing}" if path else missing, "is missing")
    return Problem(node.file, node.line, path, _sentence(details, way))


def _sentence(details: ErrorDetails, way: tuple[int | str, ...]) -> str:
    match details["type"]:
        case "extra_forbidden":
            # In YAML, `{jql: project in (A, B)}` has a key called `B)`, of nothing.
            quotes = "; a text with a comma inside { } needs quotes" if details["input"] is None else ""
            return _unknown(str(way[-1]), way) + quotes
        case "value_error":
            return str(details["ctx"]["error"])
        case "literal_error" | "enum":
            return f"must be {details['ctx']['expected'].replace(chr(39), '')}, not {_shown(details['input'])}"
        case kind if kind in _EXPECTED:
            return f"{_EXPECTED[kind]}, not {_shown(details['input'])}"
        case _:
            return f"{details['msg'][:1].lower()}{details['msg'][1:]}"


def _unknown(key: str, way: tuple[int | str, ...]) -> str:
    if len(way) == 1 and key in NOT_YET:
        return "not supported in this version; leave it out"
    keys = _keys_beside(way)
    near = [k for k in keys if sorted(k) == sorted(key)] or get_close_matches(key, keys, 1)
    return (
        f"there is no such key; did you mean {near[0]}?"
        if near
        else f"there is no such key; there are {', '.join(keys)}"
    )


def _keys_beside(way: tuple[int | str, ...]) -> list[str]:
    section: type[BaseModel]
    match way:
        case (_,):
            section = MappingSpec
        case ("source" | "target" | "comments" | "ceilings" | "users" as name, *_):
            section = _SECTIONS[name]
        case ("status", _):
            section = StatusSpec
        case ("status", "by_category", _):
            section = CategorySpec
        case _:
            section = FieldSpec
    return [field.alias or name for name, field in section.model_fields.items()]


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a set of keys"
    return str(value)[:40]
