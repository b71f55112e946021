"""`extends:` one mapping file builds on another. Reads files, merges trees; knows nothing of what the keys mean.

| in the extending file      | in the base        | result                                            |
|----------------------------|--------------------|---------------------------------------------------|
| absent                     | x                  | x                                                 |
| a mapping                  | a mapping          | merged, key by key                                |
| null                       | x                  | taken away                                        |
| another kind of source     | from/value/template| replaced whole, with its map and its transforms   |
| anything else              | x                  | replaced                                          |
"""

from __future__ import annotations

from pathlib import Path

from syncd.mapping.yamlfile import BadYaml, Node, Problem, read_yaml

_KINDS = frozenset({"from", "value", "template"})


def read_extended(path: Path) -> Node:
    """The tree of `path` with everything it extends merged in. Raises BadYaml."""
    return _read(path, ())


def base_of(path: Path, tree: Node) -> Path | None:
    """The file that this tree extends, if it says so properly."""
    if isinstance(tree.value, dict) and (node := tree.value.get("extends")) and isinstance(node.value, str):
        return path.parent / node.value
    return None


def _read(path: Path, above: tuple[Path, ...]) -> Node:
    tree = read_yaml(path)
    if not isinstance(tree.value, dict):
        raise BadYaml([Problem(tree.file, tree.line, "", "a mapping file is a set of keys: name, source, target, ...")])
    if "extends" not in tree.value:
        return tree
    said = tree.value["extends"]
    base = base_of(path, tree)
    if base is None:
        raise BadYaml([Problem(said.file, said.line, "extends", "names one file, relative to this one")])
    chain = (*above, path.resolve())
    if base.resolve() in chain:
        raise BadYaml(
            [Problem(said.file, said.line, "extends", f"{said.value} extends this file in turn; break the ring")]
        )
    if not base.is_file():
        raise BadYaml([Problem(said.file, said.line, "extends", f"there is no file {base}")])
    own = Node({key: node for key, node in tree.value.items() if key != "extends"}, tree.file, tree.line)
    return merged(_read(base, chain), own)


def merged(base: Node, own: Node) -> Node:
    if not (isinstance(base.value, dict) and isinstance(own.value, dict)) or _another_source(base.value, own.value):
        return own
    result = dict(base.value)
    for key, node in own.value.items():
        if key not in result:
            result[key] = node
        elif node.value is None:
            del result[key]
        else:
            result[key] = merged(result[key], node)
    return Node(result, own.file, own.line)


def _another_source(base: dict[str, Node], own: dict[str, Node]) -> bool:
    """A field that was `from:` and becomes `value:` shares nothing with what it was."""
    mine, theirs = _KINDS & own.keys(), _KINDS & base.keys()
    return bool(mine and theirs and mine != theirs)
