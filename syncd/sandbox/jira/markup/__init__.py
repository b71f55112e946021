"""Rich text in three spellings: wiki markup (v2), Atlassian Document Format (v3) and the HTML that Jira renders.

`wiki.read` and `adf.read` make the same tree, `html.write`, `adf.write` and `wiki_writer.write` spell it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from syncd.sandbox.jira.markup import adf, html, wiki, wiki_writer
from syncd.sandbox.jira.markup.tree import Links
from syncd.sandbox.jira.model import Json, Rich

_read_wiki = lru_cache(maxsize=4096)(wiki.read)


def to_html(text: str, links: Links) -> str:
    """As Jira shows it. Linear in the length of the text, whatever the text is."""
    return html.write(_read_wiki(text), links)


def to_adf(rich: Rich, names: Callable[[str], tuple[str, str]]) -> Json:
    """The document as it was sent, or one made of the wiki text. `names` gives account id and name of a mention."""
    return rich.adf if rich.adf is not None else adf.write(_read_wiki(rich.wiki), names)


def from_adf(document: Json) -> Rich:
    """A text sent through v3; v2 reads it as wiki markup."""
    return Rich(wiki_writer.write(adf.read(document)), document)


__all__ = ["Links", "from_adf", "to_adf", "to_html"]
