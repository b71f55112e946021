"""Pages that nest too deep are made flat, all others are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.jira.depth import DEEPEST, flattened
from syncd.jira.rendering import rendered


def page(depth: int) -> str:
    return "<div>" * depth + "x" + "</div>" * depth


def test_a_page_as_deep_as_may_be_is_left_alone() -> None:
    assert flattened(page(DEEPEST)) == page(DEEPEST)


def test_below_that_the_tags_go_and_the_text_stays() -> None:
    html = flattened(f"<p>before</p>{page(DEEPEST + 100)}<p>after</p>")
    assert html.count("<div>") == html.count("</div>") == DEEPEST
    assert html.startswith("<p>before</p>")
    assert html.endswith("</div><p>after</p>")
    assert html.count("x") == 1


def test_a_long_page_is_not_a_deep_one() -> None:
    html = "<p>one<br>two<img src='x'></p>" * 10 * DEEPEST
    assert flattened(html) == html


def test_elements_that_are_not_closed_count_as_open() -> None:
    assert flattened("<font color=1><p>x" * 3 * DEEPEST).count("<font") == DEEPEST // 2


@pytest.mark.parametrize("html", ["", "no tags", "a < b > c", "</p></p>", "<", "<a", "<!-- <b> -->", "<1>"])
def test_what_is_no_nesting_is_left_alone(html: str) -> None:
    assert flattened(html) == html


@given(
    st.lists(st.sampled_from(["<ul>", "</ul>", "<li>", "</li>", "<br/>", "w0", "w1", "< ", ">", "&lt;"]), max_size=40)
)
def test_no_word_of_any_page_is_lost(pieces: list[str]) -> None:
    deep = "<ul>" * DEEPEST + "".join(pieces)
    assert [c for c in flattened(deep) if c in "w01"] == [c for c in deep if c in "w01"]


def test_the_deepest_list_that_fits_into_a_comment_reads() -> None:
    reading = rendered("<ul><li>" * 32_000 + "bottom" + "</li></ul>" * 32_000, "", "https://jira.example.com")
    assert reading.text.strip().endswith("bottom")
