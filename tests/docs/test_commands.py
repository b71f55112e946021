"""docs/commands.md is the whole command line, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from typer.main import get_command

from syncd import errors
from syncd.cli.main import app
from tests.docs.page import DOCS, ROOT, table_rows

PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
FROM_LIBRARIES = {"FORWARDED_ALLOW_IPS": "uvicorn"}
"""Variables that a library reads for us, and which."""


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, f"{path} {name}")
    if not hasattr(command, "commands"):
        yield path, command


@cache
def commands() -> dict[str, Any]:
    return dict(leaves(get_command(app), "syncd"))


@cache
def sections() -> dict[str, tuple[str, str]]:
    """By command: the arguments in its heading, and what stands under it."""
    parts = re.split(r"^#+ (.+)$", PAGE, flags=re.MULTILINE)
    found = {}
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if spelt := re.fullmatch(r"`(syncd(?: [a-z]+)+)((?: \S+)*)`", heading):
            found[spelt[1]] = (spelt[2].strip(), text)
    return found


def options(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "option"]


def test_every_command_has_its_section_and_every_section_its_command():
    assert len(commands()) > 25
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("path", sorted(commands()))
def test_the_options_of_a_command_are_all_listed(path):
    _, text = sections()[path]
    assert set(re.findall(r"`(--[a-z-]+)", text)) == {one.opts[0] for one in options(commands()[path])}


@pytest.mark.parametrize("path", sorted(commands()))
def test_the_arguments_of_a_command_stand_in_its_heading(path):
    arguments = [one for one in commands()[path].params if one.param_type_name == "argument"]
    spelt = [one.name.upper() if one.required else f"[{one.name.upper()}]" for one in arguments]
    assert sections()[path][0] == " ".join(spelt)


@pytest.mark.parametrize("path", sorted(commands()))
def test_the_defaults_of_a_command_are_as_listed(path):
    known = {one.opts[0]: one.default for one in options(commands()[path])}
    for first, default, *_ in (row for row in table_rows(sections()[path][1]) if len(row) == 3):
        if default.startswith("`"):
            name = re.findall(r"`(--[a-z-]+)", first)[0]
            assert known[name] == type(known[name])(default.strip("`")), name


def test_short_names_are_listed():
    shorts = {short for one in commands().values() for option in options(one) for short in option.opts[1:]}
    assert shorts
    assert {short for short in shorts if f"`{short}`" not in PAGE} == set()


def test_the_options_of_syncd_itself_are_listed():
    assert {one.opts[0] for one in options(get_command(app)) if f"{one.opts[0]}`" not in PAGE} == set()


def test_every_exit_code_is_explained_and_exists():
    ours = {error.exit_code for error in vars(errors).values() if isinstance(error, type)}
    said = {int(code) for code in re.findall(r"sys\.exit\((\d+)\)", source("syncd/cli/main.py"))}
    explained = {int(row[0]) for row in table_rows(PAGE) if row[0].isdigit()}
    assert explained == ours | said


def test_every_variable_is_explained_and_read():
    code = "\n".join(source(str(file.relative_to(ROOT))) for file in (ROOT / "syncd").rglob("*.py"))
    read = set(re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)""", code))
    explained = {row[0].split("`")[1] for row in table_rows(PAGE) if re.match(r"`[A-Z_]+`", row[0])}
    assert explained == read | set(FROM_LIBRARIES) | {"SYNCD_"}


def test_no_page_names_a_command_or_an_option_that_is_not_there():
    wrong = []
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for words in re.findall(r"(?:`|^|\n)(?:\.venv/bin/)?(syncd [a-z][^`\n]*)", page.read_text(encoding="utf-8")):
            path = next((path for path in commands() if f"{words} ".startswith(f"{path} ")), None)
            group = any(path.startswith(f"{words.split('|')[0].strip()} ") for path in commands())
            if path is None:
                wrong += [] if group else [f"{page.name}: {words}"]
                continue
            known = {name for one in options(commands()[path]) for name in one.opts} | {"--help"}
            wrong += [f"{page.name}: {words}" for option in re.findall(r" (--[a-z-]+)", words) if option not in known]
    assert wrong == []


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
