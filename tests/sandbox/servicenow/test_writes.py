"""What becomes of a write: what is stored, what is silently changed, what is refused and in which words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.sandbox.servicenow import BusinessRule, ServiceNowSandbox
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

ID = "0123456789abcdef0123456789abcdef"


def test_an_insert_answers_201_with_location_and_defaults(api: Caller) -> None:
    answer = api.post("table/incident", {"short_description": "Unable to connect to office wifi"})
    record = answer.json()["result"]
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/now/table/incident/{record['sys_id']}")
    expected = {
        "number": "INC0010001",
        "state": "1",
        "incident_state": "1",
        "impact": "3",
        "urgency": "3",
        "priority": "5",
        "category": "inquiry",
        "active": "true",
        "sys_mod_count": "0",
        "sys_created_by": "svc_syncd",
        "sys_updated_by": "svc_syncd",
        "sys_class_name": "incident",
        "caller_id": "",
        "sys_domain_path": "/",
    }
    assert expected.items() <= record.items()
    assert record["opened_at"] == record["sys_created_on"]


def test_an_update_changes_only_what_is_named_and_counts(served: Served) -> None:
    served.sandbox.clock.hold(datetime(2025, 1, 1, tzinfo=UTC))
    record = served.api.create(short_description="one", description="kept")
    served.sandbox.clock.advance(60)
    for method in ("PATCH", "PUT"):
        answer = served.api.call(method, f"table/incident/{record['sys_id']}", {"short_description": method})
        assert answer.status_code == 200
    changed = answer.json()["result"]
    assert (changed["short_description"], changed["description"], changed["sys_mod_count"]) == ("PUT", "kept", "2")
    assert (changed["sys_created_on"], changed["sys_updated_on"]) == ("2025-01-01 00:00:00", "2025-01-01 00:01:00")


def test_an_update_without_change_touches_nothing(served: Served) -> None:
    served.sandbox.clock.hold(datetime(2025, 1, 1, tzinfo=UTC))
    record = served.api.create(short_description="same")
    served.sandbox.clock.advance(60)
    answer = served.api.patch(f"table/incident/{record['sys_id']}", {"short_description": "same", "state": "1"})
    assert answer.status_code == 200
    assert answer.json()["result"]["sys_mod_count"] == "0"
    assert answer.json()["result"]["sys_updated_on"] == record["sys_updated_on"]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"bunk_field": "x"}, {}),
        ({"category": "no such category"}, {"category": ""}),
        ({"state": 2}, {"state": "2"}),
        ({"knowledge": True}, {"knowledge": "true"}),
        ({"description": None}, {"description": ""}),
        ({"caller_id": "fred.luddy"}, {"caller_id": "Fred Luddy"}),
        ({"caller_id": "Nobody At All"}, {"caller_id": ""}),
        ({"due_date": "2021-07-15T08:00:00"}, {"due_date": "2021-07-15 08:00:00"}),
        ({"due_date": "soon"}, {"due_date": ""}),
        ({"priority": "1", "sys_mod_count": "9"}, {"priority": "5", "sys_mod_count": "0"}),
        ({"short_description": "x" * 200}, {"short_description": "x" * 160}),
        ({"description": "x" * 20_000}, {"description": "x" * 20_000}),
        ({"correlation_id": "é" * 101}, {"correlation_id": "é" * 100}),
    ],
)
def test_what_is_sent_is_not_always_what_is_stored(
    api: Caller, sent: dict[str, object], stored: dict[str, str]
) -> None:
    record = api.create(**sent)
    shown = record["caller_id"] and api.get(f"table/sys_user/{record['caller_id']['value']}").json()["result"]["name"]
    assert stored.items() <= (record | {"caller_id": shown}).items()


def test_a_reference_to_nothing_is_stored_if_it_looks_like_an_id(api: Caller) -> None:
    assert api.create(assigned_to="f" * 32)["assigned_to"]["value"] == "f" * 32


def test_a_sent_sys_id_is_honoured_and_a_second_one_clashes(api: Caller, sandbox: ServiceNowSandbox) -> None:
    assert api.create(sys_id=ID)["sys_id"] == ID
    answer = api.post("table/incident", {"sys_id": ID})
    assert answer.status_code == 403
    assert answer.json() == {
        "error": {"message": "Operation Failed", "detail": "Error during insert of incident (INC0010002)"},
        "status": "failure",
    }
    assert len(sandbox.rows("incident")) == 1
    assert api.post("table/change_request", {"sys_id": ID}).status_code == 403


def test_an_upper_case_sys_id_is_kept_and_found_in_any_case(api: Caller) -> None:
    assert api.create(sys_id=ID.upper())["sys_id"] == ID.upper()
    assert api.get(f"table/incident/{ID}").status_code == 200
    assert api.post("table/incident", {"sys_id": ID}).status_code == 403


def test_a_taken_number_clashes(api: Caller) -> None:
    api.create(number="INC0099999")
    answer = api.post("table/incident", {"number": "INC0099999"})
    assert answer.json()["error"]["detail"] == "Error during insert of incident (INC0099999)"


def test_an_instance_may_ignore_a_sent_sys_id(serve: Serve) -> None:
    served = serve(admin_only_sys_fields=True)
    assert served.api.create(sys_id=ID)["sys_id"] != ID
    assert served.admin.create(sys_id=ID)["sys_id"] == ID
    assert serve(honour_sys_id=False).admin.create(sys_id=ID)["sys_id"] != ID


def test_an_instance_may_refuse_an_over_long_value(serve: Serve) -> None:
    served = serve(varchar_overflow="refuse")
    answer = served.api.post("table/incident", {"short_description": "x" * 161})
    assert (answer.status_code, answer.json()["error"]["detail"]) == (
        403,
        "Error during insert of incident (INC0010001)",
    )
    assert len(served.api.create(description="x" * 161)["description"]) == 161


@pytest.mark.parametrize(
    ("setting", "stored"),
    [("keep", "a😀b"), ("question_marks", "a????b"), ("truncate", "a")],
)
def test_emoji_survive_or_not(serve: Serve, setting: str, stored: str) -> None:
    assert serve(emoji=setting).api.create(short_description="a😀b")["short_description"] == stored


def test_line_ends_may_be_changed(serve: Serve) -> None:
    assert serve(newlines="crlf").api.create(description="a\nb\r\nc")["description"] == "a\r\nb\r\nc"
    assert serve(newlines="lf").api.create(description="a\nb\r\nc")["description"] == "a\nb\nc"


def test_blanks_around_a_text_may_be_lost(serve: Serve) -> None:
    assert serve(trim_blanks=True).api.create(description=" a b \n")["description"] == "a b"


def test_a_unique_index_refuses_a_second_correlation_id_but_not_a_second_empty_one(serve: Serve) -> None:
    served = serve(unique_indexes=(("task", "correlation_id"),))
    served.api.create(correlation_id="OPS-1")
    second = served.api.create()
    served.api.create()
    assert served.api.post("table/problem", {"correlation_id": "OPS-1"}).status_code == 201
    for answer in (
        served.api.post("table/incident", {"correlation_id": "OPS-1"}),
        served.api.patch(f"table/incident/{second['sys_id']}", {"correlation_id": "ops-1"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["error"]["detail"].startswith("Error during ")


def test_of_an_array_only_the_first_is_processed(api: Caller, sandbox: ServiceNowSandbox) -> None:
    answer = api.post("table/incident", [{"short_description": "first"}, {"short_description": "second"}])
    assert answer.json()["result"]["short_description"] == "first"
    assert len(sandbox.rows("incident")) == 1


def test_single_quotes_are_read_and_nonsense_is_refused(api: Caller) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.call("POST", "table/incident", data=b"{'short_description':'odd'}", headers=headers)
    assert answer.json()["result"]["short_description"] == "odd"
    answer = api.call("POST", "table/incident", data=b"{nonsense", headers=headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Exception while reading request")


def test_a_too_large_body_is_refused_in_its_own_words(serve: Serve) -> None:
    answer = serve(max_body=1000).api.post("table/incident", {"description": "x" * 1000})
    assert answer.status_code == 400
    assert answer.json()["error"]["detail"] == (
        "Rejected large REST payload with content-length = 1019 bytes. Max allowed: 1000 bytes."
    )


def test_display_values_may_be_sent_when_announced(api: Caller) -> None:
    fields = {"state": "In Progress", "due_date": "2025-01-01 00:00:00", "urgency": "1 - High"}
    record = api.post("table/incident", fields, sysparm_input_display_value="true").json()["result"]
    assert (record["state"], record["due_date"], record["urgency"]) == ("2", "2025-01-01 08:00:00", "1")
    assert api.create(state="In Progress")["state"] == ""


@pytest.mark.parametrize("setting", ["sys_id", "keep"])
def test_a_name_announced_as_display_value_is_looked_up_whatever_the_instance_does_otherwise(
    serve: Serve, setting: str
) -> None:
    api = serve(reference_input=setting).api
    name = api.get("table/sys_user", sysparm_query="emailISNOTEMPTY", sysparm_limit=1).json()["result"][0]["name"]
    announced = api.post("table/incident", {"caller_id": name}, sysparm_input_display_value="true").json()["result"]
    unannounced = api.create(caller_id=name)
    assert announced["caller_id"] != unannounced["caller_id"]
    assert len(announced["caller_id"]["value"]) == 32


def test_the_method_may_be_overridden_and_the_body_suppressed(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    headers = {"X-HTTP-Method-Override": "PATCH", "X-no-response-body": "true"}
    answer = api.call("POST", f"table/incident/{sys_id}", {"state": "2"}, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert api.found("state=2", field="sys_id") == [sys_id]


def test_stamps_may_be_kept_as_sent(api: Caller) -> None:
    sent = {"sys_created_on": "2020-01-01 00:00:00", "sys_created_by": "old.system"}
    assert api.create(**sent)["sys_created_by"] == "svc_syncd"
    record = api.post("table/incident", sent, sysparm_suppress_auto_sys_field="true").json()["result"]
    assert sent.items() <= record.items()


def test_delete_answers_204_and_takes_everything_along(served: Served) -> None:
    sys_id = served.api.create(work_notes="note")["sys_id"]
    served.api.call(
        "POST",
        "attachment/file",
        params={"table_name": "incident", "table_sys_id": sys_id, "file_name": "a.txt"},
        data=b"x",
        headers={"Content-Type": "text/plain"},
    )
    answer = served.admin.delete(f"table/incident/{sys_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert served.sandbox.journal(sys_id) == []
    assert len(served.sandbox.tables["sys_attachment"]) == 0
    assert served.admin.delete(f"table/incident/{sys_id}").status_code == 404


def test_a_business_rule_aborts_by_its_name(serve: Serve) -> None:
    rule = BusinessRule("No viruses", "task", "short_descriptionLIKEEICAR^ORdescriptionLIKEEICAR^EQ")
    served = serve(business_rules=(rule,))
    sys_id = served.api.create(short_description="fine")["sys_id"]
    answer = served.api.patch(f"table/incident/{sys_id}", {"description": "an EICAR file"})
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (403, "Operation Failed")
    assert error["detail"].startswith("Operation against file 'incident' was aborted by Business Rule 'No viruses^")
    assert error["detail"].endswith(". Business Rule Stack:No viruses")
    assert served.sandbox.row("incident", sys_id)["sys_mod_count"] == "0"


def test_an_administrator_may_write_such_a_rule_over_rest(served: Served) -> None:
    script = {"name": "Stop", "collection": "problem", "action_insert": "true", "abort_action": "true"}
    served.admin.create("sys_script", filter_condition="short_descriptionLIKEstop", **script)
    assert served.api.post("table/problem", {"short_description": "stop it"}).status_code == 403
    assert served.api.post("table/problem", {"short_description": "go on"}).status_code == 201


def test_an_after_rule_has_touched_the_record_before_the_answer_comes(serve: Serve) -> None:
    record = serve(after_rule=True).api.create()
    assert (record["sys_mod_count"], record["sys_updated_by"]) == ("1", "system")


def test_numbers_may_have_gaps_and_never_repeat(serve: Serve) -> None:
    served = serve(number_gaps=True)
    numbers = [served.api.create()["number"] for _ in range(20)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] > "INC0010020"


def test_a_record_of_a_child_table_can_be_made_through_its_parent(served: Served) -> None:
    record = served.admin.create("cmdb_ci", name="web-01", sys_class_name="cmdb_ci_linux_server")
    assert record["sys_class_name"] == "cmdb_ci_linux_server"
    assert record["sys_id"] in served.sandbox.tables["cmdb_ci_linux_server"]
