"""Other people's words made fit for our messages: short, on one line, free of secrets (law 12)."""

from __future__ import annotations

import re

from syncd.http.session import Response

_HIDDEN = "[hidden]"

_SECRETS = (
    # "Authorization: Bearer eyJ…", as error pages of proxies echo it
    (re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    # password=…, "client_secret": "…", x-sn-apikey: …
    (
        re.compile(
            r"""(["']?\b(?:x-sn-apikey|api[-_]?key|passw(?:or)?d|client_secret|secret|assertion"""
            r"""|(?:access|refresh|id)_token)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+""",
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
    # https://user:password@host
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{_HIDDEN}@"),
)

_COMMANDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What makes a terminal do things, or turns text around: an answer must not write over what we say about it."""

_ADDRESSES = re.compile(r"<[^>]*>:?\s*|https?://\S+|\w*HTTPS?Connection(?:Pool)?\([^)]*\):?\s*")


def redacted(text: str) -> str:
    """`text` without what looks like a credential."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def shortened(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters without credentials and commands to a terminal, for messages."""
    # The cut comes before the patterns run (a page may have megabytes), with room for what they take away.
    line = redacted(_COMMANDS.sub("", " ".join(text[: limit * 20].split())))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def why(error: BaseException) -> str:
    """The heart of an error in a few words: no URL (it may carry a query), no object addresses, no header values.

    A `ValueError` is requests or http.client refusing to build the request, mostly because of a line break in a header;
    its message quotes the header, so it is not repeated.
    """
    if isinstance(error, ValueError):
        return f"{type(error).__name__}: the address or a header is malformed (a line break in a credential?)"
    cause: BaseException = error
    while cause.args and isinstance(cause.args[0], BaseException):
        cause = cause.args[0]
    reason = getattr(cause, "reason", None)
    if isinstance(reason, BaseException):
        cause = reason
    return shortened(_ADDRESSES.sub("", str(cause)).strip()) or type(error).__name__


def is_json(response: Response) -> bool:
    """Whether the answer claims to be JSON; log-in pages, proxies and hibernating instances answer HTML with 200."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
