"""Whether two looks at an issue saw the same thing (law 5: `updated` moving is a hint, the fingerprint decides).

A fingerprint is a hash of *source* values. Rendered text and HTML never enter it: Jira's rendering varies while the
source does not (links that expire, "5 minutes ago", a new version of the renderer). The caller decides which values
count; this module only says when two of them are the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite

from syncd.core.model import Comment, Json

VERSION = "1"
"""Goes in front of every fingerprint. Raise it when the same issue would hash differently: every issue is looked at
once more, and nothing is written that is right already."""

MAX_DEPTH = 100
"""What is nested deeper counts as one and the same: no mapping reaches it, and no issue may exhaust the stack."""

VOLATILE = frozenset(
    {
        "self",
        "expand",
        "avatarUrls",
        "avatarId",
        "iconUrl",
        "timeZone",
        "locale",
        "active",
        "accountType",
        "lastViewed",
        "colorName",
    }
)
"""Keys whose values differ between two looks, two nodes or two callers without the issue having changed."""

_JIRA_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:?\d\d|Z)")


def fingerprint(
    values: Mapping[str, Json],
    comments: Sequence[Comment] = (),
    *,
    restricted: bool = False,
    digest: str = "",
    keep: frozenset[str] = frozenset(),
) -> str:
    """`"1:<32 hex>"` of these source values, these comments and the digest of the mapping that reads them.

    `keep` are keys that count although they are volatile, because the mapping reads them by name. The order of keys
    and of comments does not matter; the order of other lists does, since it shows when they are joined.
    """
    volatile = VOLATILE - keep
    whole = {
        "values": {name: canonical(value, volatile) for name, value in values.items() if value is not None},
        "comments": sorted((c.id, lf(c.body), c.audience.value) for c in comments),
        "restricted": restricted,
        "digest": digest,
    }
    text = json.dumps(whole, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return f"{VERSION}:{hashlib.sha256(text.encode('ascii')).hexdigest()[:32]}"


def canonical(value: Json, volatile: frozenset[str] = VOLATILE, depth: int = MAX_DEPTH) -> Json:
    """`value` in the one form that all its spellings share."""
    match value:
        case dict() | list() | tuple() if depth == 0:
            return "..."
        case dict():
            return {
                str(k): canonical(v, volatile, depth - 1)
                for k, v in value.items()
                if v is not None and k not in volatile
            }
        case list() | tuple():
            return [canonical(item, volatile, depth - 1) for item in value]
        case float() if isfinite(value) and value.is_integer():
            return int(value)  # Jira writes 1.0 for a whole number, and 1 through some other end points
        case str() if _JIRA_TIME.fullmatch(value):
            return _utc(value)
        case str():
            return lf(value)
        case _:
            return value


def body_digest(body: str) -> str:
    """The 8 hex digits that tell one version of a comment from another: of the source body, line ends made equal."""
    return hashlib.sha256(lf(body).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def lf(text: str) -> str:
    """Data Center writes CRLF where Cloud writes LF; both mean the same line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utc(text: str) -> str:
    """Jira writes times in the caller's zone, so the same moment changes its spelling with daylight saving."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text
