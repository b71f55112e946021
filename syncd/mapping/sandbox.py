"""The Jinja2 environment that templates run in: nothing to call but harmless text methods, and a budget for everything.

| way to run away            | what stops it                                                     |
|----------------------------|-------------------------------------------------------------------|
| attributes of objects      | only JSON values and text exist; only `TEXT_METHODS` can be called |
| "x" * 10**9, 9**9**9       | `*` takes numbers only and has a ceiling; there is no `**`        |
| "%1000000d" % 1, .format   | `%` takes numbers only; .format is not among the methods          |
| loops over loops           | MAX_STEPS for all loops of one rendering together                 |
| much work in each round    | MAX_WORK for all that filters, methods and ~ handle               |
| replace, join              | the length is worked out before the text is made                  |
| long output                | MAX_OUTPUT, counted while it is produced                          |
| macros, set, include       | not in the grammar (grammar.py)                                   |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from syncd.mapping.budget import NAME as BUDGET
from syncd.mapping.budget import Budget, budget_of, size_of
from syncd.mapping.text import cut
from syncd.mapping.things import IssueView, Nothing, Thing, Things, printed
from syncd.mapping.times import as_date, as_datetime

_MAX_NUMBER = 10**18

TEXT_METHODS = frozenset(
    {"upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "startswith", "endswith", "count", "find"}
    | {"split", "splitlines", "removeprefix", "removesuffix", "replace"}
)
_LOOP_PARTS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})


class Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "%", "+", "-", "/", "//"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._part(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, str | list | tuple) and isinstance(argument, int):
            try:
                return obj[argument]
            except IndexError:
                return Nothing()
        return self._part(obj, argument)

    def _part(self, obj: Any, name: Any) -> Any:
        match obj:
            case IssueView() | Thing() | Things():
                return obj.part(name)
            case Nothing():
                return obj
            case Undefined():
                return getattr(obj, str(name))  # raises, and says which variable
            case str() if name in TEXT_METHODS:
                return getattr(obj, name)
            case LoopContext() if name in _LOOP_PARTS:
                return getattr(obj, name)
            case _:
                raise SecurityError(f"{_kind(obj)} has no {name!r}")

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if not isinstance(owner, str) or name not in TEXT_METHODS:
            raise SecurityError("only methods of text can be called")
        budget_of(__context).handle(len(owner))
        if name == "replace":
            return _replace(__context, owner, *args)
        return __obj(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            budget_of(context).handle(len(left) + len(right))
            return left + right
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers; put texts together with ~")
        result = super().call_binop(context, operator, left, right)
        if abs(result) > _MAX_NUMBER:
            raise SecurityError("a number grows too large")
        return result


def _kind(obj: Any) -> str:
    return {str: "text", int: "a number", float: "a number", bool: "a truth value", list: "a list"}.get(
        type(obj), "this value"
    )


@pass_context
def _replace(context: Context, value: object, old: object, new: object) -> str:
    text, old_text, new_text = printed(value), printed(old), printed(new)
    budget_of(context).handle(text.count(old_text) * len(new_text))
    return text.replace(old_text, new_text)


@pass_context
def _join(context: Context, values: Iterable[object], separator: str = ", ") -> str:
    texts = [printed(value) for value in values]
    budget_of(context).handle(sum(map(len, texts)) + len(texts) * len(separator))
    return separator.join(texts)


@pass_context
def _counted(context: Context, values: Iterable[object]) -> list[object]:
    """Goes around what every loop runs over."""
    items = list(values)
    budget_of(context).go_round(len(items))
    return items


@pass_context
def _weighed(context: Context, value: object) -> object:
    """Goes around what every filter works on, and every part of a text that `~` puts together."""
    budget_of(context).handle(size_of(value))
    return value


def _on_text(change: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: change(printed(value))


_COUNTED, _WEIGHED = "_counted", "_weighed"

_BUILT_IN_FILTERS = (
    *("default", "d", "abs", "int", "float"),
    *("first", "last", "length", "count", "list", "sort", "unique"),
    *("map", "select", "reject", "selectattr", "rejectattr"),
)
_FILTERS: dict[str, Callable[..., Any]] = {
    **{name: FILTERS[name] for name in _BUILT_IN_FILTERS},
    "upper": _on_text(str.upper),
    "lower": _on_text(str.lower),
    "title": _on_text(str.title),
    "capitalize": _on_text(str.capitalize),
    "trim": _on_text(str.strip),
    "string": printed,
    "one_line": _on_text(lambda text: " ".join(text.split())),
    "truncate": lambda value, limit: cut(printed(value), max(1, int(limit))),
    "replace": _replace,
    "join": _join,
    "round": lambda value, digits=0: round(float(value), max(0, min(int(digits), 10))),
    "date": _on_text(as_date),
    "datetime": _on_text(as_datetime),
    _COUNTED: _counted,
    _WEIGHED: _weighed,
}
FILTER_NAMES = frozenset(_FILTERS) - {_COUNTED, _WEIGHED}

_TESTS = {
    **{name: TESTS[name] for name in ("defined", "undefined", "string", "number", "odd", "even", "in", "equalto")},
    **{name: TESTS[name] for name in ("eq", "ne", "lt", "le", "gt", "ge", "==", "!=", "<", "<=", ">", ">=")},
    "none": lambda value: value is None or isinstance(value, Nothing),
}


@pass_context
def _printed(context: Context, value: object) -> str:
    """Taking the context keeps Jinja2 from working constants out while it compiles, where no budget counts."""
    return printed(value)


def make_sandbox() -> Sandbox:
    sandbox = Sandbox(undefined=StrictUndefined, finalize=_printed, optimized=False, autoescape=False, cache_size=0)
    sandbox.globals.clear()
    sandbox.filters = _FILTERS
    sandbox.tests = _TESTS
    return sandbox


def budgeted(tree: nodes.Template) -> nodes.Template:
    """The tree with every loop counted and every filter weighed, and what `~` joins printed as `{{ }}` would."""
    for node in list(tree.find_all(nodes.Filter)):
        if node.node is not None:
            node.node = _filtered(node.node, _WEIGHED)
    for loop in tree.find_all(nodes.For):
        loop.iter = _filtered(loop.iter, _COUNTED)
    for concat in tree.find_all(nodes.Concat):
        concat.nodes = [_filtered(_filtered(node, "string"), _WEIGHED) for node in concat.nodes]
    return tree


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def variables(view: IssueView) -> dict[str, object]:
    """What a template finds when it runs."""
    return {"issue": view, BUDGET: Budget()}
