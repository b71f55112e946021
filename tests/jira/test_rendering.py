"""Jira's HTML as it reads. Each golden/*.html is what Jira makes of one kind of markup, *.txt what a note shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.jira.rendering import rendered

BASE = "https://jira.example.com"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.html"))


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: page.stem)
def test_it_reads_well(page: Path) -> None:
    reading = rendered(page.read_text("utf-8"), "", BASE)
    assert reading.text == page.with_suffix(".txt").read_text("utf-8").removesuffix("\n")


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: page.stem)
def test_the_html_is_safe(page: Path) -> None:
    html = rendered(page.read_text("utf-8"), "", BASE).html
    for danger in ("<script", "<style", "<iframe", "javascript:", "onclick", "steal()", 'href="/', 'src="/', "class="):
        assert danger not in html


def test_links_in_html_are_absolute_also_below_a_context_path() -> None:
    html = rendered('<a href="/jira/browse/A-1">A-1</a> <img src="x.png">', "", "https://host/jira").html
    assert 'href="https://host/jira/browse/A-1"' in html
    assert 'src="https://host/jira/x.png"' in html


@pytest.mark.parametrize("html", [None, "", "  \n", 17, "<p></p>", "<script>x</script>"])
def test_where_jira_rendered_nothing_the_source_is_the_text(html: object) -> None:
    reading = rendered(html, "h1. Title\n* <b>[code]", BASE)
    assert reading.text == "h1. Title\n* <b>(code)"
    assert reading.html == "h1. Title<br>\n* &lt;b&gt;[code]"


def test_nothing_reads_as_nothing() -> None:
    assert rendered("<p></p>", "", BASE).text == ""
    assert rendered(None, "", BASE).text == ""


def test_control_characters_do_not_get_through() -> None:
    assert rendered("<p>a\x00b\x07&#7;c</p>", "", BASE).text == "abc"


MONSTERS = {
    "divs": "<div>" * 3000 + "x",
    "quotes": "<blockquote>x" * 8000,
    "lists": "<ul><li>x" * 4000,
    "tables": "<table><tr><td>x" * 8000,
    "links": "<a href='/x'>t" * 20000,
    "unclosed": "<" * 300_000,
    "ampersands": "&" * 300_000,
    "spaces": "<p>" + " " * 1_000_000 + "x",
    "line breaks": "<br>" * 100_000,
    "preformatted": "<pre>" + "\n" * 300_000 + "x",
    "bold": "<b>x" * 20_000,
    "numbers": "<ol start='99999999999999999999'><li>x</ol>",
    "bad addresses": "<a href='//[x'>a</a><img src='http://[::1'>",
}


@pytest.mark.parametrize("html", MONSTERS.values(), ids=MONSTERS.keys())
def test_monsters_are_written_down_and_no_more_than_twenty_times_their_size(html: str) -> None:
    reading = rendered(html, "", BASE)
    assert len(reading.text) <= 20 * len(html) + 100
