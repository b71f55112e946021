"""What Jira's webhooks say, and whether Jira said it. Pure: receives nothing, believes nothing but an issue's id.

Payloads are stale, unordered, repeated, and show what their owner may see and not what we may (jira facts 8.4, 8.9). So
nothing is taken from one but the id of the issue that is to be looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from syncd.core.model import Json

_OF_COMMENT = re.compile(r"/issue/([0-9]{1,20})/comment/[0-9]+/?$")
_ID = re.compile(r"[0-9]{1,20}")

_METHODS = {"sha256": hashlib.sha256}
"""The prefix of a signature names its method and may change (facts 8.2); one that we do not know proves nothing."""


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether whoever sent this body knows the secret. `signature` is the header `X-Hub-Signature`."""
    name, _, told = signature.partition("=")
    method = _METHODS.get(name)
    if method is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest().encode(), told.encode())


def issue_told(payload: Json) -> str | None:
    """The id of the issue that an event is about; None for events of other things (versions, boards, users).

    A comment's event comes without its issue on Data Center, whose id then stands in the comment's address (facts 8.7).
    """
    if not isinstance(payload, dict):
        return None
    issue = payload.get("issue")
    if isinstance(issue, dict):
        found = _ID.fullmatch(str(issue.get("id")))
        return found[0] if found else None
    comment = payload.get("comment")
    if isinstance(comment, dict):
        address = _OF_COMMENT.search(str(comment.get("self")))
        return address[1] if address else None
    return None
