"""What reading through the Table API gives: envelopes, value shapes, paging headers, refusals."""

from __future__ import annotations

import re

import pytest

from syncd.sandbox.servicenow import DEFAULT_USERS, ServiceNowSandbox, UserSpec
from tests.sandbox.servicenow.conftest import Caller, Serve, Served


def test_no_credentials_and_wrong_ones_get_the_same_401(served: Served) -> None:
    for auth in (None, ("svc_syncd", "wrong"), ("nobody", "x")):
        answer = served.as_user(auth).get("table/incident")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("BASIC")
        assert answer.json() == {
            "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
            "status": "failure",
        }


def test_a_record_has_all_columns_and_every_value_is_a_string_or_a_reference(api: Caller) -> None:
    record = api.get(f"table/incident/{api.create(short_description='Printer')['sys_id']}").json()["result"]
    assert len(record) > 70
    assert all(isinstance(v, str) or v.keys() == {"link", "value"} for v in record.values())
    assert record["knowledge"] == "false"
    assert record["state"] == "1"
    assert record["caller_id"] == ""


@pytest.mark.parametrize(
    ("params", "caller", "state", "empty"),
    [
        ({}, {"link", "value"}, "1", ""),
        ({"sysparm_display_value": "False"}, {"link", "value"}, "1", ""),
        ({"sysparm_display_value": "true"}, {"display_value", "link"}, "New", ""),
        (
            {"sysparm_display_value": "all"},
            {"display_value", "value", "link"},
            {"display_value": "New", "value": "1"},
            {"display_value": "", "value": ""},
        ),
        ({"sysparm_exclude_reference_link": "true"}, None, "1", ""),
        (
            {"sysparm_exclude_reference_link": "true", "sysparm_display_value": "all"},
            {"display_value", "value"},
            {"display_value": "New", "value": "1"},
            {"display_value": "", "value": ""},
        ),
    ],
)
def test_the_shape_of_values_follows_the_parameters(
    api: Caller, params: dict[str, str], caller: set[str] | None, state: object, empty: object
) -> None:
    sys_id = api.create(caller_id="Fred Luddy")["sys_id"]
    record = api.get(f"table/incident/{sys_id}", **params).json()["result"]
    assert (record["caller_id"].keys() if caller else type(record["caller_id"])) == (caller or str)
    assert record["state"] == state
    assert record["assigned_to"] == empty


def test_a_reference_shows_a_name_only_without_link(api: Caller) -> None:
    sys_id = api.create(caller_id="Fred Luddy")["sys_id"]
    params = {"sysparm_display_value": "true", "sysparm_exclude_reference_link": "true"}
    assert api.get(f"table/incident/{sys_id}", **params).json()["result"]["caller_id"] == "Fred Luddy"


def test_fields_walk_dots_and_unknown_ones_are_left_out(api: Caller) -> None:
    sys_id = api.create(caller_id="Fred Luddy")["sys_id"]
    fields = "number,caller_id.email,caller_id.department.name,bogus,caller_id.bogus"
    record = api.get(f"table/incident/{sys_id}", sysparm_fields=fields).json()["result"]
    assert record == {
        "number": "INC0010001",
        "caller_id.email": "fred.luddy@example.com",
        "caller_id.department.name": "Finance",
    }


def test_display_dates_are_in_the_users_zone_and_values_are_utc(served: Served) -> None:
    record = served.api.create()
    shown = served.api.get(f"table/incident/{record['sys_id']}", sysparm_display_value="all").json()["result"]
    assert shown["sys_created_on"]["value"] == record["sys_created_on"]
    assert shown["sys_created_on"]["display_value"] != record["sys_created_on"]


def test_an_empty_list_is_200_but_404_in_v1(api: Caller) -> None:
    for version in ("", "v2/"):
        answer = api.get(f"{version}table/incident")
        assert (answer.status_code, answer.json(), answer.headers["X-Total-Count"]) == (200, {"result": []}, "0")
    answer = api.get("v1/table/incident")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "No Record found"


def test_a_missing_record_is_404(api: Caller) -> None:
    for method in ("GET", "PATCH", "PUT"):
        answer = api.call(method, f"table/incident/{'0' * 32}", None if method == "GET" else {})
        assert answer.status_code == 404
        assert answer.json()["error"]["detail"] == "Record doesn't exist or ACL restricts the record retrieval"


def test_unknown_tables_and_paths_are_400(api: Caller) -> None:
    answer = api.get("table/foo")
    assert (answer.status_code, answer.json()["error"]) == (400, {"message": "Invalid table foo", "detail": None})
    answer = api.get("/api/now/tabel/incident")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Requested URI does not represent any resource: /api/now/tabel/incident"


def test_the_wrong_method_accept_or_content_type_is_refused(api: Caller) -> None:
    assert api.call("DELETE", "table/incident").status_code == 405
    assert api.call("GET", "table/incident", headers={"Accept": "text/csv"}).status_code == 406
    assert api.call("GET", "table/incident", headers={"Accept": "*/*"}).status_code == 200
    posted = api.call("POST", "table/incident", data=b"a=b", headers={"Content-Type": "text/plain"})
    assert posted.status_code == 415


def test_xml_is_spoken_too(api: Caller) -> None:
    api.create(short_description="A & B")
    answer = api.call("GET", "table/incident", headers={"Accept": "application/xml"})
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert "<short_description>A &amp; B</short_description>" in answer.text


def test_xml_is_understood_too(api: Caller) -> None:
    body = b"<request><entry><short_description>from xml</short_description></entry></request>"
    headers = {"Content-Type": "application/xml"}
    answer = api.call("POST", "table/incident", data=body, headers=headers)
    assert answer.json()["result"]["short_description"] == "from xml"
    for bad in (b"<open>", b'<!DOCTYPE x [<!ENTITY e "e">]><request>&e;</request>'):
        assert api.call("POST", "table/incident", data=bad, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("business_duration", "1970-01-01 00:02:17", "2 Minutes"),
        ("business_duration", "1970-01-02 01:00:00", "1 Day 1 Hour"),
        ("watch_list", "6816f79cc0a8016401c5a33be04be441,a@b.c", "System Administrator, a@b.c"),
        ("due_date", "2025-07-01 12:00:00", "01.07.2025 14:00:00"),
        ("caller_id", "f" * 32, ""),
    ],
)
def test_how_values_look_to_a_user_of_another_country(serve: Serve, field: str, value: str, shown: str) -> None:
    anna = UserSpec("anna", "x", roles=frozenset({"itil"}), time_zone="Europe/Zurich", date_format="dd.MM.yyyy")
    served = serve(users=(*DEFAULT_USERS, anna))
    sys_id = served.admin.create(**{field: value})["sys_id"]
    params = {"sysparm_display_value": "all", "sysparm_fields": field}
    record = served.as_user(("anna", "x")).get(f"table/incident/{sys_id}", **params).json()["result"]
    assert record[field] | {"link": ""} == {"display_value": shown, "value": value, "link": ""}


def test_labels_of_choices_are_in_the_language_of_the_user_where_somebody_has_translated_them(serve: Serve) -> None:
    german = UserSpec("greta", "pw", roles=frozenset({"itil"}), language="de")
    served = serve(users=(*DEFAULT_USERS, german))
    translation = {"name": "incident", "element": "state", "value": "2", "label": "In Arbeit", "language": "de"}
    served.admin.create("sys_choice", **translation)
    greta = served.as_user(("greta", "pw"))
    sys_id = greta.post("table/incident", {"state": "in arbeit"}, sysparm_input_display_value="true").json()["result"][
        "sys_id"
    ]

    def shown(caller: Caller) -> tuple[str, str]:
        found = caller.get(f"table/incident/{sys_id}", sysparm_display_value="true").json()["result"]
        return found["state"], found["urgency"]

    assert shown(greta) == ("In Arbeit", "3 - Low")
    assert shown(served.api) == ("In Progress", "3 - Low")


def test_head_has_the_headers_and_no_body(api: Caller) -> None:
    api.create()
    answer = api.call("HEAD", "table/incident")
    assert (answer.status_code, answer.headers["X-Total-Count"], answer.content) == (200, "1", b"")


def test_paging_headers_say_where_the_other_pages_are(api: Caller) -> None:
    for number in range(5):
        api.create(short_description=f"n{number}")
    query = {"sysparm_query": "short_descriptionLIKEn^ORDERBYnumber", "sysparm_limit": 2}
    answer = api.get("table/incident", sysparm_offset=2, **query)
    links = re.findall(r'<[^>]*sysparm_limit=2&sysparm_offset=(\d+)>;rel="(\w+)"', answer.headers["Link"])
    assert links == [("0", "first"), ("0", "prev"), ("4", "next"), ("4", "last")]
    assert answer.headers["X-Total-Count"] == "5"
    assert 'rel="next"' not in api.get("table/incident", sysparm_offset=4, **query).headers["Link"]
    assert 'rel="prev"' not in api.get("table/incident", sysparm_offset=0, **query).headers["Link"]


def test_suppressing_pagination_drops_link_only_and_no_count_drops_the_total(api: Caller) -> None:
    for _ in range(3):
        api.create()
    answer = api.get("table/incident", sysparm_limit=1, sysparm_suppress_pagination_header="true")
    assert ("Link" in answer.headers, answer.headers["X-Total-Count"]) == (False, "3")
    answer = api.get("table/incident", sysparm_limit=1, sysparm_no_count="true")
    assert "X-Total-Count" not in answer.headers


def test_a_negative_offset_is_illegal(api: Caller) -> None:
    assert api.get("table/incident", sysparm_offset=-1).status_code == 400


def test_without_order_the_order_is_random_but_stable(api: Caller) -> None:
    created = [api.create()["number"] for _ in range(12)]
    read = [[r["number"] for r in api.get("table/incident").json()["result"]] for _ in range(2)]
    assert read[0] == read[1]
    assert read[0] != created
    assert sorted(read[0]) == created


def test_an_unstable_instance_shuffles_anew_each_time(serve: Serve) -> None:
    served = serve(unstable_order=True)
    for _ in range(12):
        served.api.create()
    orders = {tuple(r["number"] for r in served.api.get("table/incident").json()["result"]) for _ in range(5)}
    assert len(orders) > 1


def test_plain_parameters_filter_by_value_or_display_value(api: Caller) -> None:
    api.create(short_description="one", state="2", assignment_group="Service Desk")
    api.create(short_description="two")
    for params in ({"state": "2"}, {"state": "In Progress"}, {"assignment_group": "Service Desk"}):
        answer = api.get("table/incident", sysparm_fields="short_description", **params)
        assert answer.json()["result"] == [{"short_description": "one"}]


def test_rows_that_rules_hide_are_taken_after_the_limit(served: Served) -> None:
    ids = [served.api.create(short_description=f"n{n}")["sys_id"] for n in range(4)]
    for sys_id in ids[:2]:
        served.sandbox.hide(sys_id)
    query = {"sysparm_query": "ORDERBYnumber", "sysparm_limit": 3}
    answer = served.api.get("table/incident", **query)
    assert len(answer.json()["result"]) == 1
    assert answer.headers["X-Total-Count"] == "4"
    assert served.api.get(f"table/incident/{ids[0]}").status_code == 404
    assert served.api.patch(f"table/incident/{ids[0]}", {"state": "2"}).status_code == 404


def test_the_parent_table_shows_the_records_of_its_children(api: Caller) -> None:
    incident, change = api.create(), api.create("change_request", short_description="c")
    rows = api.get("table/task", sysparm_fields="sys_id,sys_class_name,number").json()["result"]
    assert {r["sys_id"] for r in rows} == {incident["sys_id"], change["sys_id"]}
    record = api.get(f"table/task/{incident['sys_id']}").json()["result"]
    assert record["incident_state"] == "1"


def test_links_use_the_configured_url_not_the_requests_host(serve: Serve) -> None:
    served = serve(instance_url="https://bank.service-now.com")
    answer = served.api.post("table/incident", {"caller_id": "Fred Luddy"})
    assert answer.headers["Location"].startswith("https://bank.service-now.com/api/now/table/incident/")
    assert answer.json()["result"]["caller_id"]["link"].startswith("https://bank.service-now.com/")


def test_a_url_is_as_long_as_it_is_on_the_wire_percent_signs_and_all(serve: Serve) -> None:
    api = serve(max_url=2000).api
    assert api.get("table/incident", short_description="x" * 900).status_code == 200
    assert api.get("table/incident", short_description="^" * 900).status_code == 414


def test_an_over_long_url_is_answered_by_an_html_page(api: Caller) -> None:
    answer = api.get("table/" + "A" * 23_000)
    assert answer.status_code >= 400
    assert re.match(r"^<.*html>", answer.text)


def test_answers_look_like_servicenow(api: Caller) -> None:
    headers = api.get("table/incident").headers
    assert headers["Server"] == "ServiceNow"
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["X-Is-Logged-In"] == "true"
    assert "JSESSIONID" in headers["Set-Cookie"]


def test_calls_are_counted_by_route(served: Served, sandbox: ServiceNowSandbox) -> None:
    served.api.create()
    served.api.get("table/incident")
    served.api.get("table/problem")
    assert sandbox.calls["POST", "table.create"] == 1
    assert sandbox.calls.count(method="GET") == 2
    assert sandbox.calls.count(table="incident") == 2
    assert (sandbox.calls.writes, sandbox.calls.total) == (1, 3)
