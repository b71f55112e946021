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
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    ours = {one.exit_code for one in classes if issubclass(one, errors.SyncdError)}
    said = {int(code) for code in re.findall(r"sys\.exit\((\d+)\)", source("syncd/cli/main.py"))}
    explained = {int(row[0]) for row in table_rows(PAGE) if row[0].isdigit()}
    assert explained == ours | said


def test_every_variable_is_explained_and_read():
    code = "\n".join(source(str(file.relative_to(ROOT))) for file in (ROOT / "syncd").rglob("*.py"))
    read = set(re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)""", code))
    explained = {row[0].split("`")[1] for row in table_rows(PAGE) if re.match(r"`[A-Z_]+`", row[0])}
    assert explained == read | set(FROM_LIBRARIES) | {"SYNCD_"}


def mentions(text: str) -> Iterator[str]:
    """Every `syncd ...` in code marks, and every line of a block that begins so."""
    yield from re.findall(r"`(syncd [a-z][^`\n]*)`", text)
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^(?:\.venv/bin/)?(syncd [a-z].*)", block, re.MULTILINE)


def problem_of(words: str) -> str | None:
    path = next((path for path in commands() if f"{words} ".startswith(f"{path} ")), None)
    if path is None:
        group = words.split("|")[0].rpartition(" ")[0] if "|" in words else words
        return None if any(known.startswith(f"{group} ") for known in commands()) else "there is no such command"
    known = {name for one in options(commands()[path]) for name in one.opts} | {"--help"}
    unknown = set(re.findall(r" (--?[a-z][a-z-]*)", words.partition(" #")[0].partition(" |")[0])) - known
    return f"has no option {', '.join(sorted(unknown))}" if unknown else None


# Decisions tell what was thought then, and may name what is still to come.
@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_there(page):
    said = {words: problem_of(words) for words in mentions(page.read_text(encoding="utf-8"))}
    assert {words: problem for words, problem in said.items() if problem} == {}


def test_a_command_that_is_not_there_is_noticed():
    assert problem_of("syncd parked list --json") is None
    assert problem_of("syncd db upgrade|check") is None
    assert problem_of("syncd parkd list")
    assert problem_of("syncd parked list --jsn")


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
