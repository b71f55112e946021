"""A hint says: look at this issue now. It is believed only that far, and never moves the cursor.

Whether the issue belongs to the mapping is asked of the source, fifty issues in one question. One that is known and
does not match the query is not worked on but suspected: where it stands is asked as after a census (`census.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.engine.route import Route
from syncd.errors import RemoteError
from syncd.store import Store

PAGE = 50


@dataclass(frozen=True, slots=True)
class Hinted:
    """What hints came to: issues that are due now, and those that the mapping's query does not give."""

    wanted: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


def follow_hints(route: Route, store: Store) -> Hinted:
    """Make the issues of the oldest hints due. Raises what went wrong; the hints then wait on."""
    told = store.hints.take(route.name, PAGE)
    if not told:
        return Hinted()
    try:
        found = route.source.matching(route.mapping.source.jql, told)
        site = route.source.site
    except RemoteError:
        store.hints.add(route.name, told)
        raise
    for stub in found:
        store.queue.want(route.name, site, stub.id, stub.key)
    wanted = {stub.id for stub in found}
    strangers = tuple(one for one in told if one not in wanted)
    store.lifecycle.suspect(route.name, site, strangers)
    return Hinted(tuple(sorted(wanted, key=int)), strangers)
