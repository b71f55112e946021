"""One bearer token: how long it serves, and how it is written down for other processes. Fetches nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Protocol

from syncd.core.model import Json

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, so that it does not expire on the way."""

SHORTEST_USE = 5.0
"""Some hand out the same token until it expires (servicenow facts 7.4): close to its end renewing changes nothing."""

UNTOLD_SECONDS = 600.0
"""How long a token is used if the answer does not say how long it lives."""

LONGEST_LIFE = 86_400.0
"""A token that claims to live longer is not believed; it is renewed like one that does not say."""


class Slot(Protocol):
    """Where processes keep one token, open to one of them at a time. `text` is what the last one left, "" if none."""

    text: str

    def put(self, text: str) -> None:
        """Replace it; stored when the slot closes."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and what renews it. `renew_at` is of a clock that only runs forward."""

    value: str = field(repr=False)
    renew_at: float
    refresh_token: str = field(default="", repr=False)

    def written(self, owner: str, ahead: float) -> str:
        """For a slot. `ahead` is how far our clock is ahead of the time of day."""
        return json.dumps(
            {
                "owner": _digest(owner),
                "access_token": self.value,
                "refresh_token": self.refresh_token,
                "renew_at": self.renew_at - ahead,
            }
        )

    @classmethod
    def read(cls, text: str, owner: str, ahead: float) -> Token | None:
        """What `written` wrote for the same owner; None for anything else."""
        if not text:
            return None
        left = json.loads(text)
        if left["owner"] != _digest(owner):
            return None
        return cls(left["access_token"], left["renew_at"] + ahead, left["refresh_token"])


def lifetime(expires_in: Json) -> float:
    """Seconds that a token lives, by what the answer says."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError):
        return UNTOLD_SECONDS
    return seconds if 0 <= seconds < LONGEST_LIFE else UNTOLD_SECONDS


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:16]
