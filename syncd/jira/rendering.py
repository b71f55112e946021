"""Rich text as it reads: plain text for work notes, sanitised HTML for fields that show HTML.

Jira itself renders its markup (`renderedFields`, `renderedBody`); wiki markup is never parsed here (jira facts 12.4:
the libraries that try are wrong or quadratic). `nh3` parses and sanitises that HTML, `plain` writes it down. Where Jira
gave no HTML, or HTML that says nothing, the source itself is the text: text is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urljoin

import nh3

from syncd.jira.plain import plain_text
from syncd.jira.text import clean, without_code_tags

_SAFE_SCHEMES = {"http", "https", "mailto"}
_SPOKEN_SCHEMES = _SAFE_SCHEMES | {"file", "ftp", "ftps", "sftp", "smb", "ssh", "tel", "callto", "irc", "nntp", "news"}
"""Addresses that may be read in a plain text, where nothing can be clicked."""

_SAFE_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_TELLING_ATTRIBUTES = _SAFE_ATTRIBUTES | {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title", "class"},
    "div": {"class"},
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text in the two forms that a record can show."""

    text: str
    html: str


def rendered(html: object, source: str, base: str) -> Rendered:
    """How a text reads, from Jira's HTML of it, or from its `source` where that says nothing. `base` is Jira's URL."""
    if isinstance(html, str) and html.strip():
        text = plain_text(_sanitised(html, base, _TELLING_ATTRIBUTES, _SPOKEN_SCHEMES))
        if text or not source.strip():
            return Rendered(without_code_tags(text), _sanitised(html, base, _SAFE_ATTRIBUTES, _SAFE_SCHEMES))
    return Rendered(without_code_tags(source), escape(source, quote=False).replace("\n", "<br>\n"))


def _sanitised(html: str, base: str, attributes: dict[str, set[str]], schemes: set[str]) -> str:
    def absolute(address: str) -> str | None:
        try:
            return urljoin(base + "/", address)
        except ValueError:  # an address that is none, such as "//[x"
            return None

    # Cleaned before, since it must be encodable, and after, since control characters may be spelt as references.
    return clean(nh3.clean(clean(html), attributes=attributes, url_schemes=schemes, url_relative=absolute))
