"""The pages about the API list what the program has, both ways."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from syncd.cli.main import app as commands
from syncd.core.access import Open, Role
from syncd.settings import HttpSettings
from tests.api.routes import routes_of

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"/", "/sign-in", "/sign-out", "/docs", "/docs/{name}", "/openapi.json"}


def test_every_route_is_listed_with_its_role_and_every_listed_one_exists(api):
    listed = {}
    for line in (DOCS / "api.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        for route in re.findall(r"`((?:GET|POST|PUT|DELETE) /\S+?)`", cells[1] if len(cells) > 2 else ""):
            listed[route] = cells[2]
    there = {
        f"{route.method} {route.path}": "open" if isinstance(route.need, Open) else route.need
        for route in routes_of(api.app())
        if route.path not in PAGES
    }
    assert set(listed) == set(there)
    for route, need in there.items():
        assert listed[route].split(",")[0] == need, route


def test_every_role_is_explained():
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "security.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(Role)


def test_every_http_setting_is_listed_with_its_default():
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for name in HttpSettings.model_fields:
        assert f"`http.{name}`" in page
    for host in HttpSettings().connection_hosts:
        assert host in page


def test_every_command_that_the_pages_name_exists():
    known = get_command(commands).commands  # type: ignore[attr-defined]  # a typer app is a group
    for page in ("api.md", "security.md"):
        for group, verb in re.findall(r"syncd (tokens|trail|secrets) (\w+)", (DOCS / page).read_text(encoding="utf-8")):
            assert verb in known[group].commands, f"{page}: syncd {group} {verb}"
