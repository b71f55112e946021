"""One table as a target: found only what is truly ours, and never "nothing" when something may be hidden."""

from __future__ import annotations

import json

import pytest
import responses
from responses import matchers

from syncd.core.identity import identity_of
from syncd.core.ports import Identity
from syncd.errors import DoubtfulError, RejectedError, UnreadableError, UserError
from syncd.servicenow import ServiceNowClient, ServiceNowTarget
from syncd.servicenow.chunks import MAX_QUERY
from tests.servicenow.canned import asked, refused, rows
from tests.servicenow.conftest import URL
from tests.servicenow.instance import Served

INCIDENTS = f"{URL}/api/now/table/incident"
A = identity_of("ops", "example.atlassian.net", "1")
B = identity_of("ops", "example.atlassian.net", "2")


def row(identity: Identity, **columns: str) -> dict[str, str]:
    return {
        "sys_id": identity.record_id,
        "number": "INC0010001",
        "correlation_id": identity.correlation,
        "sys_created_on": "2026-01-01 00:00:00",
        **columns,
    }


@pytest.fixture
def target(client: ServiceNowClient) -> ServiceNowTarget:
    return ServiceNowTarget(client, "incident")


class TestLookUp:
    def test_a_page_costs_one_call(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A, state="2"))
        found = target.look_up([A, B], ["state"])
        assert found[B] == ()
        (record,) = found[A]
        assert (record.id, record.correlation, record.fields) == (A.record_id, A.correlation, {"state": "2"})
        assert len(web.calls) == 1
        parameters = asked(web)
        assert parameters["sysparm_query"] == (
            f"correlation_idIN{A.correlation},{B.correlation}^ORsys_idIN{A.record_id},{B.record_id}^ORDERBYsys_id"
        )
        assert parameters["sysparm_fields"] == "sys_id,number,correlation_id,sys_created_on,state"
        assert parameters["sysparm_display_value"] == "false"
        assert parameters["sysparm_exclude_reference_link"] == "true"

    def test_nothing_wanted_costs_nothing(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        assert target.look_up([], ["state"]) == {}
        assert len(web.calls) == 0

    def test_many_are_cut_so_that_every_address_stays_short(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        rows(web, "incident")
        wanted = [identity_of("ops", "example.atlassian.net", str(number)) for number in range(150)]
        assert target.look_up(wanted, []) == dict.fromkeys(wanted, ())
        assert 2 <= len(web.calls) <= 4
        assert all(len(str(call.request.url)) < MAX_QUERY + 600 for call in web.calls)

    def test_a_correlation_with_a_comma_is_still_found(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        odd = Identity(A.record_id, "jira:site:1:a,b^c")
        rows(web, "incident", row(odd))
        assert len(target.look_up([odd], [])[odd]) == 1
        assert asked(web)["sysparm_query"].startswith("correlation_id=jira:site:1:a,b^^c^OR")

    def test_twins_are_all_reported(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A), row(A, sys_id="f" * 32))
        assert len(target.look_up([A], [])[A]) == 2

    def test_a_record_known_by_id_only_is_found(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A, correlation_id=""))
        assert target.look_up([A], [])[A][0].correlation == ""

    def test_a_column_that_is_not_shown_is_absent_not_empty(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        rows(web, "incident", row(A, state=""))
        assert target.look_up([A], ["state", "u_secret"])[A][0].fields == {"state": ""}

    def test_references_arrive_as_ids_whatever_their_shape(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        shaped = {**row(A), "caller_id": {"link": "https://elsewhere/x", "value": "681c"}}
        rows(web, "incident", shaped)
        assert target.look_up([A], ["caller_id"])[A][0].fields == {"caller_id": "681c"}

    def test_hidden_records_are_no_absent_ones(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A), total=2)
        with pytest.raises(UnreadableError, match="hides 1 of 2"):
            target.look_up([A, B], [])

    def test_an_ignored_condition_is_noticed(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        stranger = identity_of("other", "site", "9")
        rows(web, "incident", row(stranger), total=20_000)
        with pytest.raises(UnreadableError, match="ignored a condition"):
            target.look_up([A], [])

    def test_a_look_alike_is_not_ours(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        """The database compares without regard to case."""
        rows(web, "incident", row(A, sys_id="f" * 32, correlation_id=A.correlation.upper()))
        assert target.look_up([A], [])[A] == ()

    def test_an_answer_without_a_total_proves_nothing(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        web.get(INCIDENTS, json={"result": []})
        with pytest.raises(UnreadableError, match="X-Total-Count"):
            target.look_up([A], [])


class TestCreate:
    def test_carries_both_identities(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        web.post(
            INCIDENTS,
            status=201,
            json={"result": row(A, short_description="cut", number="INC7")},
            match=[
                matchers.json_params_matcher(
                    {
                        "sys_id": A.record_id,
                        "correlation_id": A.correlation,
                        "correlation_display": "Jira",
                        "short_description": "cut off",
                    }
                )
            ],
        )
        record = target.create(A.record_id, A.correlation, {"short_description": "cut off"}, ["short_description"])
        assert (record.number, record.fields) == ("INC7", {"short_description": "cut"})

    def test_the_id_that_comes_back_wins(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        web.post(INCIDENTS, status=201, json={"result": row(A, sys_id="f" * 32)})
        assert target.create(A.record_id, A.correlation, {}, []).id == "f" * 32

    def test_a_confirmation_without_an_id_is_a_doubt(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        web.post(INCIDENTS, status=201, json={"result": {"number": "INC7"}})
        with pytest.raises(DoubtfulError, match="sys_id"):
            target.create(A.record_id, A.correlation, {}, [])


class TestUpdate:
    def test_sends_these_fields_and_no_others(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        web.patch(
            f"{INCIDENTS}/{A.record_id}",
            json={"result": row(A, state="2")},
            match=[matchers.json_params_matcher({"state": "2"})],
        )
        assert target.update(A.record_id, {"state": "2"}, ["state"]).fields == {"state": "2"}

    def test_another_record_in_the_answer_is_a_doubt(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        web.patch(f"{INCIDENTS}/{A.record_id}", json={"result": row(B)})
        with pytest.raises(DoubtfulError, match="another row"):
            target.update(A.record_id, {"state": "2"}, [])


class TestAddNote:
    def test_appends_and_keeps_markup_from_coming_alive(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        """`[code]` in a journal turns what follows into HTML (servicenow facts 3.6)."""
        web.patch(f"{INCIDENTS}/{A.record_id}", json={"result": {"sys_id": A.record_id}})
        target.add_note(A.record_id, "work_notes", "see [code]<b>x</b>[/CODE]")
        assert json.loads(str(web.calls[0].request.body, "utf-8")) == {"work_notes": "see (code)<b>x</b>(/code)"}


class TestProve:
    def test_asks_for_a_row_and_for_a_stranger(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A), total=500)
        rows(web, "incident")
        target.prove()
        assert "correlation_id=syncd-probe-" in asked(web)["sysparm_query"]

    def test_a_column_that_cannot_be_searched_would_find_strangers(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        rows(web, "incident", row(A), total=500)
        rows(web, "incident", row(A), total=500)
        with pytest.raises(RejectedError, match="correlation_id of incident"):
            target.prove()

    def test_a_column_that_cannot_be_read_would_miss_our_own(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        rows(web, "incident", {"sys_id": "1"}, total=500)
        with pytest.raises(RejectedError, match="correlation_id of incident"):
            target.prove()


class TestMissingColumns:
    def test_a_typo_is_met_with_a_suggestion(self, instance: Served) -> None:
        instance.sandbox.create("incident", {"short_description": "x"})
        target = ServiceNowTarget(instance.client(), "incident")
        assert target.missing_columns(["short_descripton", "state"]) == {
            "short_descripton": "did you mean short_description?"
        }

    def test_nothing_is_asked_twice_when_all_is_there(self, instance: Served) -> None:
        instance.sandbox.create("incident", {"short_description": "x"})
        assert ServiceNowTarget(instance.client(), "incident").missing_columns(["state"]) == {}
        assert instance.sandbox.calls.total == 1

    def test_a_hidden_column_is_not_a_typo(self, web: responses.RequestsMock, target: ServiceNowTarget) -> None:
        rows(web, "incident", row(A))
        rows(web, "sys_db_object")
        rows(web, "sys_dictionary", {"sys_id": "1", "name": "incident", "element": "u_secret", "active": "true"})
        assert target.missing_columns(["u_secret"]) == {"u_secret": "it is there, but hidden from this user"}

    def test_without_a_dictionary_only_a_row_can_tell(
        self, web: responses.RequestsMock, target: ServiceNowTarget
    ) -> None:
        rows(web, "incident")
        rows(web, "incident", row(A))
        refused(web, "sys_db_object")
        assert target.missing_columns(["u_typo"]) == {}
        assert target.missing_columns(["u_typo"]) == {"u_typo": ""}


@pytest.mark.parametrize("table", ["", "incident?x=1", "../incident"])
def test_what_cannot_be_a_table_is_a_mistake_of_the_mapping(table: str, client: ServiceNowClient) -> None:
    with pytest.raises(UserError, match="name of a table"):
        ServiceNowTarget(client, table)


def test_a_person_can_open_the_record(target: ServiceNowTarget) -> None:
    assert target.record_url("abc") == f"{URL}/nav_to.do?uri=incident.do%3Fsys_id%3Dabc"
