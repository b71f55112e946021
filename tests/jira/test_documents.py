"""Atlassian documents where a text should be: they read as Jira's own rendering does, and no text is lost.

Each documents/*.json is one kind of nodes, *.txt what a note shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.jira.adf import DEEPEST, document_html, is_document
from syncd.jira.rendering import rendered
from tests.jira.sandbox import FLAVOURS, site

BASE = "https://jira.example.com"
DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.json"))

NODES = {
    *(
        "doc",
        "paragraph",
        "text",
        "hardBreak",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "taskList",
        "taskItem",
        "decisionList",
        "decisionItem",
    ),
    *(
        "codeBlock",
        "blockquote",
        "rule",
        "panel",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "mediaSingle",
        "mediaGroup",
        "mediaInline",
        "media",
    ),
    *(
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "blockCard",
        "embedCard",
        "expand",
        "nestedExpand",
        "layoutSection",
        "layoutColumn",
        "extension",
    ),
    *("inlineExtension", "bodiedExtension", "placeholder"),
}
MARKS = {"strong", "em", "code", "link", "strike", "underline", "subsup", "textColor", "backgroundColor"}


def document(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_it_reads_well(file: Path) -> None:
    reading = rendered(None, json.loads(file.read_text("utf-8")), BASE)
    assert reading.text == file.with_suffix(".txt").read_text("utf-8").removesuffix("\n")


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_the_html_is_safe_and_its_addresses_are_absolute(file: Path) -> None:
    html = rendered(None, json.loads(file.read_text("utf-8")), BASE).html
    for danger in ("<script", "javascript:", "onclick", "steal()", 'href="/', "class="):
        assert danger not in html


def test_the_documents_show_every_node_and_every_mark_there_is() -> None:
    shown = [node for file in DOCUMENTS for node in nodes(json.loads(file.read_text("utf-8")))]
    kinds = {node["type"] for node in shown if isinstance(node.get("type"), str)}
    assert kinds >= NODES
    assert kinds >= MARKS


def test_jiras_own_rendering_comes_first() -> None:
    assert rendered("<p>rendered</p>", document(text("source")), BASE).text == "rendered"


@pytest.mark.parametrize("html", [None, "", "<p></p>"])
def test_a_document_without_a_rendering_is_rendered_here(html: object) -> None:
    assert rendered(html, document(text("a < b")), BASE).text == "a < b"
    assert rendered(html, document(text("a < b")), BASE).html.strip() == "a &lt; b"


@pytest.mark.parametrize(
    ("value", "so"),
    [
        ({"type": "doc", "version": 1, "content": []}, True),
        ({"type": "doc"}, False),
        ({"type": "paragraph", "content": []}, False),
        ("doc", False),
        (None, False),
    ],
)
def test_what_a_document_is(value: Any, so: bool) -> None:
    assert is_document(value) is so


@pytest.mark.parametrize("source", [{"raw": "words"}, 17, ["a", "b"]], ids=["object", "number", "list"])
def test_a_source_of_no_known_kind_is_shown_as_it_is(source: Any) -> None:
    """As it is, or what it holds: a reader finds the words."""
    words = rendered(None, source, BASE).text
    assert all(word in words for word in re.findall(r"\w+", json.dumps(source)))


def nested(kind: str, depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"type": kind, "content": [text("bottom")]}
    for _ in range(depth):
        node = {"type": kind, "content": [text("x"), node]}
    return document(node)


@pytest.mark.parametrize("kind", ["bulletList", "blockquote", "panel", "paragraph", "tableCell", "hologram"])
def test_deeper_than_anybody_writes_the_form_goes_and_the_text_stays(kind: str) -> None:
    deep = nested(kind, 20 * DEEPEST)
    reading = rendered(None, deep, BASE)
    assert "bottom" in reading.text
    assert reading.text.count("x") == 20 * DEEPEST
    assert len(reading.text) <= 100 * 20 * DEEPEST


INLINE = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8).map(text)
KINDS = st.sampled_from(sorted(NODES - {"text", "doc"} | {"hologram"}))
TREES = st.recursive(
    INLINE,
    lambda inner: st.builds(
        lambda kind, content: {"type": kind, "content": content}, KINDS, st.lists(inner, min_size=1, max_size=4)
    ),
    max_leaves=30,
)


@given(st.lists(TREES, max_size=5))
def test_however_nodes_are_put_together_no_word_is_lost(content: list[Any]) -> None:
    """Words may move out of a table that is none, as in a browser; none goes away."""
    said = [node["text"] for node in nodes(content) if node.get("type") == "text"]
    read = re.sub(r"\W", "", rendered(None, document(*content), BASE).text)
    for word in said:
        assert word in read


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "content", "attrs", "text", "marks", "href"]), inner, max_size=5)
    ),
)


@given(JUNK)
def test_whatever_stands_in_its_place_it_is_read_without_an_error(value: Any) -> None:
    assert isinstance(document_html({"type": "doc", "content": value}), str)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_field_of_a_plug_in_that_holds_a_document_comes_as_its_text(flavour: str) -> None:
    with site(flavour, issues=1) as held:
        held.sandbox.act.edit("OPS-1", {"customfield_10037": document(text("from the plug-in"))})
        (issue,) = held.source.fetch(["10001"], ["Epic Panel"]).issues
        assert issue.texts["customfield_10037"] == "from the plug-in"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_thirty_two_thousand_brackets_come_as_they_are(flavour: str) -> None:
    with site(flavour, issues=1) as held:
        held.sandbox.act.edit("OPS-1", {"description": "[" * 32_000})
        (issue,) = held.source.fetch(["10001"], ["description"]).issues
        assert issue.texts["description"] == "[" * 32_000
