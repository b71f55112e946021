"""Checks the text of a mapping as if it stood in the folder of mappings. Reads no file outside of that folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePath

from syncd.errors import UserError
from syncd.mapping import load_mappings
from syncd.mapping.loading import files_named

_NAME = "this.mapping.yaml"


def problems_of_text(text: str, folder: Path) -> list[str]:
    """What is wrong with it; nothing if `syncd check` would accept it."""
    strange = _strangers(text)
    if strange:
        return [f"{place}: only files of the folder of mappings can be named here" for place in strange]
    with tempfile.TemporaryDirectory(prefix="syncd-check-") as scratch:
        for file in _siblings(folder):
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
    """Where the text names a file by more than its name. Read as a mapping is read: who reads otherwise is fooled."""
    return [place for place, file in files_named(text).items() if PurePath(file).name != file]


def _siblings(mappings: Path) -> list[Path]:
    """What a mapping may build on: the folder of mappings; or the one mapping's own files, since beside it may be
    anything, syncd.yaml too.
    """
    if mappings.is_dir():
        return [file for file in mappings.iterdir() if file.suffix in (".yaml", ".yml", ".csv") and file.is_file()]
    found: list[Path] = []
    waiting = [mappings]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found.append(file)
        named = files_named(file.read_text(encoding="utf-8", errors="replace")).values()
        waiting += [file.parent / name for name in named if PurePath(name).name == name]
    return found
