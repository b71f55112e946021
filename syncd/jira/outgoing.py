"""What any text goes through before it is written to Jira: no mentions, no broken characters, no more than fits.

The text is wiki markup (API version 2, both flavours); markup other than mentions is left as it is.
"""

from __future__ import annotations

import re

from syncd.jira.text import clean

LIMIT = 32_767
"""Characters of a comment, or of a field with markup (`jira.text.field.character.limit`, jira facts 3.18)."""

_MENTION = re.compile(r"\[\s*~\s*(?:accountid\s*:\s*)?([^\]\s\[]*)\s*\]", re.IGNORECASE)
_HALF_A_MENTION = re.compile(r"\[(\s*)~")


def harmless(text: str) -> str:
    """`text` clean, and without mentions: writing one notifies the person, who is not meant (jira facts 3.20)."""
    return _HALF_A_MENTION.sub(r"(\1~", _MENTION.sub(r"@\1", clean(text)))


def fitted(text: str, ending: str, limit: int = LIMIT) -> str:
    """`text` and `ending` in `limit` characters; where it had to be cut, it says so."""
    if len(text) + len(ending) <= limit:
        return text + ending
    remark = f"\n\n... ({len(text)} characters in all; the rest does not fit into a comment of Jira)"
    room = max(limit - len(remark) - len(ending), 0)
    return text[:room].rstrip() + remark + ending
