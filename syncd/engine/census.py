"""What polling cannot see: a wide re-scan, a census of all ids, and looks at what is missing. Fetches no issue.

    rescan   lists the last two days once more: what the index's lag, a lost event or a new permission hid is found
    census   compares the ids of the query with those of the links: what left is suspected, what came back is marked
    look     asks where the suspects are; what two looks agree on is established, and its record is told (`farewell.py`)

Suspects come from the census, from issues that were fetched in vain, and from hints: all go through `look`, and so past
the mass guard. Nobody else establishes that an issue is gone (law 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.lifecycle import Sight
from syncd.core.ports import Page, Whereabouts
from syncd.engine.poll import Polled, mark, reach
from syncd.engine.route import Route
from syncd.store import Claim, Priority, Store, Suspect

RESCAN_WINDOW = timedelta(days=2)
"""How far back a wide re-scan lists: farther than any lag of an index, near enough to be a page or two."""

LEAST_MASS = 20
MASS_SHARE = 0.05
"""More issues than both of these at once are no coincidence, and nothing is concluded from them."""

FEW = 5
FEW_SHARE = 0.5
"""Of a mapping with so few links that twenty are most of them: more than both of these."""

COUNTS = 3
"""How often the ids are counted when too many are missing: an index that flickers shows most of them the next time."""

TOGETHER = 50
"""Suspects looked at together."""

Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Census:
    """What a census came to. `unlinked` are issues of the query without a link that were left for a backfill."""

    counted: int = 0
    missing: int = 0
    back: int = 0
    found: int = 0
    unlinked: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the suspects came to. `alarm` says why nothing was believed; "" if all is well."""

    suspects: int = 0
    here: int = 0
    told: int = 0
    alarm: str = ""

    @property
    def waiting(self) -> int:
        """Those about which nothing is certain yet."""
        return self.suspects - self.here - self.told


def most_at_once(links: int) -> int:
    """How many of so many links may be missing at once before the mass guard steps in."""
    return max(min(LEAST_MASS, max(FEW, int(links * FEW_SHARE))), int(links * MASS_SHARE))


def suspect(route: Route, store: Store, issue_ids: Iterable[str]) -> int:
    """These issues were asked for, and the mapping's query did not give them. Those that are linked will be looked for.

    Unknown ids are nothing: they may belong to anybody. Returns how many of them were not suspected before.
    """
    return store.lifecycle.suspect(route.name, route.source.site, issue_ids)


def rescan(route: Route, store: Store, claim: Claim, stopping: Stopping = lambda: False) -> Polled:
    """List the last two days once more. The cursor stays where it is: this listing knows nothing of what is older."""
    clock = route.source.prove()
    store.cursors.begin(route.name, route.source.site)
    polled = Polled()
    oldest = reach(route, store, clock)
    start = clock - RESCAN_WINDOW if oldest is None else max(clock - RESCAN_WINDOW, oldest)
    for page in route.source.changed_since(route.mapping.source.jql, start):
        polled = polled.plus(mark(route, store, Page(page.stubs, None), clock, Priority.LIVE, claim))
        if stopping():
            store.claims.release(claim, finished=False)
            break
    return polled


def census(route: Route, store: Store, claim: Claim, stopping: Stopping = lambda: False) -> Census:
    """Count the issues of the query, suspect those that are missing, mark those that are back or were never seen."""
    clock = route.source.prove()
    cursor = store.cursors.begin(route.name, route.source.site)
    known = store.lifecycle.known(route.name, route.source.site)
    in_sight = {issue for issue, here in known.items() if here}
    listed: set[str] = set()
    for _ in range(COUNTS):
        for page in route.source.all_ids(route.mapping.source.jql):
            listed.update(page)
            if stopping():
                store.claims.release(claim, finished=False)
                return Census(len(listed))
        if len(in_sight - listed) <= most_at_once(len(in_sight)):
            break
    back = [issue for issue in known if issue in listed and issue not in in_sight]
    never_seen = sorted(listed - known.keys()) if cursor.last_success is not None else []
    few = len(never_seen) <= max(LEAST_MASS, int(len(known) * MASS_SHARE))
    return Census(
        counted=len(listed),
        missing=suspect(route, store, sorted(in_sight - listed)),
        back=_mark(route, store, claim, clock, back, Priority.LIVE),
        found=_mark(route, store, claim, clock, never_seen, Priority.SWEEP) if few else 0,
        unlinked=0 if few else len(never_seen),
    )


def look(route: Route, store: Store) -> Look:
    """Ask where the suspects are. What has been gone in two looks, an index's lag apart, is established."""
    suspects = store.lifecycle.suspects(route.name, route.source.site)
    if not suspects:
        store.lifecycle.alarm(route.name, "")
        return Look()
    route.source.prove()
    accepted = store.lifecycle.accepted_at(route.name)
    limit = most_at_once(store.lifecycle.in_sight(route.name, route.source.site))
    gone: list[tuple[Suspect, Whereabouts]] = []
    here = 0
    for start in range(0, len(suspects), TOGETHER):
        some = suspects[start : start + TOGETHER]
        found = route.source.whereabouts(route.mapping.source.jql, {one.issue_id: one.issue_key for one in some})
        seen = [one for one in some if found[one.issue_id].sight is Sight.HERE]
        store.lifecycle.seen(seen)
        here += len(seen)
        gone += [(one, found[one.issue_id]) for one in some if found[one.issue_id].sight.out]
        if sum(not _is_accepted(one, accepted) for one, _ in gone) > limit:
            alarm = _alarm(route, len(suspects) - here, limit)
            store.lifecycle.alarm(route.name, alarm)
            return Look(len(suspects), here, alarm=alarm)
    route.source.prove()  # a token that died meanwhile makes every issue look deleted (jira facts 7.12)
    wait = route.source.overlap.total_seconds()
    agreed = [
        (one, found)
        for one, found in gone
        if _is_accepted(one, accepted) or (one.said is found.sight and one.waited >= wait)
    ]
    store.lifecycle.said([(one, found.sight) for one, found in gone if one.said is not found.sight])
    told = store.lifecycle.establish(agreed)
    store.lifecycle.alarm(route.name, "")
    if accepted is not None:
        store.lifecycle.forget_acceptance(route.name, accepted)
    return Look(len(suspects), here, told)


def _mark(route: Route, store: Store, claim: Claim, clock: datetime, issues: Sequence[str], priority: Priority) -> int:
    """Queue those of these issues that the query gives when it is asked for them by id, as far back as it reaches."""
    oldest = reach(route, store, clock)
    marked = 0
    for start in range(0, len(issues), TOGETHER):
        stubs = route.source.matching(route.mapping.source.jql, issues[start : start + TOGETHER])
        page = Page(tuple(stub for stub in stubs if oldest is None or stub.updated >= oldest), None)
        marked += len(page.stubs)
        mark(route, store, page, clock, priority, claim)
    return marked


def _is_accepted(one: Suspect, accepted: float | None) -> bool:
    return accepted is not None and one.since <= accepted


def _alarm(route: Route, missing: int, limit: int) -> str:
    return (
        f"{missing} linked issues are missing from the query at once, and more than {limit} are not believed: their "
        "records are left as they are. If the integration user lost its access, restore it, and this is over by "
        f"itself; if they are really gone, say so with `syncd census --mapping {route.name} --accept`"
    )
