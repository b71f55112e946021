"""What the reference pages list is what the program has, both ways."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from syncd.cli.main import app
from syncd.observe.labels import PARK_CAUSES
from syncd.settings import JiraConnection, ServiceNowConnection, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


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


def test_every_command_of_the_readme_exists():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]  # a typer app is a group
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    named = set(re.findall(r"^syncd (\w+)", "\n".join(blocks), re.MULTILINE))
    assert named
    assert named <= commands


def test_every_page_that_a_page_links_to_is_there():
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_cause_of_parking_is_explained():
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"parked, cause `(\w+)`", text)) == set(PARK_CAUSES)
