"""Makes a parsed query a filter and an order over issues, and collects everything in it that has no meaning here.

What a meaningless clause leads to is the flavour's business (`rest/search`): Cloud shrugs, Data Center refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from syncd.sandbox.jira.jql.ast import And, Clause, Node, Not, Or, Query
from syncd.sandbox.jira.jql.clauses import clause_test
from syncd.sandbox.jira.jql.context import Context, Test
from syncd.sandbox.jira.jql.order import sort_key
from syncd.sandbox.jira.model import Issue


@dataclass(frozen=True, slots=True)
class Search:
    """A compiled query. `sort_key` orders issues; ties are the caller's to break."""

    matches: Test
    sort_key: Callable[[Issue], tuple[Any, ...]]
    problems: tuple[str, ...]


_OPPOSITE = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "~": "!~",
    "!~": "~",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}


def compile_query(query: Query, context: Context) -> Search:
    def compiled(node: Node) -> Test:
        match node:
            case Clause():
                return clause_test(node, context)
            case Not(inner):
                return compiled(_negated(inner))
            case And(items):
                tests = [compiled(item) for item in items]
                return lambda issue: all(test(issue) for test in tests)
            case Or(items):
                tests = [compiled(item) for item in items]
                return lambda issue: any(test(issue) for test in tests)

    matches: Test = compiled(query.where) if query.where is not None else lambda issue: True
    return Search(matches, sort_key(query.order, context), tuple(context.problems))


def _negated(node: Node) -> Node:
    """NOT moves inward, as Jira does it: so NOT(assignee = x) leaves out issues without an assignee, like !=."""
    match node:
        case Clause():
            return replace(node, operator=_OPPOSITE[node.operator])
        case Not(inner):
            return inner
        case And(items):
            return Or(tuple(_negated(item) for item in items))
        case Or(items):
            return And(tuple(_negated(item) for item in items))
