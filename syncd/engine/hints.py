"""A hint says: look at this issue now. It is believed only that far, and never moves the cursor.

Whether the issue belongs to the mapping is asked of the source, fifty issues in one question. One that is known and
does not match the query is not worked on but suspected: where it stands is asked as after a census (`census.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncd.core.ports import Stub
from syncd.engine.poll import reach
from syncd.engine.route import Route
from syncd.errors import RefusedError, RemoteError
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
        store.cursors.begin(route.name, site)  # issues of another Jira must not come under the mapping's name
        taken_up = _within_reach(route, store, site, found)
    except (RemoteError, RefusedError):
        store.hints.add(route.name, told)
        raise
    for stub in taken_up:
        store.queue.want(route.name, site, stub.id, stub.key)
    there = {stub.id for stub in found}
    strangers = tuple(one for one in told if one not in there)
    store.lifecycle.suspect(route.name, site, strangers)
    return Hinted(tuple(sorted((stub.id for stub in taken_up), key=int)), strangers)


def _within_reach(route: Route, store: Store, site: str, found: Sequence[Stub]) -> Sequence[Stub]:
    """Those that are known, or not older than the mapping reaches: some events leave `updated` alone."""
    if route.mapping.source.since is None or not found:
        return found
    known = store.links.known(route.name, site, [stub.id for stub in found])
    oldest = reach(route, store, route.source.prove())
    return [stub for stub in found if stub.id in known or oldest is None or stub.updated >= oldest]
