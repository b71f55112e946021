"""Checks the text of a mapping as if it stood in the folder of mappings. Reads no file outside of that folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Any

import yaml

from syncd.errors import UserError
from syncd.mapping import load_mappings

_NAME = "this.mapping.yaml"


def problems_of_text(text: str, folder: Path) -> list[str]:
    """What is wrong with it; nothing if `syncd check` would accept it."""
    strange = _strangers(text)
    if strange:
        return [f"{place}: only files of the folder of mappings can be named here" for place in strange]
    home = folder if folder.is_dir() else folder.parent
    with tempfile.TemporaryDirectory(prefix="syncd-check-") as scratch:
        for file in home.iterdir():
            if file.suffix in (".yaml", ".yml", ".csv") and file.is_file():
                shutil.copy(file, scratch)
        place = Path(scratch) / _NAME
        try:
            place.write_text(text, encoding="utf-8")
            load_mappings(place)
        except UnicodeEncodeError:
            return ["this is not UTF-8 text"]
        except UserError as error:
            return [problem.replace(f"{place}", "text").replace(f"{scratch}/", "") for problem in error.problems] or [
                error.summary.replace(f"{place}", "text")
            ]
    return []


def _strangers(text: str) -> list[str]:
    """Where the text names a file by more than its name."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []  # what is wrong with it is told by who understands mappings
    if not isinstance(content, dict):
        return []
    users = content.get("users")
    named: dict[str, Any] = {
        "extends": content.get("extends"),
        "users.file": users.get("file") if isinstance(users, dict) else None,
    }
    return [place for place, file in named.items() if isinstance(file, str) and PurePath(file).name != file]
