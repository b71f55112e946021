"""Roles, access rules, the restriction of Basic auth, and what a user without rights is told."""

from __future__ import annotations

import pytest

from syncd.sandbox.servicenow import DEFAULT_USERS, Acl, UserSpec
from tests.sandbox.servicenow.conftest import ADMIN, Serve, Served

NOBODY = UserSpec("nobody", "secret", "No Roles")
READER = UserSpec("reader", "secret", "Reader", roles=frozenset({"snc_platform_rest_api_access"}))
ITIL_ADMIN = UserSpec("boss", "secret", "Boss", roles=frozenset({"itil_admin"}))
USERS = (*DEFAULT_USERS, NOBODY, READER, ITIL_ADMIN)


def test_without_the_rest_role_every_call_is_refused(serve: Serve) -> None:
    answer = serve(users=USERS).as_user(("nobody", "secret")).get("table/incident")
    assert answer.status_code == 403
    assert answer.json()["error"] == {
        "message": "User Not Authorized",
        "detail": "Failed API level ACL Validation",
    }


def test_with_the_rest_role_alone_tables_stay_closed(serve: Serve) -> None:
    served = serve(users=USERS)
    reader = served.as_user(("reader", "secret"))
    sys_id = served.api.create()["sys_id"]
    assert reader.get("table/incident").json()["error"]["message"] == "Insufficient rights to query records"
    assert reader.get(f"table/incident/{sys_id}").status_code == 404
    assert reader.post("table/incident", {}).json()["error"]["detail"].startswith("ACL Exception Insert Failed")
    assert reader.get("table/sys_user").status_code == 200


def test_deleting_needs_more_than_writing(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    answer = served.api.delete(f"table/incident/{sys_id}")
    assert answer.status_code == 403
    assert answer.json()["error"]["detail"] == "ACL Exception Delete Failed due to security constraints"
    assert served.admin.delete(f"table/incident/{sys_id}").status_code == 204


@pytest.mark.parametrize("table", ["sys_user", "sys_user_group", "sys_choice", "sys_dictionary", "sys_properties"])
def test_the_platforms_tables_are_not_written_by_itil(served: Served, table: str) -> None:
    assert served.api.post(f"table/{table}", {"name": "x"}).status_code == 403


def test_a_table_closed_to_web_services_is_closed_to_admin_too(admin: object, served: Served) -> None:
    assert served.admin.get("table/sys_attachment_doc").json()["error"]["message"] == "User Not Authorized"


def test_a_hidden_field_is_absent_and_a_condition_on_it_is_ignored(serve: Serve) -> None:
    rule = Acl("incident", "read", frozenset({"admin"}), field="description")
    served = serve(acls=(rule,))
    record = served.api.create(short_description="x", description="secret")
    assert "description" not in record
    assert "description" in served.admin.get(f"table/incident/{record['sys_id']}").json()["result"]
    assert served.api.found("description=wrong") == ["x"]
    assert served.admin.found("description=wrong") == []


def test_a_hidden_field_cannot_be_reached_by_walking_dots_either(served: Served) -> None:
    served.admin.patch("table/sys_user/6816f79cc0a8016401c5a33be04be441", {"user_password": "x"})
    sys_id = served.api.create(short_description="x", caller_id="admin")["sys_id"]
    fields = {"sysparm_fields": "number,caller_id.user_password"}
    assert served.api.get(f"table/incident/{sys_id}", **fields).json()["result"] == {"number": "INC0010001"}
    assert served.api.found("caller_id.user_password=wrong") == ["x"]


def test_a_field_that_may_not_be_written_is_dropped_with_200(serve: Serve) -> None:
    served = serve(acls=(Acl("incident", "write", frozenset({"admin"}), field="assigned_to"),))
    sys_id = served.api.create(assigned_to="Fred Luddy")["sys_id"]
    answer = served.api.patch(f"table/incident/{sys_id}", {"assigned_to": "Fred Luddy", "state": "2"})
    assert answer.status_code == 200
    assert (answer.json()["result"]["assigned_to"], answer.json()["result"]["state"]) == ("", "2")


def test_records_outside_a_rules_condition_are_hidden_but_counted(serve: Serve) -> None:
    served = serve(acls=(Acl("incident", "read", frozenset({"itil"}), condition="category!=network"),))
    served.api.create(short_description="open")
    hidden = served.admin.create(short_description="closed", category="network")
    answer = served.api.get("table/incident", sysparm_fields="short_description")
    assert answer.json()["result"] == [{"short_description": "open"}]
    assert answer.headers["X-Total-Count"] == "2"
    assert served.api.get(f"table/incident/{hidden['sys_id']}").status_code == 404


def test_a_new_instance_refuses_basic_auth_to_people_with_a_plain_401(serve: Serve) -> None:
    served = serve(restrict_basic_auth=True)
    answer = served.as_user(ADMIN).get("table/incident")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "User Not Authenticated")
    assert served.api.get("table/incident").status_code == 200


def test_a_user_who_was_locked_out_or_deactivated_is_not_authenticated(served: Served) -> None:
    me = served.api.get("table/sys_user", user_name="svc_syncd").json()["result"][0]["sys_id"]
    for field, value, back in (("locked_out", "true", "false"), ("active", "false", "true")):
        served.sandbox.edit("sys_user", me, {field: value})
        assert served.api.get("table/incident").status_code == 401
        served.sandbox.edit("sys_user", me, {field: back})
        assert served.api.get("table/incident").status_code == 200


def test_itil_admin_may_close(serve: Serve) -> None:
    served = serve(users=USERS)
    boss = served.as_user(("boss", "secret"))
    closed = boss.create(state="7", close_code="User error", close_notes="x")
    assert closed["state"] == "7"


def test_passwords_are_stars_for_admin_and_absent_for_others(served: Served) -> None:
    query = {"user_name": "admin", "sysparm_display_value": "true"}
    served.admin.patch("table/sys_user/6816f79cc0a8016401c5a33be04be441", {"user_password": "x"})
    assert served.admin.get("table/sys_user", **query).json()["result"][0]["user_password"] == "********"
    assert "user_password" not in served.api.get("table/sys_user", **query).json()["result"][0]


def test_a_record_that_may_not_be_read_back_is_created_with_403(serve: Serve) -> None:
    served = serve(acls=(Acl("incident", "read", frozenset({"itil"}), condition="category!=network"),))
    answer = served.api.post("table/incident", {"category": "network"})
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Operation Failed"
    assert len(served.sandbox.rows("incident")) == 1
