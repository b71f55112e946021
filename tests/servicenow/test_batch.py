"""Many requests in one call: each part is judged by itself, and none is lost or doubled."""

from __future__ import annotations

from hashlib import md5

import pytest

from syncd.errors import AuthError, DoubtfulError, NotFoundError, RejectedError, ThrottledError, UnavailableError
from syncd.http import Request
from syncd.servicenow import BasicAuth, ServiceNowClient
from syncd.servicenow.batch import MAX_WRITES
from tests.servicenow.instance import Served


@pytest.fixture
def snow(instance: Served) -> ServiceNowClient:
    return instance.client()


def row(number: int) -> dict[str, str]:
    return {"sys_id": md5(str(number).encode()).hexdigest(), "short_description": f"n{number}"}


def read(path: str) -> Request:
    return Request("GET", path, "table.get", f"reading {path}", reads=True)


def batches(instance: Served) -> int:
    return instance.sandbox.calls.count(route="batch.run") or sum(
        count for (_, route), count in instance.sandbox.calls.counts.items() if route.startswith("batch")
    )


class TestReads:
    def test_each_is_judged_by_itself(self, snow: ServiceNowClient) -> None:
        known = snow.create_incident("x")
        good, missing, wrong = snow.batch(
            [
                read(f"/api/now/table/incident/{known['sys_id']}"),
                read(f"/api/now/table/incident/{'0' * 32}"),
                read("/api/now/table/incidnet/1"),
            ]
        )
        assert good.body["result"]["number"] == known["number"]
        assert isinstance(missing.error, NotFoundError)
        assert type(wrong.error) is RejectedError

    def test_come_back_in_their_own_order(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.set_options(batch_shuffled=True)
        known = [snow.create_incident(str(number))["sys_id"] for number in range(9)]
        answers = snow.batch([read(f"/api/now/table/incident/{sys_id}") for sys_id in known])
        assert [answer.body["result"]["sys_id"] for answer in answers] == known

    def test_what_was_not_reached_is_asked_again(self, snow: ServiceNowClient, instance: Served) -> None:
        known = [snow.create_incident(str(number))["sys_id"] for number in range(5)]
        instance.sandbox.faults.add("unserviced", items=3)
        answers = snow.batch([read(f"/api/now/table/incident/{sys_id}") for sys_id in known])
        assert [answer.error for answer in answers] == [None] * 5

    def test_an_instance_that_cannot_work_fails_all(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("server_error", count=0)
        (answer,) = snow.batch([read("/api/now/table/incident/1")])
        assert isinstance(answer.error, UnavailableError)

    def test_refused_credentials_stop_everything(self, instance: Served) -> None:
        with pytest.raises(AuthError):
            instance.client(BasicAuth("svc_syncd", "wrong")).batch([read("/api/now/table/incident/1")])

    def test_nothing_costs_nothing(self, snow: ServiceNowClient, instance: Served) -> None:
        assert snow.batch([]) == ()
        assert instance.sandbox.calls.total == 0


class TestWrites:
    def test_are_cut_to_what_an_instance_manages_in_time(self, snow: ServiceNowClient, instance: Served) -> None:
        rows = [row(number) for number in range(2 * MAX_WRITES + 1)]
        created = snow.create_many("incident", rows, fields=("short_description",))
        assert [isinstance(made, dict) and made["short_description"] for made in created] == [
            wanted["short_description"] for wanted in rows
        ]
        assert instance.sandbox.calls.batch_items.total() == len(rows)
        assert batches(instance) == 3

    def test_rows_need_no_id_of_their_own_to_be_created_once(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("lost_answer", method="POST")
        rows = [{"short_description": f"n{number}"} for number in range(3)]
        created = snow.create_many("incident", rows, fields=("short_description",))
        assert [isinstance(made, dict) and made["short_description"] for made in created] == ["n0", "n1", "n2"]
        assert len(instance.sandbox.rows("incident")) == 3

    def test_large_parts_travel_in_smaller_batches(self, snow: ServiceNowClient, instance: Served) -> None:
        rows = [{**row(number), "description": "x" * 1_200_000} for number in range(3)]
        assert all(isinstance(made, dict) for made in snow.create_many("incident", rows, fields=("number",)))
        assert batches(instance) == 3

    def test_a_refused_one_leaves_the_others_alone(self, snow: ServiceNowClient, instance: Served) -> None:
        snow.create("incident", row(1))
        taken, fresh = snow.create_many("incident", [{**row(1), "short_description": "another"}, row(2)])
        assert isinstance(taken, dict)  # it is there, and that is all that was asked for
        assert taken["short_description"] == "n1"
        assert isinstance(fresh, dict)
        assert len(instance.sandbox.rows("incident")) == 2

    def test_a_data_policy_is_told_in_its_own_words(self, snow: ServiceNowClient) -> None:
        (refused,) = snow.create_many("incident", [{**row(1), "state": "6"}])
        assert type(refused) is RejectedError
        assert "mandatory" in refused.detail

    @pytest.mark.parametrize("items", [1, 4])
    def test_what_was_not_reached_is_sent_again_after_asking(
        self, items: int, snow: ServiceNowClient, instance: Served
    ) -> None:
        instance.sandbox.faults.add("unserviced", items=items)
        assert all(isinstance(made, dict) for made in snow.create_many("incident", [row(n) for n in range(5)]))
        assert len(instance.sandbox.rows("incident")) == 5

    def test_the_instance_is_asked_before_anything_is_sent_again(
        self, snow: ServiceNowClient, instance: Served
    ) -> None:
        """Unserviced may mean: cut off half-way. Nothing is sent twice on the mere word of the batch (law 3)."""
        instance.sandbox.faults.add("unserviced")
        snow.create_many("incident", [row(1), row(2)])
        methods = [call.method for call in instance.sandbox.calls.recent if not call.route.startswith("table.create")]
        assert methods == ["POST", "GET", "POST"]

    @pytest.mark.parametrize("kind", ["truncated", "error_in_200", "forbidden_after_commit"])
    def test_an_answer_that_proves_nothing_is_followed_by_a_look(
        self, kind: str, snow: ServiceNowClient, instance: Served
    ) -> None:
        instance.sandbox.faults.add(kind, route="batch*")
        assert all(isinstance(made, dict) for made in snow.create_many("incident", [row(n) for n in range(3)]))
        assert len(instance.sandbox.rows("incident")) == 3

    def test_a_batch_that_broke_off_is_not_sent_again_while_it_may_run(
        self, snow: ServiceNowClient, instance: Served
    ) -> None:
        instance.sandbox.faults.add("lost_request", route="batch*")
        created = snow.create_many("incident", [row(1), row(2)])
        assert all(isinstance(made, DoubtfulError) and made.settles_after == 60 for made in created)
        assert instance.sandbox.rows("incident") == []

    def test_too_many_calls_are_the_callers_business(self, snow: ServiceNowClient, instance: Served) -> None:
        instance.sandbox.faults.add("rate_limited", route="batch*", retry_after="120")
        with pytest.raises(ThrottledError):
            snow.create_many("incident", [row(1)])
