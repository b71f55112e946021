"""Reading the journal back: a journal that cannot be read is not an empty journal (law 2)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import responses

from syncd.core.marker import Mark
from syncd.errors import UnreadableError
from syncd.servicenow import ServiceNowClient, ServiceNowTarget
from syncd.servicenow.journal import JOURNAL
from tests.servicenow.canned import refused, rows
from tests.servicenow.conftest import URL

ID = "c537bae64f411200adf9f8e18110c76e"
MARK = Mark("31202", 1, "8f3a21c0")
NOTE = f"Jane commented on OPS-12 at 2026-01-01 10:00 UTC {MARK}\nIt broke"


def entry(value: str, sys_id: str = "a" * 32, **columns: str) -> dict[str, str]:
    return {"sys_id": sys_id, "element_id": ID, "element": "work_notes", "name": "incident", "value": value, **columns}


OURS = entry(NOTE)
QUOTED = entry(f"Look at this:\n{NOTE}", "b" * 32)
PLAIN = entry("Team is looking", "c" * 32)
OTHER_RECORD = entry("Something else", "d" * 32, element_id="f" * 32)
SHOWN = f"2026-01-01 11:00:00 - Integration (Work notes)\n{NOTE}\n\n"


@dataclass(frozen=True)
class Situation:
    journal: tuple[dict[str, str], ...] | None  # None: the table answers 403
    total: int
    elsewhere: tuple[dict[str, str], ...]  # what the journal table shows of other records
    display: str
    other_display: str
    found: bool
    readable: bool


SITUATIONS = {
    "our entry is shown": Situation((OURS, PLAIN), 2, (), "", "", True, True),
    "a quoted marker is not ours": Situation((QUOTED,), 1, (), "", "", False, True),
    "empty, and others are shown": Situation((), 0, (OTHER_RECORD,), "", "", False, True),
    "some are hidden": Situation((PLAIN,), 2, (), SHOWN, "", True, False),
    "all are hidden": Situation((), 2, (), "", "", False, False),
    "table hidden, text shown": Situation((), 0, (), SHOWN, "", True, True),
    "table refused, text shown": Situation(None, 0, (), SHOWN, "", True, True),
    "table refused, other text": Situation(None, 0, (), "2026 - A (Work notes)\nHello\n\n", "", False, True),
    "table refused, no text, others have": Situation(None, 0, (), "", SHOWN, False, True),
    "nothing is shown anywhere": Situation((), 0, (), "", "", False, False),
    "table refused, nothing is shown": Situation(None, 0, (), "", "", False, False),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_marks(name: str, web: responses.RequestsMock, client: ServiceNowClient) -> None:
    situation = SITUATIONS[name]
    if situation.journal is None:
        refused(web, JOURNAL)
    else:
        rows(web, JOURNAL, *situation.journal, total=situation.total)
        rows(web, JOURNAL, *situation.elsewhere)
    shown = {"sys_id": ID, "work_notes": situation.display}
    web.get(f"{URL}/api/now/table/incident/{ID}", json={"result": shown})
    rows(web, "incident", {"sys_id": "1", "correlation_id": "x", "work_notes": situation.other_display})
    marks = ServiceNowTarget(client, "incident").marks(ID, "work_notes")
    assert (MARK in marks.found, marks.readable) == (situation.found, situation.readable)


def test_a_proof_is_asked_for_anew(web: responses.RequestsMock, client: ServiceNowClient) -> None:
    """Rights may be taken away while we run, and an empty journal would then be believed."""
    rows(web, JOURNAL)
    rows(web, JOURNAL, OTHER_RECORD)
    rows(web, JOURNAL)
    web.get(f"{URL}/api/now/table/incident/{ID}", json={"result": {"sys_id": ID}})
    rows(web, "incident")
    target = ServiceNowTarget(client, "incident")
    assert target.marks(ID, "work_notes").readable
    assert not target.marks(ID, "work_notes").readable


def test_entries_of_other_records_mean_that_the_condition_was_ignored(
    web: responses.RequestsMock, client: ServiceNowClient
) -> None:
    rows(web, JOURNAL, OTHER_RECORD)
    with pytest.raises(UnreadableError, match="ignored a condition"):
        ServiceNowTarget(client, "incident").marks(ID, "work_notes")
