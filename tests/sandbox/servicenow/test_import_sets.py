"""The Import Set API: staged, transformed, coalesced; at once or later."""

from __future__ import annotations

import pytest

from syncd.sandbox.servicenow import DEFAULT_USERS, UserSpec
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

LOADER = UserSpec("loader", "secret", "Loader", roles=frozenset({"itil", "import_set_loader", "import_transformer"}))


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve(users=(*DEFAULT_USERS, LOADER))


@pytest.fixture
def loader(served: Served) -> Caller:
    return served.as_user(("loader", "secret"))


def test_one_row_is_transformed_at_once_and_coalesces(served: Served, loader: Caller) -> None:
    row = {"u_correlation_id": "OPS-1", "u_short_description": "one"}
    seen = []
    for sent in (row, row | {"u_short_description": "two"}, row | {"u_short_description": "two"}):
        answer = loader.post("import/u_incident_import", sent)
        assert answer.status_code == 201
        (result,) = answer.json()["result"]
        seen.append((result["status"], result["table"], result["display_value"]))
    assert seen == [
        ("inserted", "incident", "INC0010001"),
        ("updated", "incident", "INC0010001"),
        ("ignored", "incident", "INC0010001"),
    ]
    assert answer.json()["staging_table"] == "u_incident_import"
    assert answer.json()["import_set"] == "ISET0010003"
    assert result["record_link"].endswith(f"/api/now/table/incident/{result['sys_id']}")
    assert [r["short_description"] for r in served.sandbox.rows("incident")] == ["two"]


def test_a_failed_transform_is_201_all_the_same(loader: Caller) -> None:
    answer = loader.post("import/u_incident_import", {"u_correlation_id": "OPS-1", "u_state": "6"})
    (result,) = answer.json()["result"]
    assert (answer.status_code, result["status"]) == (201, "error")
    assert "mandatory: Resolution code, Close notes" in result["error_message"]


def test_nested_json_comes_in_with_equals_signs(served: Served, loader: Caller) -> None:
    loader.post("import/u_incident_import", {"u_correlation_id": "1", "u_description": {"a": {"b": "c"}, "d": None}})
    assert served.sandbox.rows("incident")[0]["description"] == "{a={b=c}, d=}"


def test_insert_multiple_answers_ids_only_and_works_later(served: Served, loader: Caller) -> None:
    records = [{"Correlation ID": f"OPS-{n}", "Short description": f"n{n}", "u_state": "2"} for n in range(3)]
    answer = loader.post("import/u_incident_import/insertMultiple", {"records": records})
    assert answer.status_code == 201
    assert answer.json().keys() == {"import_set_id", "multi_import_set_id"}
    assert served.sandbox.rows("incident") == []
    assert served.sandbox.run_imports() == 3
    assert sorted(r["correlation_id"] for r in served.sandbox.rows("incident")) == ["OPS-0", "OPS-1", "OPS-2"]
    assert {r["state"] for r in served.sandbox.rows("incident")} == {"1"}  # u_state is a name, not a label
    query = f"sys_import_set={answer.json()['import_set_id']}"
    rows = loader.get("table/u_incident_import", sysparm_query=query).json()["result"]
    assert {(r["sys_import_state"], r["sys_target_table"]) for r in rows} == {("inserted", "incident")}
    looked = loader.get(f"import/u_incident_import/{rows[0]['sys_id']}").json()["result"][0]
    assert looked["sys_id"] == rows[0]["sys_target_sys_id"]


def test_users_can_be_imported_too(loader: Caller) -> None:
    row = {"user_id": "john.public", "first_name": "John", "last_name": "Public"}
    (result,) = loader.post("import/imp_user", row).json()["result"]
    assert (result["transform_map"], result["display_name"], result["display_value"]) == ("User", "name", "John Public")


def test_who_may_not_load_is_refused_and_what_is_no_staging_table_is_unknown(served: Served, loader: Caller) -> None:
    assert served.api.post("import/u_incident_import", {}).status_code == 403
    assert loader.post("import/incident", {}).status_code == 400
