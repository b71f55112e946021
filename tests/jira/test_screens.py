"""Which values a screen gets, and what is said of those that it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.jira.screens import filled

DONE = {"id": "10000", "name": "Done"}
WONT = {"id": "10001", "name": "Won't Do"}
RESOLUTION = {"required": True, "name": "Resolution", "schema": {"type": "resolution"}, "allowedValues": [DONE, WONT]}
TEAM = {"required": True, "name": "Team", "schema": {"type": "array"}, "allowedValues": [{"id": "7", "value": "Red"}]}
NOTE = {"required": True, "name": "Closing note", "schema": {"type": "string"}}


@pytest.mark.parametrize("given", ["Done", "done", "10000"])
def test_a_named_value_is_sent_by_its_id(given: str) -> None:
    assert filled({"resolution": RESOLUTION}, {"resolution": given}).fields == {"resolution": {"id": "10000"}}


@pytest.mark.parametrize("given", [{"name": "Fixed"}, None, 3.5, [{"id": "1"}]])
def test_json_is_sent_as_it_is(given: Any) -> None:
    assert filled({"resolution": RESOLUTION}, {"resolution": given}).fields == {"resolution": given}


def test_a_required_field_with_one_possible_value_needs_nobody() -> None:
    assert filled({"customfield_1": TEAM}, {}).fields == {"customfield_1": [{"id": "7"}]}
    one = RESOLUTION | {"allowedValues": [DONE]}
    assert filled({"resolution": one}, {}).fields == {"resolution": {"id": "10000"}}


def test_a_field_with_several_values_is_named_in_lists_too() -> None:
    teams = TEAM | {"allowedValues": [{"id": "7", "value": "Red"}, {"id": "8", "value": "Blue"}]}
    for given in ("Blue", ["Blue"]):
        assert filled({"customfield_1": teams}, {"customfield_1": given}).fields == {"customfield_1": [{"id": "8"}]}


def test_a_default_is_jiras_business() -> None:
    assert filled({"resolution": RESOLUTION | {"hasDefaultValue": True}}, {}) == filled({}, {})


def test_what_is_optional_and_not_given_is_not_sent() -> None:
    assert filled({"resolution": RESOLUTION | {"required": False}}, {}) == filled({}, {})


def test_all_that_is_missing_is_told_at_once() -> None:
    screen = {"resolution": RESOLUTION, "customfield_9": NOTE}
    assert filled(screen, {}).problems == (
        "Resolution is required (allowed: Done, Won't Do)",
        "Closing note (customfield_9) is required",
    )


def test_a_long_list_of_values_is_cut() -> None:
    many = RESOLUTION | {"allowedValues": [{"id": str(n), "name": f"R{n}"} for n in range(50)]}
    (problem,) = filled({"resolution": many}, {"resolution": "R99"}).problems
    assert problem.startswith("Resolution cannot be 'R99' (allowed: R0, R1,")
    assert problem.endswith("R11 and 38 more)")


def test_a_text_is_no_choice() -> None:
    assert filled({"customfield_9": NOTE}, {"customfield_9": "all good"}).fields == {"customfield_9": "all good"}
