"""The text of `syncd.yaml` as keys and values, and which keys stand there twice. Knows no setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from syncd.errors import UserError


def read_settings(file: Path) -> tuple[dict[str, Any], list[str]]:
    """(keys and values, one sentence for each key that stands twice). Raises UserError if it holds neither."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"the settings file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the settings file {file} is not UTF-8 text; save it as UTF-8") from error
    try:
        content = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        what = getattr(error, "problem", None) or "it cannot be parsed"
        tab = "; indent with spaces, not with tabs" if "'\\t'" in what else ""
        raise UserError(f"{place}: this is not YAML: {what}{tab}") from error
    except ValueError as error:  # a date that there is not, where YAML sees one
        raise UserError(f"the settings file {file} is not YAML: {error}; put such a value into quotes") from error
    if content is None:
        return {}, []
    if not isinstance(content, dict):
        raise UserError(f"the settings file {file} holds {_kind(content)}, not keys and values")
    return {str(key): value for key, value in content.items()}, list(_twice(root, file, "", set()))


def _kind(content: object) -> str:
    return "a list" if isinstance(content, list) else "a text" if isinstance(content, str) else "one value"


def _twice(node: yaml.Node | None, file: Path, above: str, seen: set[int]) -> Iterator[str]:
    """YAML takes the last of two; whoever wrote the first would look for it in vain."""
    if node is None or id(node) in seen:  # an anchor may be named again, even within itself
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _twice(one, file, above, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in first:
            yield f"{file}:{line}: {above}{name} stands twice, first in line {first[name]}; keep one"
        first.setdefault(name, line)
        yield from _twice(value, file, f"{above}{name}.", seen)
