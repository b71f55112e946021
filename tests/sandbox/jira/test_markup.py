"""Wiki markup, HTML and ADF, each into the others (jira facts 12)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.sandbox.jira.markup import Links, adf, from_adf, to_adf, to_html
from syncd.sandbox.jira.model import Rich

LINKS = Links(
    attachment=lambda name: f"/secure/attachment/1/{name}" if name == "a.png" else None,
    person=lambda mention: (f"/secure/ViewProfile.jspa?name={mention}", mention.title()),
)


def html(text: str) -> str:
    return to_html(text, LINKS)


def names(mention: str) -> tuple[str, str]:
    return f"id-{mention}", mention.title()


@pytest.mark.parametrize(
    ("wiki", "expected"),
    [
        ("plain", "<p>plain</p>"),
        ("two\r\nlines", "<p>two<br/>\nlines</p>"),
        ("two\n\nparagraphs", "<p>two</p>\n\n<p>paragraphs</p>"),
        ("*bold* _italic_ -gone- +new+", "<p><b>bold</b> <em>italic</em> <del>gone</del> <ins>new</ins></p>"),
        ("x^2^ H~2~O ??who?? {{code}}", "<p>x^2^ H~2~O <cite>who</cite> <tt>code</tt></p>"),
        ("*bold with _italic_ in it*", "<p><b>bold with <em>italic</em> in it</b></p>"),
        ("snake_case_name 2*3*4 a-b-c", "<p>snake_case_name 2*3*4 a-b-c</p>"),
        (r"\*not bold\*", "<p>*not bold*</p>"),
        ("h2. Title", '<h2><a name="Title"></a>Title</h2>'),
        ("----", "<hr />"),
        ("bq. said", "<blockquote><p>said</p></blockquote>"),
        ("{quote}said{quote}", "<blockquote><p>said</p></blockquote>"),
        ("{color:red}hot{color}", '<p><font color="red">hot</font></p>'),
        ("[~bob]", '<p><a href="/secure/ViewProfile.jspa?name=bob" class="user-hover" rel="bob">Bob</a></p>'),
        ("[no link]", "<p>[no link]</p>"),
        ("[x|javascript:alert(1)]", "<p>[x|javascript:alert(1)]</p>"),
        ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
        ("!gone.png!", '<p><span class="error">No image attached to this issue: gone.png</span></p>'),
        ("wait! what!", "<p>wait! what!</p>"),
    ],
)
def test_html(wiki: str, expected: str) -> None:
    assert html(wiki) == expected


def test_links_and_images() -> None:
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html("[text|https://example.com/a?b=1&c=2]")
    assert '<a href="https://example.com/x" class="external-link"' in html("see https://example.com/x.")
    assert '<img src="/secure/attachment/1/a.png"' in html("!a.png|thumbnail!")


def test_lists_nest_and_change_kind() -> None:
    out = html("* one\n** inner\n*# numbered\n* two\n# other")
    assert out.count("<ul>") == 2
    assert out.count("<ol>") == 1
    assert out.index("inner") < out.index("two") < out.index("other")


def test_tables() -> None:
    out = html("||name||size||\n|[a|https://x/y]|*1*|")
    assert "<th class='confluenceTh'>name</th>" in out
    assert "<td class='confluenceTd'><b>1</b></td>" in out
    assert out.count("<td") == 2


def test_code_is_not_markup() -> None:
    out = html("{code:python}\n*x* <y>\n{code}\nafter")
    assert '<pre class="code-python">*x* &lt;y&gt;</pre>' in out
    assert out.endswith("<p>after</p>")
    assert "<pre>*x*</pre>" in html("{noformat}*x*{noformat}")


def test_an_unclosed_macro_is_text() -> None:
    assert html("{code} and on") == "<p>{code} and on</p>"


def test_panels_hold_blocks() -> None:
    out = html("{panel:title=Note}\n* a\n{panel}")
    assert "<b>Note</b>" in out
    assert "<li>a</li>" in out


PATHOLOGICAL = [
    "[", "*", "_*", "{", "{code}", "{code:x}", "{quote}", "{panel}x", "!", "[a", "[a|", "{{", "|", "||", "* ", "??",
    "{color:red}", "\\", "http://", "*a ", " *a", "!a.b", "~^", "[~", "* a\n** b\n", "*_-+^~?? a", "|[a|b", "h1. ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PATHOLOGICAL)
def test_the_longest_text_of_the_worst_kind_takes_no_time(piece: str) -> None:
    text = (piece * 32_767)[:32_767]
    started = time.perf_counter()
    html(text)
    to_adf(Rich(text), names)
    assert time.perf_counter() - started < 3


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="*_-+^~?{}[]|!\\ \n\r#h1.abc:/codequote", max_size=120))
def test_any_text_becomes_html_and_a_valid_document(text: str) -> None:
    out = html(text)
    assert "<script" not in out
    document = to_adf(Rich(text), names)
    assert adf.problem(document) is None
    from_adf(document)


def nodes(document: Any) -> list[str]:
    return [document["type"], *(kind for child in document.get("content", []) for kind in nodes(child))]


def test_adf_of_everything() -> None:
    wiki = "h1. T\n* a\n** b\n\n||h||\n|c|\n\n{code:sql}\nselect\n{code}\n"
    wiki += "{quote}q{quote}\n{panel}p{panel}\n----\n[~bob] x\ny"
    kinds = nodes(to_adf(Rich(wiki), names))
    for kind in (
        "heading", "bulletList", "listItem", "table", "tableHeader", "tableCell", "codeBlock", "blockquote", "panel",
        "rule", "mention", "hardBreak",
    ):  # fmt: skip
        assert kind in kinds


def test_wiki_survives_the_way_through_adf() -> None:
    for wiki in (
        "*a* and _b_",
        "# one\n## two",
        "{code:sql}\nselect\n{code}",
        "[x|https://y/z]",
        "h3. T",
        "{{m}}",
        "a\nb",
    ):
        assert from_adf(to_adf(Rich(wiki), names)).wiki == wiki


def test_unknown_adf_nodes_show_what_is_in_them() -> None:
    document = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "hologram", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "inside"}]}]},
            {"type": "paragraph", "content": [{"type": "sparkle", "attrs": {"text": "glitter"}}, {"type": "void"}]},
        ],
    }
    assert from_adf(document).wiki == "inside\n\nglitter"


def test_adf_as_deep_as_it_likes() -> None:
    node: dict[str, Any] = {"type": "paragraph", "content": [{"type": "text", "text": "deep"}]}
    for depth in range(5000):
        if depth == 390:
            assert adf.problem({"type": "doc", "version": 1, "content": [node]}) is None
        node = {"type": "blockquote", "content": [node]}
    document = {"type": "doc", "version": 1, "content": [node]}
    assert adf.problem(document) == "INVALID_INPUT"
    from_adf(document)  # reading it all the same harms nobody


@pytest.mark.parametrize(
    "document",
    [
        "text",
        None,
        {},
        {"type": "doc"},
        {"type": "doc", "version": 2},
        {"type": "doc", "version": 1, "content": [{"type": "text", "text": ""}]},
        {"type": "doc", "version": 1, "content": ["text"]},
        {"type": "doc", "version": 1, "content": [{"content": []}]},
    ],
)
def test_what_is_no_document(document: Any) -> None:
    assert adf.problem(document) is not None
