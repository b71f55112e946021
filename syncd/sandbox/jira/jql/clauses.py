"""What each field's clause means: which operators it takes, which operands exist, and which issues it keeps.

`!=` and `not in` leave out issues where the field is empty, as Jira does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncd.sandbox.jira.jql.ast import Clause, Empty, Function, Literal, Operand
from syncd.sandbox.jira.jql.context import Context, Test
from syncd.sandbox.jira.jql.dates import BadDateError, floored, function_instant, instant
from syncd.sandbox.jira.jql.known import Known
from syncd.sandbox.jira.jql.names import known_field
from syncd.sandbox.jira.model import Issue

_EQUALITY = ("=", "!=", "in", "not in", "is", "is not")
_RANGE = (*_EQUALITY, "<", ">", "<=", ">=")
_TEXT = ("~", "!~", "is", "is not")
_DATE_HELP = (
    "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
    "or a period format e.g. '-5d', '4w 2d'."
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def clause_test(clause: Clause, context: Context) -> Test:
    """The test of one clause. One that has no meaning here adds a problem and keeps nothing."""
    known = known_field(clause.field, context)
    if known is None:
        whose = "you do not have permission to view it" if context.caller else "cannot be viewed by anonymous users"
        context.problems.append(f"Field '{clause.field}' does not exist or {whose}.")
        return _nothing
    allowed = _TEXT if known.kind == "text" else _RANGE if known.ordered else _EQUALITY
    if clause.operator not in allowed:
        context.problems.append(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        return _nothing
    if any(isinstance(operand, Empty) for operand in clause.operands) or clause.operator in ("is", "is not"):
        return _emptiness(clause, known, context)
    if known.kind == "text":
        return _text_test(clause, known)
    if known.kind == "date":
        return _date_test(clause, known, context)
    return _value_test(clause, known, context)


def _nothing(issue: Issue) -> bool:
    return False


def _emptiness(clause: Clause, known: Known, context: Context) -> Test:
    if not all(isinstance(operand, Empty) for operand in clause.operands):
        context.problems.append(f"The operator '{clause.operator}' only supports EMPTY and NULL operands.")
        return _nothing
    wants_empty = clause.operator in ("is", "=", "in")
    return lambda issue: (not _present(known.read(issue))) is wants_empty


def _present(values: Any) -> bool:
    return values is not None and values != "" and values != ()


def _date_test(clause: Clause, known: Known, context: Context) -> Test:
    moments: list[datetime] = []
    for operand in clause.operands:
        moment = _moment(clause, operand, context)
        if moment is None:
            return _nothing
        moments.append(floored(moment, context.precision))
    precision = context.precision

    def value(issue: Issue) -> datetime | None:
        held: datetime | None = known.read(issue)
        return None if held is None else floored(held, precision)

    if clause.operator in ("in", "not in"):
        wanted = clause.operator == "in"
        return lambda issue: (held := value(issue)) is not None and (held in moments) is wanted
    compare, bound = _COMPARE[clause.operator], moments[0]
    return lambda issue: (held := value(issue)) is not None and compare(held, bound)


def _moment(clause: Clause, operand: Operand, context: Context) -> datetime | None:
    match operand:
        case Literal():
            try:
                return instant(operand, context.zone, context.now, context.date_forms)
            except BadDateError:
                context.problems.append(
                    f"Date value '{operand.text}' for field '{clause.field}' is invalid. {_DATE_HELP}"
                )
                return None
        case Function():
            try:
                moment = function_instant(operand, context.zone, context.now)
            except BadDateError:
                context.problems.append(
                    f"Duration for function '{operand.name}' should have the format (+/-)n(yMwdhm), e.g -1M."
                )
                return None
            if moment is None:
                context.problems.append(
                    f"Unable to find JQL function '{operand.name}({', '.join(operand.arguments)})'."
                )
            return moment
        case Empty():
            return None


def _value_test(clause: Clause, known: Known, context: Context) -> Test:
    wanted: set[Any] = set()
    for operand in clause.operands:
        found = _resolved(operand, clause, known, context)
        if found is None:
            return _nothing
        wanted |= found
    if clause.operator in ("=", "in"):
        return lambda issue: any(value in wanted for value in known.values(issue))
    if clause.operator in ("!=", "not in"):
        return lambda issue: _present(known.read(issue)) and not any(value in wanted for value in known.values(issue))
    compare = _COMPARE[clause.operator]
    bounds = [known.rank(value) for value in wanted]
    return lambda issue: any(compare(known.rank(value), bound) for value in known.values(issue) for bound in bounds)


def _resolved(operand: Operand, clause: Clause, known: Known, context: Context) -> set[Any] | None:
    """The values that an operand stands for; None if it stands for nothing that exists, which is a problem."""
    match operand:
        case Literal():
            found = known.lookup(operand.text)
            if found:
                return set(found)
            context.problems.append(known.unknown(operand.text, clause.field))
            return None
        case Function(name, arguments):
            if name.lower() == "currentuser" and known.kind == "user":
                return {context.caller.key} if context.caller else set()
            if name.lower() == "membersof" and known.kind == "user" and len(arguments) == 1:
                return {user.key for user in context.people if arguments[0] in user.groups}
            context.problems.append(f"Unable to find JQL function '{name}({', '.join(arguments)})'.")
            return None
        case Empty():
            return None


_WORDS = re.compile(r"[\w*]+")


def _text_test(clause: Clause, known: Known) -> Test:
    """All words, in any order; `word*` is a prefix, a text in inner quotation marks a phrase."""
    asked = " ".join(operand.text for operand in clause.operands if isinstance(operand, Literal))
    phrase = asked.strip()
    exact = phrase[1:-1].lower() if len(phrase) > 2 and phrase[0] == phrase[-1] == '"' else None
    words = [word.lower() for word in _WORDS.findall(asked)]

    def holds(issue: Issue) -> bool:
        text = "\n".join(str(value) for value in known.values(issue)).lower()
        if exact is not None:
            return exact in text
        held = set(re.findall(r"\w+", text))
        return bool(words) and all(
            any(candidate.startswith(word[:-1]) for candidate in held) if word.endswith("*") else word in held
            for word in words
        )

    if clause.operator == "~":
        return holds
    return lambda issue: _present(known.read(issue)) and not holds(issue)
