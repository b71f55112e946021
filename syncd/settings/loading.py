"""File, environment and secret files into one `Settings`, or all that is wrong with them in one error."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from syncd.errors import UserError
from syncd.settings.process import PREFIX, Settings

DEFAULT_FILE = Path("syncd.yaml")
NOT_SETTINGS = {"SYNCD_CONFIG", "SYNCD_SECRETS_DIR"}
"""Variables that say where settings are, and are none themselves. `SYNCD_TEST_...` belongs to the tests."""


def load_settings(path: Path | None = None) -> Settings:
    """The settings of this process. `path` is --config; else SYNCD_CONFIG; else ./syncd.yaml if there is one."""
    named = path or (Path(os.environ["SYNCD_CONFIG"]) if os.environ.get("SYNCD_CONFIG") else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    content = _read(file) if file is not None else {}
    problems = [*_unknown_variables(os.environ), *_lost_folder(os.environ)]
    settings: Settings | None = None
    try:
        settings = Settings(**content)
    except ValidationError as error:
        problems += _sentences(error)
    if settings is None or problems:
        raise UserError(f"the settings{f' of {file}' if file else ''} cannot be used:", problems)
    if file is not None and not settings.mappings.is_absolute():
        settings = settings.model_copy(update={"mappings": file.parent / settings.mappings})
    return settings


def require_connections(settings: Settings) -> None:
    if not settings.connections and not settings.secret_keys:  # with a key, they may be in the database
        raise UserError(
            "no connections are configured: write a syncd.yaml with `connections:` (see docs/quickstart.md), name one "
            "with --config, or try `syncd demo`"
        )


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the settings file."""
    return TypeAdapter(Settings).json_schema()


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"the settings file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the settings file {file} is not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise UserError(
            f"{place}: this is not YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}"
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"the settings file {file} holds {type(content).__name__}, not keys and values")
    return {str(key): value for key, value in content.items()}


def _sentences(error: ValidationError) -> Iterator[str]:
    """One sentence a problem, with its place; never the value, which may be a secret."""
    for problem in error.errors(include_url=False, include_input=False):
        place = _place(problem["loc"])
        yield f"{place}: {_message(problem)}" if place else _message(problem)


def _message(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "there is no such setting"
        case "missing":
            return "is missing"
        case "union_tag_not_found":
            return "type is missing"
        case "union_tag_invalid":
            known = str(problem["ctx"]["expected_tags"]).replace("'", "")
            return f"there is no such type; there are: {known}"
    return problem["msg"].removeprefix("Value error, ")


def _place(location: tuple[int | str, ...]) -> str:
    """The path of a problem as one writes it in the file: without the variants' names that pydantic puts in.

    `connections.<name>.<type>.auth.<type>.<key>`: the third and the fifth part are such names.
    """
    parts = [str(part) for part in location]
    if parts[:1] != ["connections"]:
        return ".".join(parts)
    variants = {2} if parts[2:3] in (["jira"], ["servicenow"]) else set()
    if parts[3:4] == ["auth"]:
        variants.add(4)
    return ".".join(part for index, part in enumerate(parts) if index not in variants)


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name in NOT_SETTINGS or name.startswith("SYNCD_TEST_"):
            continue
        if name.upper().removeprefix(PREFIX).split("__")[0] not in known:
            yield f"{name} (environment): there is no such setting"


def _lost_folder(environment: Mapping[str, str]) -> Iterator[str]:
    folder = environment.get("SYNCD_SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        yield f"SYNCD_SECRETS_DIR (environment): there is no folder {folder}"
