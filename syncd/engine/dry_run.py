"""The line without its last two steps: what would be written, issue by issue. Writes nothing, anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.core.model import Link, Plan, Reason, Skip
from syncd.core.plan import plan_for
from syncd.core.ports import Page, Stub
from syncd.engine.prepare import Failed, Prepared, Private, Turn, Unchanged, prepare
from syncd.engine.route import Route
from syncd.engine.work import PAGE
from syncd.store import Store


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done for one issue: a plan, or the error that would park it. `remarks` are its warnings."""

    link: Link
    plan: Plan | None = None
    error: str = ""
    remarks: tuple[str, ...] = ()


def dry_run(route: Route, store: Store, pages: Iterator[Page]) -> Iterator[Preview]:
    """Preview every issue of a listing, in the listing's order. The source's credentials were proven before."""
    for page in pages:
        for start in range(0, len(page.stubs), PAGE):
            yield from _preview(route, store, page.stubs[start : start + PAGE])


def _preview(route: Route, store: Store, stubs: Sequence[Stub]) -> Iterator[Preview]:
    fetched = route.source.fetch([stub.id for stub in stubs], route.mapping.fields_needed())
    site = route.source.site
    known = store.links.known(route.name, site, [stub.id for stub in stubs])
    links = {stub.id: known.get(stub.id) or Link(route.name, site, stub.id, stub.key) for stub in stubs}
    results = prepare(route, [(links[issue.id], issue) for issue in fetched.issues])
    shown = {result.link.issue_id: _shown(route, result) for result in results}
    shown |= {id: Preview(links[id], error=str(error)) for id, error in fetched.failed.items()}
    yield from (shown[stub.id] for stub in stubs if stub.id in shown)


def _shown(route: Route, result: Turn) -> Preview:
    match result:
        case Unchanged():
            return Preview(result.link, Plan(skip=Skip(Reason.UNCHANGED)))
        case Private():
            return Preview(result.link, Plan(skip=Skip(Reason.PRIVATE)))
        case Failed():
            return Preview(result.link, error=str(result.error))
        case Prepared():
            plan = plan_for(result.wanted, result.link, result.found, route.rules(shown=True))
            withheld = [f"comment {one.comment_id} is withheld: {one.reason}" for one in result.desired.withheld]
            return Preview(result.link, plan, remarks=(*result.desired.warnings, *result.unresolved, *withheld))
