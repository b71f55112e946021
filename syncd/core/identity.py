"""How a record is tied to its issue, so that it can be found again with only the issue in hand (laws 1 and 11)."""

from __future__ import annotations

import hashlib
import re

from syncd.core.ports import Identity

MAX_CORRELATION = 100
"""The length of `correlation_id` (servicenow facts 4.14)."""


def derived_record_id(mapping: str, site: str, issue_id: str) -> str:
    """The 32 hex digits that the record of this issue is created under.

    ServiceNow honours a `sys_id` sent with a POST (servicenow facts 1.50): a second POST of the same issue collides on
    the primary key instead of creating a second record.
    """
    return hashlib.md5(f"syncd|{mapping}|{site}|{issue_id}".encode(), usedforsecurity=False).hexdigest()


def correlation_id(mapping: str, site: str, issue_id: str) -> str:
    """`jira:<site>:<issue id>:<mapping>`: says which issue, to a person and to `syncd links adopt`.

    The mapping is always part of it, so that adding a second mapping to the same table changes nothing for the first.
    Names too long for the column are replaced by their hash: a correlation id that was cut would never be found again.
    """
    plain, hashed = correlation_starts(mapping, site)
    spelt = f"{plain}{issue_id}:{mapping}"
    return spelt if len(spelt) <= MAX_CORRELATION else f"{hashed}{issue_id}:{mapping[:20]}"


def correlation_starts(mapping: str, site: str) -> tuple[str, str]:
    """What the correlation ids of a mapping begin with: where the names fit, and where they do not."""
    names = hashlib.sha256(f"{site}|{mapping}".encode()).hexdigest()[:32]
    return f"jira:{site}:", f"jira:{names}:"


def issue_of(correlation: str, mapping: str, site: str) -> str | None:
    """The id of the issue whose record has this correlation id; None if it is not one of this mapping and site."""
    candidates = re.findall(r":([0-9]+)(?=:)", correlation)
    return next((one for one in candidates if correlation_id(mapping, site, one) == correlation), None)


def identity_of(mapping: str, site: str, issue_id: str, record_id: str = "") -> Identity:
    """How to look for the record: under its known id, else under the one it would have been created with."""
    return Identity(record_id or derived_record_id(mapping, site, issue_id), correlation_id(mapping, site, issue_id))
