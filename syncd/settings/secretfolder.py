"""The folder of `SYNCD_SECRETS_DIR`: whether all of it can be read. What is in it is read by pydantic-settings.

That library passes over a folder that it may not list, and fails at a file that it may not read: neither tells an
operator why the credentials are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

WHERE = "SYNCD_SECRETS_DIR (environment)"


def folder_problems(folder: str | None) -> Iterator[str]:
    """What is wrong with the folder, if one is named."""
    if not folder:
        return
    if not Path(folder).is_dir():
        yield f"{WHERE}: there is no folder {folder}"
        return
    for path, reason in unreadable(Path(folder)):
        yield f"{WHERE}: {path} cannot be read: {reason}"


def unreadable(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each file or folder that holds no secret for us, and why. Hidden ones are nobody's: Kubernetes keeps its own."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield folder, error.strerror or str(error)
        return
    for path in entries:
        if path.name.startswith("."):
            continue
        try:
            if path.is_file():
                path.read_text(encoding="utf-8")
        except OSError as error:
            yield path, error.strerror or str(error)
        except UnicodeDecodeError:
            yield path, "it is not UTF-8 text"
