"""The public client over HTTP, against a simulated instance: what a person asks for, and what comes of it."""

from __future__ import annotations

import runpy
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import (
    AuthError,
    DoubtfulError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnreadableError,
    UserError,
)
from syncd.http import Limits
from syncd.servicenow import ApiKeyAuth, BasicAuth, ServiceNowClient, where
from tests.servicenow.instance import Served

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "servicenow_example.py"


@pytest.fixture
def snow(instance: Served) -> ServiceNowClient:
    return instance.client()


class TestAddress:
    @pytest.mark.parametrize(
        "address", ["", "example.service-now.com", "ftp://example.service-now.com", "https://", "https://a:b", "//[::1"]
    )
    def test_what_is_none_is_said_at_once(self, address: str) -> None:
        with pytest.raises(UserError, match=r"like https://example\.service-now\.com"):
            ServiceNowClient(address, BasicAuth("svc", "pw"))

    def test_credentials_in_it_are_refused_and_not_shown(self) -> None:
        with pytest.raises(UserError, match="carries credentials") as caught:
            ServiceNowClient("https://svc:Geheim123@example.service-now.com", BasicAuth("svc", "pw"))
        assert "Geheim123" not in str(caught.value)

    def test_a_query_does_not_belong_to_it(self) -> None:
        with pytest.raises(UserError, match="where its path ends"):
            ServiceNowClient("https://example.service-now.com/nav_to.do?uri=incident.do", BasicAuth("svc", "pw"))


class TestConnection:
    def test_says_who_we_are(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.create("incident", {"short_description": "x"})
        (row,) = instance.sandbox.rows("sys_user", "user_name=svc_syncd")
        instance.sandbox.edit("sys_user", row["sys_id"], {"time_zone": "Europe/Zurich"})
        found = snow.test_connection()
        assert (found.user_name, found.user_id, found.time_zone) == ("svc_syncd", row["sys_id"], "Europe/Zurich")
        assert found.records == 1
        assert found.clock is not None
        assert abs(found.clock - datetime.now(UTC)) < timedelta(minutes=1)

    def test_names_the_cure_when_basic_auth_is_refused(self, instance: Served) -> None:
        instance.sandbox.set_options(restrict_basic_auth=True)
        with pytest.raises(AuthError, match="web_service_access_only"):
            instance.client(BasicAuth("admin", "admin")).test_connection()
        assert instance.client().test_connection().user_name == "svc_syncd"

    def test_an_api_key_is_as_good(self, instance: Served) -> None:
        assert instance.client(ApiKeyAuth("syncd-api-key")).test_connection().user_name == "svc_syncd"
        with pytest.raises(AuthError):
            instance.client(ApiKeyAuth("wrong")).test_connection()

    def test_a_user_who_may_not_read_users_is_still_connected(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("acl_denied", table="sys_user", count=0)
        found = snow.test_connection()
        assert (found.user_name, found.records) == ("", 0)

    def test_a_table_that_does_not_exist(self, snow: ServiceNowClient) -> None:
        with pytest.raises(RejectedError, match="Invalid table"):
            snow.test_connection("incidnet")

    @pytest.mark.parametrize("kind", ["unauthorized", "acl_denied", "dropped", "hibernating", "semaphore_full"])
    def test_a_passing_trouble_passes(self, kind: str, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add(kind)
        assert snow.test_connection().user_name == "svc_syncd"

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("hibernating", UnavailableError),
            ("truncated", UnreadableError),
            ("server_error", UnavailableError),
            ("acl_denied", AuthError),
        ],
    )
    def test_a_lasting_one_is_told(
        self, kind: str, error: type[Exception], snow: ServiceNowClient, instance: Served
    ) -> None:
        instance.sandbox.faults.add(kind, count=0)
        with pytest.raises(error):
            snow.test_connection()

    def test_nobody_there(self) -> None:
        client = ServiceNowClient(
            "http://127.0.0.1:9", BasicAuth("a", "b"), limits=Limits(attempts=1), sleep=lambda seconds: None
        )
        with pytest.raises(UnavailableError, match=r"cannot be reached at http://127\.0\.0\.1:9"):
            client.test_connection()


class TestIncidents:
    def test_people_and_choices_are_given_as_people_say_them(self, snow: ServiceNowClient, instance: Served) -> None:
        created = snow.create_incident(
            "Payments fail",
            description="HTTP 500",
            caller="abel.tuter@example.com",
            assigned_to="beth.anglin",
            assignment_group="Platform Operations",
            impact="High",
            urgency="2",
            category="Software",
            correlation_id="alert-1",
            fields={"u_origin": "shop"},
        )
        stored = instance.sandbox.row("incident", created["sys_id"])
        assert created["number"].startswith("INC")
        assert (stored["impact"], stored["urgency"], stored["priority"], stored["category"]) == (
            "1",
            "2",
            "2",
            "software",
        )
        assert (stored["correlation_id"], stored["u_origin"]) == ("alert-1", "shop")
        people = {row["sys_id"]: row["user_name"] for row in instance.sandbox.rows("sys_user")}
        assert people[stored["caller_id"]] == "abel.tuter"
        assert people[stored["assigned_to"]] == "beth.anglin"

    def test_everything_that_is_wrong_is_said_at_once(self, snow: ServiceNowClient, instance: Served) -> None:
        with pytest.raises(UserError) as caught:
            snow.create_incident("x", impact="Enormous", urgency="9")
        assert len(caught.value.problems) == 2
        assert "1 - High (1)" in caught.value.problems[0]
        assert instance.sandbox.rows("incident") == []

    def test_an_unknown_person_is_no_empty_field(self, snow: ServiceNowClient, instance: Served) -> None:
        with pytest.raises(UserError, match=r"nobody@example\.com"):
            snow.create_incident("x", caller="nobody@example.com")
        assert instance.sandbox.rows("incident") == []

    def test_a_long_summary_loses_nothing(self, snow: ServiceNowClient) -> None:
        long = "All payments fail because " + "very " * 40 + "much is broken"
        created = snow.create_incident(long, description="Since 10:04")
        assert len(created["short_description"]) == 160
        assert created["description"] == f"{long}\n\nSince 10:04"

    def test_is_found_by_number_and_by_id(self, snow: ServiceNowClient) -> None:
        created = snow.create_incident("x")
        assert snow.get_incident(created["number"]) == snow.get_incident(created["sys_id"])
        with pytest.raises(NotFoundError, match="INC9999999"):
            snow.get_incident("INC9999999")

    def test_two_of_one_number_are_not_told_apart_by_chance(self, snow: ServiceNowClient, instance: Served) -> None:
        for _ in range(2):
            instance.sandbox.instance.store("incident", {"number": "INC7", "short_description": "x"})
        with pytest.raises(RejectedError, match="2 records called INC7"):
            snow.get_incident("INC7")

    def test_a_lost_update_of_numbers_and_nothing_is_settled_like_one_of_texts(
        self, snow: ServiceNowClient, instance: Served
    ) -> None:
        """An untyped program sends what JSON has; the instance makes text of it."""
        number = snow.create_incident("x", description="to be cleared")["number"]
        instance.sandbox.faults.add("lost_answer", method="PATCH")
        fields: dict[str, Any] = {"urgency": 1, "description": None}
        updated = snow.update_incident(number, fields)
        assert (updated["urgency"], updated["description"]) == ("1", "")

    def test_an_update_changes_what_it_names(self, snow: ServiceNowClient) -> None:
        created = snow.create_incident("x", description="y")
        updated = snow.update_incident(created["number"], {"short_description": "z"})
        assert (updated["short_description"], updated["description"]) == ("z", "y")

    def test_journals_are_not_updated(self, snow: ServiceNowClient) -> None:
        with pytest.raises(UserError, match="add_work_note"):
            snow.update_incident("INC1", {"work_notes": "x"})

    @pytest.mark.parametrize(
        "kind",
        ["forbidden_after_commit", "lost_answer", "truncated", "error_in_200", "server_error_after"],
    )
    def test_exactly_one_is_created_when_the_answer_is_lost(
        self, kind: str, snow: ServiceNowClient, instance: Served
    ) -> None:
        instance.sandbox.faults.add(kind, method="POST")
        created = snow.create_incident("x")
        assert [row["number"] for row in instance.sandbox.rows("incident")] == [created["number"]]

    def test_one_among_others_of_the_same_key_is_known_by_its_own_id(
        self, snow: ServiceNowClient, instance: Served
    ) -> None:
        """A correlation_id need not be unique: yesterday's alert may have had it, too."""
        for _ in range(3):
            snow.create_incident("yesterday", correlation_id="alert-1")
        instance.sandbox.faults.add("lost_answer", method="POST")
        assert snow.create_incident("today", correlation_id="alert-1")["short_description"] == "today"
        assert len(instance.sandbox.rows("incident")) == 4

    def test_an_older_one_of_the_same_key_is_not_taken_for_the_lost_one(
        self, snow: ServiceNowClient, instance: Served
    ) -> None:
        old = snow.create_incident("yesterday", correlation_id="alert-1")
        instance.sandbox.tables["incident"].change(old["sys_id"], {"sys_created_on": "2020-01-01 00:00:00"})
        instance.sandbox.faults.add("lost_request", method="POST")
        with pytest.raises(DoubtfulError):
            snow.create_incident("today", correlation_id="alert-1")

    def test_it_is_found_even_if_the_instance_chose_the_id(self, instance: Served) -> None:
        instance.sandbox.set_options(honour_sys_id=False)
        instance.sandbox.faults.add("forbidden_after_commit", method="POST")
        created = instance.client().create_incident("x", correlation_id="alert-2")
        assert created["correlation_id"] == "alert-2"

    def test_a_refusal_is_told_in_the_instances_words(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("aborted", method="POST", name="No Fridays")
        with pytest.raises(RejectedError, match="No Fridays"):
            snow.create_incident("x")
        assert instance.sandbox.rows("incident") == []

    def test_a_create_that_may_still_land_stays_a_doubt(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("lost_request", method="POST")
        with pytest.raises(DoubtfulError) as caught:
            snow.create_incident("x")
        assert caught.value.settles_after == 60


class TestSearch:
    def test_newest_first_and_no_more_than_asked_for(self, snow: ServiceNowClient, instance: Served) -> None:
        for number in range(5):
            instance.sandbox.create("incident", {"short_description": f"n{number}"})
        found = list(snow.search_incidents(limit=3, fields=("short_description", "sys_created_on")))
        assert len(found) == 3
        stamps = [row["sys_created_on"] for row in found]
        assert stamps == sorted(stamps, reverse=True)

    def test_conditions_narrow_it(self, snow: ServiceNowClient) -> None:
        for text in ("Payments fail", "payments are slow", "Printer on fire"):
            snow.create_incident(text, correlation_id=text)
        assert {row["short_description"] for row in snow.search_incidents(text="payments", active=True)} == {
            "Payments fail",
            "payments are slow",
        }
        assert len(list(snow.search_incidents(correlation_id="Printer on fire"))) == 1
        assert len(list(snow.search_incidents(where("short_description").starts_with("Pr"), limit=None))) == 1
        assert list(snow.search_incidents(updated_since=datetime.now(UTC) + timedelta(hours=1))) == []

    def test_a_text_is_not_a_query(self, snow: ServiceNowClient) -> None:
        snow.create_incident("x")
        odd = snow.create_incident("a^NQsys_idISNOTEMPTY^ORb")
        found = list(snow.search_incidents(text="a^NQsys_idISNOTEMPTY^ORb"))
        assert [row["number"] for row in found] == [odd["number"]]

    def test_hidden_ones_do_not_end_it(self, snow: ServiceNowClient, instance: Served) -> None:
        made = [instance.sandbox.create("incident", {"short_description": str(n)})["sys_id"] for n in range(12)]
        for sys_id in made[::2]:
            instance.sandbox.hide(sys_id)
        assert {row["sys_id"] for row in snow.search_incidents(limit=10)} == set(made[1::2])

    def test_a_column_that_does_not_exist_does_not_find_everything(self, snow: ServiceNowClient) -> None:
        snow.create_incident("x")
        assert list(snow.query("incident", where("short_description").is_("nothing"))) == []
        with pytest.raises(UnreadableError, match="ignored a condition"):
            list(snow.query("incident", where("short_descripton").is_("nothing"), fields=["number"]))
        with pytest.raises(UnreadableError, match="ignored a condition"):
            list(snow.search_incidents(where("short_descripton").is_not("x")))

    def test_other_tables_can_be_looked_through(self, snow: ServiceNowClient) -> None:
        created = snow.create_incident("x", caller="abel.tuter")
        snow.create_incident("y", caller="carla.humble")
        query = where("caller_id.email").is_("abel.tuter@example.com")
        assert [row["number"] for row in snow.search_incidents(query)] == [created["number"]]
        assert [row["number"] for row in snow.query("incident", query, fields=["number"])] == [created["number"]]
        with pytest.raises(UnreadableError, match="ignored a condition"):
            list(snow.query("incident", where("caller_id.emial").is_("x"), fields=["number"]))


class TestNotes:
    def test_are_appended_and_read_back(self, snow: ServiceNowClient) -> None:
        created = snow.create_incident("x")
        snow.add_work_note(created["number"], "first")
        snow.add_work_note(created["number"], "to the customer", customer_visible=True)
        snow.add_work_note(created["number"], "second")
        assert sorted(row["value"] for row in snow.work_notes(created["number"])) == ["first", "second"]
        assert len(snow.work_notes(created["number"], comments=True)) == 3

    @pytest.mark.parametrize("kind", ["forbidden_after_commit", "lost_answer", "truncated"])
    def test_are_written_once_when_the_answer_is_lost(
        self, kind: str, snow: ServiceNowClient, instance: Served
    ) -> None:
        created = snow.create_incident("x")
        instance.sandbox.faults.add(kind, method="PATCH")
        snow.add_work_note(created["number"], "once\r\nonly ")
        assert len(instance.sandbox.journal(created["sys_id"])) == 1

    def test_an_older_note_of_the_same_words_proves_nothing(self, snow: ServiceNowClient, instance: Served) -> None:
        created = snow.create_incident("x")
        snow.add_work_note(created["number"], "checked")
        (entry,) = instance.sandbox.journal(created["sys_id"])
        past = {"sys_created_on": "2020-01-01 00:00:00"}
        instance.sandbox.tables["sys_journal_field"].change(entry["sys_id"], past)
        instance.sandbox.faults.add("lost_request", method="PATCH")
        with pytest.raises(DoubtfulError):
            snow.add_work_note(created["number"], "checked")

    def test_an_unread_journal_leaves_the_doubt(self, snow: ServiceNowClient, instance: Served) -> None:
        created = snow.create_incident("x")
        instance.sandbox.set_options(journal_hidden=True, journal_denied="forbidden")
        instance.sandbox.faults.add("lost_answer", method="PATCH")
        with pytest.raises(DoubtfulError):
            snow.add_work_note(created["number"], "x")

    def test_an_empty_one_is_refused(self, snow: ServiceNowClient) -> None:
        with pytest.raises(UserError, match="text"):
            snow.add_work_note("INC1", " \n")


class TestClosing:
    def test_by_labels_of_this_instance(self, snow: ServiceNowClient) -> None:
        created = snow.create_incident("x")
        closed = snow.close_incident(created["number"], close_code="Solution provided", close_notes="Restarted")
        assert (closed["state"], closed["close_code"], closed["close_notes"]) == ("6", "Solution provided", "Restarted")

    def test_what_is_missing_is_named_before_anything_is_sent(self, snow: ServiceNowClient, instance: Served) -> None:
        created = snow.create_incident("x")
        writes = instance.sandbox.calls.writes
        with pytest.raises(UserError) as caught:
            snow.close_incident(created["number"], close_code="", close_notes=" ", state="Finished")
        state, code, notes = caught.value.problems
        assert "'Finished' is none of New (1), In Progress (2)" in state
        assert "close_code: missing; one of Duplicate" in code
        assert "close_notes: missing" in notes
        assert instance.sandbox.calls.writes == writes

    def test_a_close_code_of_older_releases_is_named(self, snow: ServiceNowClient) -> None:
        """An instance would blank it, and then miss it (servicenow facts 4.9)."""
        created = snow.create_incident("x")
        with pytest.raises(UserError, match="Solution provided"):
            snow.close_incident(created["number"], close_code="Solved (Permanently)", close_notes="x")

    def test_a_state_that_we_may_not_set_is_an_error(self, snow: ServiceNowClient, instance: Served) -> None:
        """Closed needs itil_admin (facts 4.7); an instance may also ignore the state without a word."""
        created = snow.create_incident("x")
        with pytest.raises(RejectedError):
            snow.close_incident(created["number"], close_code="Duplicate", close_notes="x", state="Closed")
        instance.sandbox.set_options(close_refusal="dropped")
        with pytest.raises(RejectedError, match="stored something else"):
            snow.close_incident(created["number"], close_code="Duplicate", close_notes="x", state="Closed")

    def test_a_lost_answer_is_looked_up(self, snow: ServiceNowClient, instance: Served) -> None:
        created = snow.create_incident("x")
        instance.sandbox.faults.add("lost_answer", method="PATCH")
        closed = snow.close_incident(created["number"], close_code="Duplicate", close_notes="x")
        assert closed["state"] == "6"


class TestChanges:
    START = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)

    def test_a_normal_one_with_its_times(self, snow: ServiceNowClient) -> None:
        created = snow.create_change_request(
            "Deploy shop 2.4.1",
            risk="Low",
            impact="Low",
            start=self.START,
            end=self.START + timedelta(minutes=30),
            assignment_group="Platform Operations",
            assigned_to="beth.anglin",
            correlation_id="deploy-2.4.1",
        )
        assert created["correlation_id"] == "deploy-2.4.1"
        assert created["assigned_to"]
        assert created["number"].startswith("CHG")
        assert (created["type"], created["risk"], created["impact"]) == ("normal", "4", "3")
        assert (created["start_date"], created["end_date"]) == ("2026-12-01 22:00:00", "2026-12-01 22:30:00")
        assert snow.get_change_request(created["number"]) == created

    def test_an_emergency(self, snow: ServiceNowClient) -> None:
        assert snow.create_change_request("Restart", kind="emergency")["type"] == "emergency"

    def test_a_standard_one_from_its_template(self, snow: ServiceNowClient) -> None:
        created = snow.create_change_request("Restart app-01", kind="standard", template="Restart a server")
        assert created["type"] == "standard"
        assert created["std_change_producer_version"]

    def test_everything_that_is_wrong_is_said_at_once(self, snow: ServiceNowClient, instance: Served) -> None:
        with pytest.raises(UserError) as caught:
            snow.create_change_request("x", kind="standard", risk="None", start=datetime(2026, 1, 1))
        assert [problem.partition(":")[0] for problem in caught.value.problems] == ["risk", "start_date", "template"]
        with pytest.raises(UserError, match="not after"):
            snow.create_change_request("x", start=self.START, end=self.START)
        assert instance.sandbox.rows("change_request") == []


def test_many_threads_share_a_client(snow: ServiceNowClient, instance: Served) -> None:
    """One session for all would have most of their requests thrown away (servicenow facts 6.11)."""
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(3):
                snow.create_incident(f"{number}.{turn}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(instance.sandbox.rows("incident")) == 36


def test_the_example_runs(instance: Served, capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(EXAMPLE))
    example["main"](instance.url, "svc_syncd", "syncd")
    printed = capsys.readouterr().out
    assert "as svc_syncd; 0 incidents" in printed
    (incident,) = instance.sandbox.rows("incident")
    (change,) = instance.sandbox.rows("change_request")
    assert f"Incident {incident['number']}; reported again: {incident['number']}." in printed
    assert incident["state"] == "6"
    assert len(instance.sandbox.journal(incident["sys_id"])) == 2
    assert change["short_description"] == "Deploy shop 2.4.1"
