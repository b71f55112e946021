"""Mapping files -> Mappings, or one UserError with everything that is wrong in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from syncd.errors import UserError
from syncd.mapping.compiling import compiled
from syncd.mapping.extends import base_of, read_extended
from syncd.mapping.model import Mapping
from syncd.mapping.problems import locate, problems_of
from syncd.mapping.schema import MappingSpec
from syncd.mapping.users import UserMap, read_users
from syncd.mapping.yamlfile import BadYaml, Node, Problem, parse_yaml, read_yaml

SUFFIXES = (".yaml", ".yml")


def load_mappings(path: Path) -> tuple[Mapping, ...]:
    """All mappings of a folder (not of its subfolders), or the one of a file, in the order of their names.

    A file without a `name` that another file extends is a base, not a mapping.
    """
    mappings: list[Mapping] = []
    problems: list[Problem] = []
    for file in _without_bases(_files(path)):
        try:
            mappings.append(_load(file))
        except BadYaml as bad:
            problems.extend(bad.problems)
    problems.extend(_same_names(mappings))
    if problems:
        # A mistake in a base shows in every file that extends it; once is enough.
        once = list(dict.fromkeys(map(str, problems)))
        raise UserError(f"{len(once)} problem{'s' * (len(once) > 1)} in the mappings", once)
    return tuple(sorted(mappings, key=lambda mapping: mapping.name))


def files_named(text: str) -> dict[str, str]:
    """The other files that the text of a mapping names, by place; none if it cannot be read at all."""
    try:
        tree = parse_yaml(text, "")
    except BadYaml:
        return {}
    users = _within(tree, "users")
    named = {"extends": _within(tree, "extends"), "users.file": _within(users, "file")}
    return {place: node.value for place, node in named.items() if node is not None and isinstance(node.value, str)}


def _within(tree: Node | None, key: str) -> Node | None:
    return tree.value.get(key) if tree is not None and isinstance(tree.value, dict) else None


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(f"there is no mapping file or folder {path}; set `mappings` to where they are")
    try:
        files = sorted(f for f in path.iterdir() if f.suffix in SUFFIXES and not f.name.startswith(".") and f.is_file())
    except OSError as error:
        raise UserError(f"the folder {path} of the mappings cannot be read: {error.strerror}") from error
    if not files:
        raise UserError(f"the folder {path} holds no mapping; a mapping is a file that ends in .yaml")
    return files


def _without_bases(files: list[Path]) -> list[Path]:
    trees = {file: tree for file in files if (tree := _peek(file))}
    bases = {base.resolve() for file, tree in trees.items() if (base := base_of(file, tree))}
    return [f for f in files if not (f.resolve() in bases and f in trees and "name" not in _keys(trees[f]))]


def _peek(file: Path) -> Node | None:
    try:
        return read_yaml(file)
    except BadYaml:
        return None  # its problems are reported when it is loaded


def _keys(tree: Node) -> Iterable[str]:
    return tree.value.keys() if isinstance(tree.value, dict) else ()


def _load(file: Path) -> Mapping:
    tree = read_extended(file)
    try:
        spec = MappingSpec.model_validate(tree.plain())
    except ValidationError as error:
        raise BadYaml(problems_of(error, tree)) from error

    def place(*way: str) -> str:
        node, path = locate(tree, way)
        return f"{node.file}:{node.line}: {path}"

    return compiled(spec, _users(spec, tree), place, str(file))


def _users(spec: MappingSpec, tree: Node) -> UserMap:
    known: dict[str, str] = {}
    if spec.users.file is not None:
        node, path = locate(tree, ("users", "file"))
        file = Path(node.file).parent / spec.users.file
        known, wrong = read_users(file)
        if wrong and not file.is_file():
            raise BadYaml([Problem(node.file, node.line, path, f"there is no file {file}")])
        if wrong:
            raise BadYaml([Problem(str(file), line, "", sentence) for line, sentence in wrong])
    return UserMap(known, spec.users.fallback or "")


def _same_names(mappings: list[Mapping]) -> list[Problem]:
    """The name is the identity of links: two mappings of one name would write each other's records."""
    first: dict[str, Mapping] = {}
    return [
        Problem(m.file, 1, "name", f"{m.name} is the name of {first[m.name].file} too; every mapping needs its own")
        for m in mappings
        if first.setdefault(m.name, m) is not m
    ]
