"""Journals: appended, never shown on the record, readable as rows, and not by everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.sandbox.servicenow import DEFAULT_USERS, UserSpec
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

READ_BACK = "name=incident^element_id={}^elementINcomments,work_notes^ORDERBYsys_created_on^ORDERBYsys_id"
PLAIN_ITIL = UserSpec("agent", "secret", "Agent", roles=frozenset({"itil"}))


def entries(api: Caller, sys_id: str) -> list[tuple[str, str]]:
    rows = api.get("table/sys_journal_field", sysparm_query=READ_BACK.format(sys_id)).json()["result"]
    return [(row["element"], row["value"]) for row in rows]


def test_every_write_appends_even_the_same_text_twice(api: Caller) -> None:
    record = api.create(work_notes="first")
    for text in ("same", "same"):
        record = api.patch(f"table/incident/{record['sys_id']}", {"work_notes": text}).json()["result"]
    assert record["work_notes"] == record["comments"] == record["comments_and_work_notes"] == ""
    assert record["sys_mod_count"] == "2"
    assert sorted(entries(api, record["sys_id"])) == [
        ("work_notes", "first"),
        ("work_notes", "same"),
        ("work_notes", "same"),
    ]


def test_an_empty_note_is_no_note(api: Caller) -> None:
    record = api.create(work_notes="", comments="")
    assert entries(api, record["sys_id"]) == []


def test_a_row_says_who_when_and_where(served: Served) -> None:
    served.sandbox.clock.hold(datetime(2025, 9, 3, 9, tzinfo=UTC))
    sys_id = served.api.create(comments="long " * 5000)["sys_id"]
    (row,) = served.api.get("table/sys_journal_field", sysparm_query=READ_BACK.format(sys_id)).json()["result"]
    assert row["value"] == "long " * 5000
    assert (row["name"], row["element"], row["element_id"]) == ("incident", "comments", sys_id)
    assert (row["sys_created_by"], row["sys_created_on"]) == ("svc_syncd", "2025-09-03 09:00:00")


def test_as_display_value_a_journal_is_one_text_newest_first_in_the_users_zone(served: Served) -> None:
    served.sandbox.clock.hold(datetime(2019, 9, 26, 21, 10, 2, tzinfo=UTC))
    sys_id = served.api.create(comments="It broke")["sys_id"]
    served.sandbox.clock.advance(60)
    served.sandbox.edit("incident", sys_id, {"work_notes": "Team is looking\n\nhard"}, as_user="fred.luddy")
    record = served.api.get(f"table/incident/{sys_id}", sysparm_display_value="true").json()["result"]
    assert record["comments"] == "2019-09-26 14:10:02 - Syncd Integration (Additional comments)\nIt broke\n\n"
    assert record["comments_and_work_notes"] == (
        "2019-09-26 14:11:02 - Fred Luddy (Work notes)\nTeam is looking\n\nhard\n\n" + record["comments"]
    )


def test_the_labels_in_that_text_are_localised(served: Served) -> None:
    served.sandbox.relabel("task", "comments", "Zusätzliche Kommentare")
    sys_id = served.api.create(comments="hallo")["sys_id"]
    record = served.api.get(f"table/incident/{sys_id}", sysparm_display_value="true").json()["result"]
    assert "(Zusätzliche Kommentare)\nhallo" in record["comments"]


def test_written_through_task_the_rows_name_is_task(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    api.patch(f"table/task/{sys_id}", {"work_notes": "note"})
    assert entries(api, sys_id) == []
    rows = api.get("table/sys_journal_field", sysparm_query=f"element_id={sys_id}").json()["result"]
    assert [row["name"] for row in rows] == ["task"]


@pytest.mark.parametrize(
    ("setting", "status", "total"), [("empty", 200, "0"), ("filtered", 200, "1"), ("forbidden", 403, None)]
)
def test_without_audit_viewer_the_journal_looks_empty_or_is_refused(
    serve: Serve, setting: str, status: int, total: str | None
) -> None:
    served = serve(users=(*DEFAULT_USERS, PLAIN_ITIL), journal_denied=setting)
    sys_id = served.api.create(work_notes="secret")["sys_id"]
    answer = served.as_user(("agent", "secret")).get("table/sys_journal_field")
    assert (answer.status_code, answer.headers.get("X-Total-Count")) == (status, total)
    if status == 200:
        assert answer.json() == {"result": []}
    else:
        assert answer.json()["error"] == {"message": "Insufficient rights to query records", "detail": None}
    assert len(entries(served.api, sys_id)) == 1


def test_a_hidden_journal_is_hidden_from_audit_viewers_too(serve: Serve) -> None:
    served = serve(journal_hidden=True)
    sys_id = served.api.create(work_notes="secret")["sys_id"]
    assert entries(served.api, sys_id) == []
    assert entries(served.admin, sys_id) == [("work_notes", "secret")]


def test_a_journal_cannot_be_written_as_a_table(api: Caller) -> None:
    answer = api.post("table/sys_journal_field", {"value": "forged"})
    assert answer.json()["error"]["detail"] == "ACL Exception Insert Failed due to security constraints"


def test_no_entry_can_be_changed_or_deleted_not_even_by_an_administrator(served: Served) -> None:
    sys_id = served.api.create(work_notes="as it was said")["sys_id"]
    row = served.sandbox.journal(sys_id)[0]["sys_id"]
    for caller in (served.api, served.admin):
        assert caller.patch(f"table/sys_journal_field/{row}", {"value": "as it should have been"}).status_code == 403
        assert caller.delete(f"table/sys_journal_field/{row}").status_code == 403
    assert entries(served.api, sys_id) == [("work_notes", "as it was said")]


def test_an_entry_has_no_update_stamps_so_a_condition_on_them_is_ignored(api: Caller) -> None:
    api.create(work_notes="long ago")
    rows = api.get("table/sys_journal_field", sysparm_query="sys_updated_on>=2999-01-01 00:00:00").json()["result"]
    assert [row["value"] for row in rows] == ["long ago"]
    assert rows[0].keys() == {
        *("sys_id", "sys_created_on", "sys_created_by", "sys_tags"),
        *("name", "element", "element_id", "value"),
    }


def test_a_condition_on_a_journal_column_is_invalid_and_ignored(api: Caller) -> None:
    api.create(short_description="x", work_notes="needle")
    assert api.found("work_notesLIKEnothing") == ["x"]
