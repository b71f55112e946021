"""What an instance says about its own tables; nothing of it is known in advance."""

from __future__ import annotations

import pytest

from syncd.servicenow import Metadata, ServiceNowClient
from syncd.servicenow.metadata import REMEMBERED_SECONDS
from tests.servicenow.instance import Served


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def snow(instance: Served) -> ServiceNowClient:
    return instance.client()


def test_columns_include_the_inherited_ones(snow: ServiceNowClient) -> None:
    columns = snow.metadata.columns("incident")
    assert columns["close_code"].table == "incident"
    assert (columns["short_description"].table, columns["short_description"].max_length) == ("task", 160)
    assert (columns["caller_id"].kind, columns["caller_id"].reference) == ("reference", "sys_user")
    assert columns["u_origin"].label == "Origin"


def test_choices_are_those_of_this_instance(snow: ServiceNowClient, instance: Served) -> None:
    states = {choice.value: choice.label for choice in snow.metadata.choices("incident", "state")}
    assert states["6"] == "Resolved"
    codes = [choice.value for choice in snow.metadata.choices("incident", "close_code")]
    assert "Solution provided" in codes
    assert snow.metadata.choices("incident", "short_description") == ()
    instance.sandbox.create(
        "sys_choice", {"name": "incident", "element": "close_code", "value": "Magic", "label": "Magic"}
    )
    assert "Magic" in [choice.value for choice in Metadata(snow).choices("incident", "close_code")]


def test_a_choice_has_a_label_per_language(snow: ServiceNowClient, instance: Served) -> None:
    german = {"name": "incident", "element": "state", "value": "6", "label": "Gelöst", "language": "de"}
    instance.sandbox.create("sys_choice", german)
    (resolved,) = [choice for choice in snow.metadata.choices("incident", "state") if choice.value == "6"]
    assert resolved.label == "Resolved"
    assert "Gelöst" in resolved.labels


def test_a_table_inherits_choices_unless_it_has_its_own(snow: ServiceNowClient) -> None:
    assert snow.metadata.lineage("incident") == ("incident", "task")
    assert snow.metadata.choices("change_request", "state")[0].value == "-5"


def test_is_read_once_in_a_while(snow: ServiceNowClient, instance: Served) -> None:
    clock = Clock()
    metadata = Metadata(snow, clock=clock)
    metadata.choices("incident", "state")
    calls = instance.sandbox.calls.total
    metadata.choices("incident", "state")
    assert instance.sandbox.calls.total == calls
    clock.now = REMEMBERED_SECONDS + 1
    metadata.choices("incident", "state")
    assert instance.sandbox.calls.total > calls


def test_a_table_that_nobody_knows_has_nothing(snow: ServiceNowClient) -> None:
    assert snow.metadata.columns("u_nothing") == {}
    assert snow.metadata.choices("u_nothing", "state") == ()
