"""Rich text as it reads: plain text for work notes, sanitised HTML for fields that show HTML.

Jira itself renders its markup (`renderedFields`, `renderedBody`); wiki markup is never parsed here (jira facts 12.4:
the libraries that try are wrong or quadratic). `nh3` parses and sanitises that HTML, `plain` writes it down. Where Jira
gave no HTML, or HTML that says nothing, the source itself is the text, and a document (`adf`) is rendered here: text is
never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urljoin

import nh3

from syncd.core.model import Json
from syncd.jira.adf import document_html, is_document, source_text
from syncd.jira.depth import flattened
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


def rendered(html: object, source: Json, base: str) -> Rendered:
    """How a text reads, from Jira's HTML of it, or from its `source` where that says nothing. `base` is Jira's URL.

    The source is wiki text, or a document; of anything else there only is what it holds.
    """
    reading = _read(html, base)
    if reading is None and not isinstance(source, str):
        reading = _read(document_html(source), base)
    if reading is not None:
        return reading
    if not isinstance(source, str):
        source = "" if is_document(source) else source_text(source)  # a document that holds pictures of no name says ""
    return Rendered(without_code_tags(source), escape(source, quote=False).replace("\n", "<br>\n"))


def _read(html: object, base: str) -> Rendered | None:
    """How a page reads; None if it says nothing."""
    if not (isinstance(html, str) and html.strip()):
        return None
    page = flattened(clean(html))
    text = plain_text(_sanitised(page, base, _TELLING_ATTRIBUTES, _SPOKEN_SCHEMES))
    if not text:
        return None
    return Rendered(without_code_tags(text), _sanitised(page, base, _SAFE_ATTRIBUTES, _SAFE_SCHEMES))


def _sanitised(html: str, base: str, attributes: dict[str, set[str]], schemes: set[str]) -> str:
    def absolute(address: str) -> str | None:
        if address.startswith("#"):
            return None  # a place in a page that nobody will see
        try:
            return urljoin(base + "/", address)
        except ValueError:  # an address that is none, such as "//[x"
            return None

    # Cleaned before, since it must be encodable, and after, since control characters may be spelt as references.
    return clean(nh3.clean(html, attributes=attributes, url_schemes=schemes, url_relative=absolute))
