"""A real browser: every page at desktop and phone width, light and dark, with a keyboard, and without scripts.

It is skipped with a reason where there is no browser, or no Playwright to drive it (`pip install playwright`; the
browser may be the system's own Chromium). The check by axe-core also needs its script: AXE_CORE=.../axe.min.js.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.core.access import Role
from tests.console.conftest import FOR_ADMINS, FOR_OPERATORS, PAGES

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

ALL = (*PAGES, *FOR_OPERATORS, *FOR_ADMINS, "/links?search=NOPE", "/sign-in")
FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [at.innerText.trim(), ringed, box.top >= 0 && box.left >= 0 && box.width > 0];
}"""
FROM_NPM = Path("node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Reader:
    """Somebody at a browser; `trouble` is what the browser complained about."""

    def __init__(self, context: Any, house: Any) -> None:
        self.page = context.new_page()
        self.url = house.url
        self.trouble: list[str] = []
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", lambda message: self._heard(message))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(message.text)

    def go(self, address: str) -> Any:
        self.page.goto(self.url + address)
        return self.page


@pytest.fixture
def reader(chromium, house):
    """Signs somebody in by the sign-in page, as a person does."""
    contexts = []

    def sign_in(role: Role = Role.ADMIN, **options: Any) -> Reader:
        context = chromium.new_context(**options)
        contexts.append(context)
        reader = Reader(context, house)
        page = reader.go("/sign-in")
        page.fill("#token", house.api.tokens[role])
        page.keyboard.press("Enter")
        page.wait_for_url(house.url + "/")
        reader.trouble.clear()
        return reader

    yield sign_in
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_every_page_fits_and_the_browser_has_nothing_to_complain_of(reader, tmp_path, width, scheme):
    someone = reader(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for number, address in enumerate(ALL):
        page = someone.go(address)
        page.screenshot(path=tmp_path / f"{number:02}-{width}-{scheme}.png", full_page=True)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{address} has to be scrolled sideways"
        assert page.locator("h1").count() == 1
    assert someone.trouble == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(reader, width, scheme):
    script = Path(os.environ.get("AXE_CORE", FROM_NPM))
    if not script.exists():
        pytest.skip("axe-core is not here: npm install axe-core, or set AXE_CORE to its axe.min.js")
    someone = reader(viewport={"width": width, "height": 800}, color_scheme=scheme)
    found = []
    for address in ALL:
        page = someone.go(address)
        page.evaluate(script.read_text(encoding="utf-8"))
        for one in page.evaluate("axe.run(document)")["violations"]:
            found.append((address, one["id"], one["impact"], one["nodes"][0]["html"][:120]))
    assert found == []


def test_with_the_keyboard_alone(reader):
    """The first stop leads past the navigation; then each place in order; the focus is always to be seen."""
    someone = reader(viewport={"width": 1280, "height": 800})
    page = someone.go("/parked")
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        words, ringed, shown = page.evaluate(FOCUS)
        seen.append(words)
        assert ringed, f"where is the focus? on {words!r} it is not to be seen"
        assert shown, f"{words!r} is out of sight"
    places = ["Overview", "Links", "Parked", "Backfills", "Mappings", "Settings", "Tokens", "Audit"]
    assert seen == ["Skip to the content", "syncd", *places, "Sign out", "Retry all", "Drop all", "OPS-2"]
    page.goto(someone.url + "/links")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_question_is_asked_in_a_dialog_and_no_means_no(reader, house):
    page = reader().go("/parked")
    page.get_by_role("button", name="Drop OPS-2").click()
    dialog = page.get_by_role("dialog")
    assert "Drop OPS-2?" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert page.url.endswith("/parked")
    page.get_by_role("button", name="Drop OPS-2").click()
    dialog.get_by_role("button", name="Drop").click()
    page.wait_for_url("**/parked?said=dropped*")
    assert [one.issue_key for one in house.api.store.reports.parked()] == ["OPS-4"]


def test_without_scripts_the_question_is_a_page_and_all_else_works(reader, house):
    page = reader(java_script_enabled=False).go("/parked")
    page.get_by_role("button", name="Drop OPS-2").click()
    assert "Drop 10002?" in page.locator("main").inner_text()
    page.get_by_role("button", name="Drop").click()
    page.wait_for_url("**/parked?said=dropped*")
    assert [one.issue_key for one in house.api.store.reports.parked()] == ["OPS-4"]
    page.goto(house.url + "/links")
    page.fill("#search", "OPS-12")
    page.keyboard.press("Enter")
    page.wait_for_url("**/links?search=OPS-12")
    assert page.locator("tbody tr").count() == 1
    page.goto(house.url + "/settings/new?kind=servicenow")
    page.select_option("#way", "api_key")
    page.get_by_role("button", name="Choose").click()
    page.wait_for_url("**way=api_key")
    assert page.locator("[id='auth.key']").count() == 1
    page.goto(house.url + "/links")
    assert page.locator("time").first.inner_text().endswith("UTC")


def test_the_overview_renews_itself_and_keeps_what_is_open_and_in_focus(reader, house):
    page = reader().go("/")
    page.evaluate("window.still = true")
    page.locator("details").first.locator("summary").click()
    page.evaluate("renew(document.getElementById('main'))")
    house.api.store.cursors.pause("ops", True)
    page.get_by_role("button", name="Pause ops").focus()
    page.evaluate("renew(document.getElementById('main'))")
    page.locator("th .pill.warn", has_text="paused").wait_for()
    assert page.evaluate("window.still"), "it was not loaded anew"
    assert page.locator("details").first.get_attribute("open") is not None
    assert page.evaluate("document.activeElement.innerText").startswith("Pause"), "nothing changes under a finger"


def test_times_read_as_how_long_ago_and_keep_the_moment(reader):
    time = reader().go("/links").locator("time.ago").first
    assert time.inner_text().endswith("ago")
    assert time.get_attribute("title").endswith("UTC")


def test_a_connection_is_made_by_hand(reader, house):
    page = reader().go("/settings")
    page.get_by_role("link", name="New ServiceNow connection").click()
    page.get_by_label("Name", exact=True).fill("sn")
    page.get_by_label("URL").first.fill("https://acme.service-now.com")
    page.get_by_label("Username").fill("svc")
    page.get_by_label("Password").fill("canary-browser")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings/of/sn?said=created")
    page.get_by_role("button", name="Test sn").click()
    page.get_by_text("It works").wait_for()
    assert "canary-browser" not in page.content()
    assert house.api.services.connections.get("sn").secrets == {"auth.password": "canary-browser"}
