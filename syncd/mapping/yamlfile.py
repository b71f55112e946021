"""YAML text -> a tree that knows the line of everything in it. Knows nothing of mappings.

The dialect is YAML without its surprises: only `true`, `false`, `null`, `~` and plain decimal numbers are anything but
text, so `on`, `yes`, `NO`, `01`, `1.10` and `2024-01-31` stay what a person wrote. Keys are always text. A key that
stands twice, an explicit tag, a merge key and an alias that contains itself are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

MAX_NODES = 100_000
"""More than any mapping needs; a few aliases of aliases reach it within a page of text."""

_TAG = "tag:yaml.org,2002:"
_IMPLICIT = frozenset({"str", "null", "bool", "int", "float", "timestamp", "merge", "value"})
"""What PyYAML calls plain text by itself, from how it looks; this dialect looks for itself."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands. `value` is a dict of nodes by key, a list of nodes, or a scalar."""

    value: dict[str, Node] | list[Node] | str | int | bool | None
    file: str
    line: int

    def plain(self) -> object:
        """The value as ordinary dicts, lists and scalars."""
        match self.value:
            case dict():
                return {key: node.plain() for key, node in self.value.items()}
            case list():
                return [node.plain() for node in self.value]
            case scalar:
                return scalar


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place. Prints as `file:line: path.to.key: what is wrong`."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path + ': ' if self.path else ''}{self.text}"


class BadYaml(Exception):
    """The file cannot be read as YAML; stays inside this package, the loader reports its problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


def read_yaml(path: Path) -> Node:
    """The tree of one file. Raises BadYaml with everything that is wrong with it as YAML."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadYaml([Problem(file, 1, "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise BadYaml([Problem(file, 1, "", "is not UTF-8 text; save it as UTF-8")]) from error
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise BadYaml([Problem(file, line, "", f"is not valid YAML: {said}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadYaml([Problem(file, line, "", "holds a control character; remove it")]) from error
    except RecursionError as error:
        raise BadYaml([Problem(file, 1, "", "is nested too deeply")]) from error
    if root is None:
        raise BadYaml([Problem(file, 1, "", "is empty; a mapping needs at least name, source, target and fields")])
    builder = _Builder(file)
    tree = builder.build(root, "", ())
    if builder.problems:
        raise BadYaml(builder.problems)
    return tree


class _Builder:
    """Turns PyYAML's nodes into ours, and remembers what it did not like on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.count = 0

    def build(self, node: yaml.Node, path: str, above: tuple[int, ...]) -> Node:
        line = node.start_mark.line + 1
        self.count += 1
        if self.count > MAX_NODES:
            raise BadYaml([Problem(self.file, line, path, f"the file unfolds to more than {MAX_NODES} values")])
        if id(node) in above:
            raise BadYaml([Problem(self.file, line, path, "an alias contains itself")])
        above = (*above, id(node))
        match node:
            case yaml.MappingNode():
                self._check_tag(node, path, "map")
                return Node(dict(self._pairs(node, path, above)), self.file, line)
            case yaml.SequenceNode():
                self._check_tag(node, path, "seq")
                return Node(
                    [self.build(item, f"{path}[{n}]", above) for n, item in enumerate(node.value)], self.file, line
                )
            case _:
                return Node(self._scalar(node, path), self.file, line)

    def _pairs(self, node: yaml.MappingNode, path: str, above: tuple[int, ...]) -> Iterator[tuple[str, Node]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._say(line, path, "a key must be plain text")
                continue
            key = "null" if self._is_null(key_node) else key_node.value
            where = f"{path}.{key}" if path else key
            if key == "<<" and key_node.style is None:
                self._say(line, path, "merge keys (<<) are not used here; share parts with `extends:`")
                continue
            if key in first:
                self._say(line, where, f"stands twice, first in line {first[key]}; keep one")
                continue
            first[key] = line
            built = self.build(value_node, where, above)
            # The line of the key: a person looks for the key, and a block may begin lines below it.
            yield key, Node(built.value, self.file, line)

    def _scalar(self, node: yaml.Node, path: str) -> str | int | bool | None:
        assert isinstance(node, yaml.ScalarNode)
        text: str = node.value
        if node.style is not None:
            self._check_tag(node, path, "str")
            return text
        explicit_text = node.tag == _TAG + "str" and text in _NULLS | _TRUE | _FALSE
        if explicit_text or node.tag.removeprefix(_TAG) not in _IMPLICIT:
            self._refuse_tag(node, path)
        if text in _NULLS:
            return None
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        return int(text) if _INT.fullmatch(text) else text

    def _is_null(self, key: yaml.ScalarNode) -> bool:
        return key.style is None and key.value in _NULLS

    def _check_tag(self, node: yaml.Node, path: str, kind: str) -> None:
        if node.tag != _TAG + kind:
            self._refuse_tag(node, path)

    def _refuse_tag(self, node: yaml.Node, path: str) -> None:
        self._say(node.start_mark.line + 1, path, f"the tag {node.tag} is not used here; put text into quotes")

    def _say(self, line: int, path: str, text: str) -> None:
        self.problems.append(Problem(self.file, line, path, text))
