"""Where one can go, by role: what somebody may not do is not offered. And the sentences after something was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.core.access import Identity, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    path: str
    name: str
    role: Role = Role.VIEWER
    also: tuple[str, ...] = ()
    """Addresses below which one is still there."""
    current: bool = False


PLACES = (
    Place("/", "Overview"),
    Place("/links", "Links", also=("/issues/",)),
    Place("/parked", "Parked"),
    Place("/backfills", "Backfills"),
    Place("/mappings", "Mappings"),
    Place("/settings", "Settings"),
    Place("/tokens", "Tokens", Role.ADMIN),
    Place("/audit", "Audit"),
)

SAID = {
    "retried": "Due now: {n}.",
    "dropped": "Dropped until they change in Jira: {n}.",
    "none": "Nothing was done: it is not parked any more, or in hand just now.",
    "asked": "It will be looked at within seconds.",
    "paused": "Paused in every process.",
    "resumed": "It goes on.",
    "backfill": "The backfill is in the queue; a daemon takes it up within seconds.",
    "stopped": "It ends after the page in hand.",
    "created": "The connection is kept, and used at once by the mappings that name it.",
    "changed": "The connection is changed in every process, without a restart.",
    "deleted": "The connection and its secrets are forgotten.",
    "revoked": "The token and its sessions have ended.",
}
"""What a page says first after something was done. Only these words and a number ever come from the address."""


def offered(who: Identity | None, path: str) -> list[Place]:
    """The places that this person may go to; none before anybody has signed in."""
    if who is None:
        return []
    return [
        Place(place.path, place.name, place.role, place.also, _within(place, path))
        for place in PLACES
        if who.role.includes(place.role)
    ]


def said(query: Mapping[str, str]) -> str:
    sentence = SAID.get(query.get("said", ""), "")
    number = query.get("n", "")
    return sentence.format(n=number if number.isdecimal() and number.isascii() and len(number) < 9 else "some")


def _within(place: Place, path: str) -> bool:
    below = (*place.also, *(() if place.path == "/" else (f"{place.path}/",)))
    return path == place.path or path.startswith(below) if below else path == place.path
