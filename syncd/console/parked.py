"""Issues that were set aside after a failure: why, and what to do; tried again or dropped, one or all."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from syncd.api.guard import Who
from syncd.api.routes.parked import Chosen, DoneOut, dropped, retried
from syncd.api.services import Services
from syncd.console.page import Sent, go, really, show, sure, text, wanted
from syncd.console.paging import ROWS, Offset, OfMapping, pile
from syncd.core.access import Role, needs


def add_to(router: APIRouter, services: Services) -> None:
    reports = services.store.reports

    @router.get("/parked")
    @needs(Role.VIEWER)
    def parked(request: Request, mapping: OfMapping = "", offset: Offset = 0) -> Response:
        causes: dict[str, int] = {}
        for (of, cause), number in reports.parked_causes().items():
            if mapping in ("", of):
                causes[cause] = causes.get(cause, 0) + number
        return show(
            request,
            "parked.html",
            parked=pile(reports.parked(mapping or None, ROWS + 1, offset), "/parked", offset, mapping=mapping),
            causes=sorted(causes.items(), key=lambda item: (-item[1], item[0])),
            total=sum(causes.values()),
            mapping=mapping,
            mappings=services.names,
        )

    @router.post("/parked/retry")
    @needs(Role.OPERATOR)
    def retry(who: Who, form: Sent) -> Response:
        return _after("retried", form, retried(services, who, _chosen(form)))

    @router.post("/parked/drop")
    @needs(Role.OPERATOR)
    def drop(request: Request, who: Who, form: Sent) -> Response:
        chosen = _chosen(form)
        if not sure(form):
            what = f"all parked issues{f' of {chosen.mapping}' if chosen.mapping else ''}"
            what = what if chosen.all else ", ".join(chosen.issues)
            question = f"Drop {what}? Nothing is tried any more until the issue changes in Jira."
            return really(request, form, question, "Drop", _back(form))
        return _after("dropped", form, dropped(services, who, chosen))


def _chosen(form: FormData) -> Chosen:
    issues = [value for value in form.getlist("issue") if isinstance(value, str)]
    return wanted(Chosen, issues=issues, all=text(form, "all") == "yes", mapping=text(form, "mapping") or None)


def _after(what: str, form: FormData, done: DoneOut) -> Response:
    return go(_back(form), what if done.issues else "none", n=len(done.issues))


def _back(form: FormData) -> str:
    """To the issue whose page it came from, or to the list."""
    back = text(form, "back")
    return back if back.startswith("/issues/") and back.isprintable() and "?" not in back else "/parked"
