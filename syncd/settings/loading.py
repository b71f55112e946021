"""File, environment and secret files into one `Settings`, or all that is wrong with them in one error."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from syncd.errors import UserError
from syncd.settings.process import PREFIX, Settings
from syncd.settings.secretfolder import folder_problems
from syncd.settings.yamlfile import read_settings

DEFAULT_FILE = Path("syncd.yaml")
NOT_SETTINGS = {"SYNCD_CONFIG", "SYNCD_SECRETS_DIR"}
"""Variables that say where settings are, and are none themselves. `SYNCD_TEST_...` belongs to the tests."""


def load_settings(path: Path | None = None) -> Settings:
    """The settings of this process. `path` is --config; else SYNCD_CONFIG; else ./syncd.yaml if there is one."""
    named = path or (Path(os.environ["SYNCD_CONFIG"]) if os.environ.get("SYNCD_CONFIG") else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    content, twice = read_settings(file) if file is not None else ({}, [])
    problems = [*twice, *_unknown_variables(os.environ), *folder_problems(os.environ.get("SYNCD_SECRETS_DIR"))]
    settings: Settings | None = None
    try:
        settings = Settings(**content)
    except ValidationError as error:
        problems += _sentences(error, os.environ)
    except SettingsError as error:  # JSON is what a variable holds that names more than one setting
        problems.append(f"{error}; set its keys one by one, e.g. SYNCD_HTTP__PORT=8090")
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


def _sentences(error: ValidationError, environment: Mapping[str, str]) -> Iterator[str]:
    """One sentence a problem, with its place; never the value, which may be a secret."""
    variables = {name.upper(): name for name in environment}
    for problem in error.errors(include_url=False, include_input=False):
        place = _place(problem["loc"])
        variable = variables.get(f"{PREFIX}{place.replace('.', '__')}".upper())
        where = f"{place} ({variable} in the environment)" if variable else place
        yield f"{where}: {_message(problem)}" if place else _message(problem)


def _message(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "there is no such setting"
        case "missing":
            return "is missing"
        case "too_short" | "string_too_short":
            return "is empty"
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
