"""Thousands of real texts through the sandbox's renderer: nothing that Jira shows gets lost on the way to a note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from syncd.jira.convert import Place, comment_of, issue_of
from syncd.jira.rendering import rendered
from syncd.jira.text import clean
from syncd.sandbox.jira.markup import Links, to_html
from tests.jira.real import needs_real_issues, real_issues

SIGNS = re.compile(r"[\W_]+")
LINKS = Links(lambda name: f"/secure/attachment/1/{name}", lambda user: (f"/secure/ViewProfile.jspa?name={user}", user))

pytestmark = needs_real_issues


def texts() -> Iterator[str]:
    for issue in real_issues():
        yield issue["fields"].get("description") or ""
        for comment in issue["fields"]["comment"]["comments"]:
            yield comment.get("body") or ""


class Shown(HTMLParser):
    """What a page shows, put together in the simplest way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def letters(text: str) -> str:
    return SIGNS.sub("", text)


def test_not_a_letter_is_lost_and_all_come_in_order() -> None:
    count = 0
    for source in texts():
        page = to_html(source, LINKS)
        shown = Shown()
        shown.feed(clean(page))
        shown.close()
        text = rendered(page, source, "https://jira.example.com").text
        written = iter(letters(text))
        assert all(letter in written for letter in letters("".join(shown.parts))), (source, text)
        count += 1
    assert count > 7000


def test_no_markup_of_jiras_page_is_left() -> None:
    """What looks like a tag or an entity in a note stands in the source too: somebody wrote it."""
    for source in texts():
        text = rendered(to_html(source, LINKS), source, "https://jira.example.com").text
        for tag in re.findall(r"</?(?:p|br|span|div|a|b|i|em|strong|ul|ol|li|td|tr|pre|img)\b[^>\n]*>|&\w+;", text):
            assert tag.split()[0].rstrip("/>").casefold() in source.casefold(), (tag, source)


def test_every_word_of_the_page_is_a_word_of_the_note() -> None:
    for source in texts():
        page = to_html(source, LINKS)
        shown = Shown()
        shown.feed(clean(page))
        shown.close()
        text = rendered(page, source, "https://jira.example.com").text
        lost = [word for part in shown.parts for word in re.findall(r"\w+", part) if word not in text]
        assert lost == [], source


def test_no_note_has_what_a_note_must_not_have() -> None:
    for source in texts():
        text = rendered(to_html(source, LINKS), source, "https://jira.example.com").text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|\[/?code\]", text, re.IGNORECASE)
        assert text == text.strip("\n")
        text.encode("utf-8")


def test_every_real_issue_converts() -> None:
    place = Place("jira.example.com", "https://jira.example.com", cloud=False)
    for raw in real_issues():
        comments = tuple(
            comment_of(one, None, place, service_desk=False) for one in raw["fields"]["comment"]["comments"]
        )
        issue = issue_of(raw, {}, comments, place)
        assert issue.key == raw["key"]
        assert issue.updated.utcoffset() is not None
        assert bool(issue.texts.get("description")) == bool((raw["fields"].get("description") or "").strip())
