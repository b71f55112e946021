"""Which parts of Jinja2 a template may use, and what it reads. Looks at syntax trees only; runs nothing.

A template is an expression language here, not a program: no assignments, macros, includes or imports. What is left
cannot grow faster than its own length, once loops and `*` are counted (see sandbox.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

MAX_SOURCE = 4_000
MAX_NESTED_LOOPS = 2

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Call,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Keyword,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Concat,
)


@dataclass(frozen=True, slots=True)
class Reads:
    """What a template reads: fields by id or name and key, id, url. `everything` if it cannot be told beforehand."""

    attributes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    everything: bool = False
    words: frozenset[str] = frozenset()  # every name and text in it, whatever it means

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.attributes | other.attributes,
            self.fields | other.fields,
            self.everything or other.everything,
            self.words | other.words,
        )


def check(tree: nodes.Template) -> None:
    """Raises ValueError with a sentence if the template uses what templates may not."""
    for node in _walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"line {node.lineno}: {type(node).__name__.lower()} is not available in templates")
        if isinstance(node, nodes.For) and node.recursive:
            raise ValueError(f"line {node.lineno}: a loop may not be recursive")
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise ValueError(f"line {node.lineno}: .{node.attr} is not available in templates")
    unknown = _unknown(tree, frozenset({"issue"}))
    if unknown:
        raise ValueError(f"there is no {', '.join(sorted(unknown))} here; a template knows only `issue`")
    if _loop_depth(tree) > MAX_NESTED_LOOPS:
        raise ValueError(f"loops may be nested {MAX_NESTED_LOOPS} deep, no deeper")


def _unknown(node: nodes.Node, known: frozenset[str]) -> set[str]:
    """Names that nothing declares where they stand.

    Jinja2's own `meta.find_undeclared_variables` works constants out on the way, `9 ** 9 ** 9` among them.
    """
    match node:
        case nodes.Name(name=name):
            return set() if name in known else {name}
        case nodes.For():
            targets = (node.target, *node.target.find_all(nodes.Name))
            inside = known | {target.name for target in targets if isinstance(target, nodes.Name)}
            within = [(child, inside | {"loop"}) for child in node.body]
            within += [(child, inside) for child in (node.test,) if child is not None]
            within += [(child, known) for child in (node.iter, *node.else_)]
            return {name for child, names in within for name in _unknown(child, names)}
        case _:
            return {name for child in node.iter_child_nodes() for name in _unknown(child, known)}


def reads(tree: nodes.Template) -> Reads:
    """What the template reads of the issue, by its text alone."""
    attributes: set[str] = set()
    fields: set[str] = set()
    words: set[str] = set()
    known = 0
    for node in _walk(tree):
        if isinstance(node, nodes.Getattr):
            words.add(node.attr)
        elif isinstance(node, nodes.Const) and isinstance(node.value, str):
            words.update(node.value.split("."))
        step = _step(node)
        if step is None or not _is_issue(step[0]):
            continue
        of, name = step
        if isinstance(of, nodes.Name):
            if name == "fields":
                continue  # counted when the step after it is met; alone it counts as everything
            (attributes if name in ("key", "id", "url") else fields).add(name)
        else:
            fields.add(name)
        known += 1
    mentions = sum(isinstance(n, nodes.Name) and n.name == "issue" for n in _walk(tree))
    return Reads(frozenset(attributes), frozenset(fields), everything=mentions != known, words=frozenset(words))


def _step(node: nodes.Node) -> tuple[nodes.Node, str] | None:
    """`x.name` and `x["name"]`, as (x, name)."""
    if isinstance(node, nodes.Getattr):
        return node.node, node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.node, str(node.arg.value)
    return None


def _is_issue(node: nodes.Node) -> bool:
    """`issue` or `issue.fields`: the next step names a field."""
    if isinstance(node, nodes.Name):
        return node.name == "issue"
    step = _step(node)
    return step is not None and step[1] == "fields" and isinstance(step[0], nodes.Name) and step[0].name == "issue"


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and all below it; without recursion, since depth is the author's choice."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(here.iter_child_nodes())


def _loop_depth(tree: nodes.Node) -> int:
    deepest = 0
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        depth += isinstance(node, nodes.For)
        deepest = max(deepest, depth)
        waiting.extend((child, depth) for child in node.iter_child_nodes())
    return deepest
