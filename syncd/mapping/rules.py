"""One rule + one issue -> the value of one column, or that it is left alone.

    from/value/template -> map, default -> transform -> empty? -> lookup or text -> length

| the value is                    | plain column              | with lookup                       |
|---------------------------------|---------------------------|-----------------------------------|
| there                           | its text                  | a Reference                       |
| empty                           | "" (clears the column)    | left alone (law 9)                |
| empty, `clear: false` / `true`  | left alone                | "" (clears the column)            |
| mapped or defaulted to null     | left alone                | left alone                        |
| empty, `required`               | a problem                 | a problem                         |
| there, but nothing to look for  |                           | left alone, with a warning        |
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.model import Issue, Json, Value
from syncd.mapping.lookups import reference
from syncd.mapping.model import Fixed, FromPath, Rule
from syncd.mapping.paths import PathError
from syncd.mapping.reading import read
from syncd.mapping.templates import Template, TemplateProblem
from syncd.mapping.text import NoText, as_text, code_block, cut, is_empty
from syncd.mapping.users import UserMap
from syncd.mapping.valuemap import Unmapped, ValueMap

MAX_LENGTH = {"short_description": 160}
"""Columns that the target's database cuts or refuses when they are longer (servicenow facts 4.20)."""


class RuleProblem(Exception):
    """The rule does not fit this issue. Stays inside this package."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`value` None: leave the column alone. `warning` is "" or a sentence for the operator."""

    value: Value | None = None
    warning: str = ""


LEFT_ALONE = Evaluation()


class _LeaveAlone(Exception):
    """The map or the default says null."""


def value_of(rule: Rule, issue: Issue, users: UserMap) -> Evaluation:
    """Raises RuleProblem with a sentence."""
    try:
        if rule.when is not None and not rule.when.holds(issue):
            return LEFT_ALONE
        value = _mapped(rule, _source_value(rule, issue))
        for step in rule.steps:
            value = step.apply(value)
        return _empty(rule) if is_empty(value) else _finished(rule, value, users)
    except _LeaveAlone:
        return LEFT_ALONE
    except (PathError, NoText) as error:
        raise RuleProblem(f"{_named(rule)} {error}") from error
    except RecursionError as error:
        raise RuleProblem(f"{_named(rule)} is nested too deeply") from error
    except (TemplateProblem, ValueError) as error:
        raise RuleProblem(str(error)) from error


def _source_value(rule: Rule, issue: Issue) -> Json:
    match rule.source:
        case FromPath(path, html):
            value = read(issue, path, html=html)
            return code_block(value) if html and isinstance(value, str) else value
        case Fixed(text):
            return text
        case Template() as template:
            return template.render(issue)


def _mapped(rule: Rule, value: Json) -> Json:
    if rule.map is not None:
        if isinstance(value, list) and value:
            return [_entry(rule, rule.map, item) for item in value]
        return _entry(rule, rule.map, value)
    return _default(rule) if is_empty(value) and rule.has_default else value


def _entry(rule: Rule, entries: ValueMap, value: Json) -> str:
    try:
        entry = entries.get(value)
    except Unmapped as unmapped:
        if rule.has_default:
            return _default(rule)
        missing = "`null: ...`" if is_empty(value) else "it"
        raise RuleProblem(
            f"{_named(rule)} is {unmapped.shown}, which the map does not have; add {missing} to the map, or a default"
        ) from unmapped
    if entry is None:
        raise _LeaveAlone
    return entry


def _default(rule: Rule) -> str:
    if rule.default is None:
        raise _LeaveAlone
    return rule.default


def _empty(rule: Rule) -> Evaluation:
    if rule.required:
        raise RuleProblem(f"{_named(rule)} is empty, and the mapping says required")
    return Evaluation("") if rule.clear else LEFT_ALONE


def _finished(rule: Rule, value: Json, users: UserMap) -> Evaluation:
    if rule.lookup is not None:
        if isinstance(value, list):
            if len(value) > 1:
                raise RuleProblem(
                    f"{_named(rule)} holds {len(value)} values and a lookup needs one; add `transform: first`"
                )
            value = value[0]
        found = reference(rule.lookup, value, users)
        if found is None:
            return Evaluation(
                None, f"Jira shows neither e-mail nor login of {as_text(value)}; the column is left alone"
            )
        return Evaluation(found)
    text = as_text(value)
    limit = MAX_LENGTH.get(rule.column)
    if limit is not None and len(text) > limit:
        return Evaluation(cut(text, limit), f"cut from {len(text)} to {limit} characters")
    return Evaluation(text)


def _named(rule: Rule) -> str:
    """What the rule reads, in the words of the YAML."""
    match rule.source:
        case FromPath(path):
            return str(path)
        case Fixed():
            return "the value"
        case Template():
            return "the template's text"
