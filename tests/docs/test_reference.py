"""What the reference pages list is what the program has, both ways."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from syncd.cli.main import app
from syncd.observe.labels import PARK_CAUSES
from syncd.settings import JiraConnection, ServiceNowConnection, Settings
from syncd.settings.process import HttpSettings, LogSettings
from tests.docs.page import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def first_cells(page: str) -> set[str]:
    """Every name in code marks in the first column of a table."""
    rows = [
        line.split("|")[1] for line in (DOCS / page).read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("model", [Settings, JiraConnection, ServiceNowConnection])
def test_every_setting_is_listed(model):
    listed = {name.split(".")[0] for name in first_cells("settings.md")}
    listed |= set(re.findall(r"`(\w+)`", (DOCS / "settings.md").read_text(encoding="utf-8")))
    assert set(model.model_fields) - {"type"} <= listed


@pytest.mark.parametrize(("group", "model"), [("http", HttpSettings), ("log", LogSettings)])
def test_every_setting_of_a_group_is_listed(group, model):
    assert {f"{group}.{name}" for name in model.model_fields} <= first_cells("settings.md")


def test_every_command_of_the_readme_exists():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]  # a typer app is a group
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    named = set(re.findall(r"^syncd (\w+)", "\n".join(blocks), re.MULTILINE))
    assert named
    assert named <= commands


@cache
def anchors(page: Path) -> set[str]:
    """What one can link to in a page: its headings as GitHub spells them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_place_that_a_page_links_to_is_there(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), f"links to {target}"
        assert not anchor or anchor in anchors(linked), f"links to {target}#{anchor}"


def test_every_page_is_in_the_index():
    index = set(re.findall(r"\]\(([\w-]+\.md)", (DOCS / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} == index


def test_every_file_that_a_page_names_is_there():
    """Paths in code marks that begin in a folder of the repository."""
    for page in PAGES:
        for named in re.findall(
            r"`((?:syncd|tests|deploy|mappings|docs|\.ci)/[\w./-]+)`", page.read_text(encoding="utf-8")
        ):
            assert (ROOT / named).exists() or "NNN" in named, f"{page.name} names {named}"


def test_the_readme_installs_as_the_quickstart_does_and_as_the_gate_does():
    readme, quickstart = (page.read_text(encoding="utf-8") for page in (ROOT / "README.md", DOCS / "quickstart.md"))
    begin = "python3 -m venv .venv && .venv/bin/pip install -q -e"
    assert f"\n{begin} . && .venv/bin/syncd demo\n" in readme
    assert f"\n{begin} '.[dev]' && .venv/bin/pytest\n" in readme
    assert f"\n{begin} '.[postgres]'\n" in quickstart
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {"dev", "postgres"} <= set(extras)


def test_every_cause_of_parking_is_explained():
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"parked, cause `(\w+)`", text)) == set(PARK_CAUSES)
