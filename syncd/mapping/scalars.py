"""The small types of the schema: each checks one kind of value and says in a sentence what would be right."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from syncd.mapping.lookups import GROUP, USER, Lookup
from syncd.mapping.paths import Path, parse_path
from syncd.mapping.templates import compile_condition, compile_template
from syncd.mapping.transforms import TRANSFORMS, Step, parse_step

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,79}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)

JOURNALS = ("work_notes", "comments")
_OWN_COLUMNS = frozenset(
    {"sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count"}
    | {"correlation_id", "correlation_display"}
)


def _text(said: object) -> str:
    """Choice values are text in ServiceNow, whatever they look like in YAML."""
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, str | int):
        return str(said)
    raise ValueError("must be a text or a number")


def _literal(said: object) -> str:
    text = _text(said)
    if "{{" in text or "{%" in text:
        raise ValueError("holds a template; say `template:` instead of `value:`")
    return text


def _name(said: object) -> str:
    if isinstance(said, str | int) and not isinstance(said, bool) and _NAME.fullmatch(str(said)):
        return str(said)
    raise ValueError("must be 1 to 40 letters, digits, dots, dashes or underscores, e.g. ops-incidents")


def _table(said: object) -> str:
    if isinstance(said, str) and _COLUMN.fullmatch(said):
        return said
    raise ValueError("is not the name of a table; it is the name in lower case, e.g. incident or u_request")


def _column(said: object) -> str:
    if not isinstance(said, str) or not _COLUMN.fullmatch(said):
        raise ValueError(
            "is not the name of a column; it is the name in lower case, e.g. short_description or u_origin"
        )
    if said in (*JOURNALS, "comments_and_work_notes"):
        raise ValueError(
            "is a journal: it would get a new entry at every change; comments go there through `comments:`"
        )
    if said in _OWN_COLUMNS:
        raise ValueError("is written by ServiceNow or by syncd itself; leave it out")
    return said


def _jql(said: object) -> str:
    if not isinstance(said, str) or not said.strip():
        raise ValueError("must be a JQL query, e.g. project = OPS")
    if _ORDER_BY.search(_QUOTED.sub("", said)):
        raise ValueError("must not say ORDER BY: syncd orders by `updated` itself")
    return said.strip()


def _since(said: object) -> datetime | str:
    if said == "now":
        return "now"
    if isinstance(said, str):
        try:
            moment = (
                datetime.fromisoformat(said)
                if len(said) > 10
                else datetime.combine(date.fromisoformat(said), datetime.min.time())
            )
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the sentence below says more than Python's
    raise ValueError('must be a day such as 2026-01-31, a time such as 2026-01-31T08:00:00Z (UTC if no zone), or "now"')


def _path(said: object) -> Path:
    if not isinstance(said, str | int) or isinstance(said, bool):
        raise ValueError("must be a path such as priority.name")
    return parse_path(str(said))


def _template(said: object) -> str:
    text = _text(said)
    compile_template(text)
    return text


def _condition(said: object) -> str:
    text = _text(said)
    compile_condition(text)
    return text


def _lookup(said: object) -> Lookup:
    match said:
        case "user":
            return USER
        case "group":
            return GROUP
        case {"table": str(table), "column": str(column), **rest} if not rest:
            return Lookup(_table(table), _table(column))
        case _:
            raise ValueError("is user, group, or {table: ..., column: ...} with the column to look in")


def _steps(said: object) -> tuple[Step, ...]:
    """One step may stand without a list."""
    steps = said if isinstance(said, list) else [said]
    parsed = []
    for number, step in enumerate(steps, 1):
        try:
            parsed.append(parse_step(step))
        except ValueError as error:
            raise ValueError(f"step {number}: {error}") from error
    return tuple(parsed)


def _schema(**parts: Any) -> WithJsonSchema:
    return WithJsonSchema(parts)


_SCALAR = ["string", "integer", "boolean"]
_STEP = {
    "anyOf": [
        {"enum": sorted(name for name, t in TRANSFORMS.items() if t.check is None)},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {name: {} for name, t in sorted(TRANSFORMS.items()) if t.check is not None},
        },
    ]
}

Text = Annotated[str, BeforeValidator(_text), _schema(type=_SCALAR)]
Literal_ = Annotated[str, BeforeValidator(_literal), _schema(type=_SCALAR)]
Name = Annotated[str, BeforeValidator(_name), _schema(type="string", pattern=f"^{_NAME.pattern}$")]
Table = Annotated[str, BeforeValidator(_table), _schema(type="string", pattern=f"^{_COLUMN.pattern}$")]
Column = Annotated[str, BeforeValidator(_column), _schema(type="string", pattern=f"^{_COLUMN.pattern}$")]
Jql = Annotated[str, BeforeValidator(_jql), _schema(type="string", minLength=1)]
Since = Annotated[datetime | str, BeforeValidator(_since), _schema(type="string", examples=["2026-01-31", "now"])]
PathText = Annotated[
    Path, BeforeValidator(_path), _schema(type="string", examples=["priority.name", "components.name"])
]
TemplateText = Annotated[str, BeforeValidator(_template), _schema(type=_SCALAR)]
ConditionText = Annotated[str, BeforeValidator(_condition), _schema(type="string")]
LookupText = Annotated[
    Lookup,
    BeforeValidator(_lookup),
    _schema(
        anyOf=[
            {"enum": ["user", "group"]},
            {
                "type": "object",
                "required": ["table", "column"],
                "additionalProperties": False,
                "properties": {"table": {"type": "string"}, "column": {"type": "string"}},
            },
        ]
    ),
]
Steps = Annotated[
    tuple[Step, ...], BeforeValidator(_steps), _schema(anyOf=[{"type": "array", "items": _STEP}, *_STEP["anyOf"]])
]
