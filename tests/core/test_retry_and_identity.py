import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.identity import (
    MAX_CORRELATION,
    correlation_id,
    correlation_starts,
    derived_record_id,
    identity_of,
    issue_of,
)
from syncd.core.retry import FIRST, LONGEST, delay

NAMES = st.from_regex(r"[a-z][a-z0-9.:-]{0,70}", fullmatch=True)


def test_waits_double_from_the_first_to_the_longest():
    waits = [delay(attempts, "10001") for attempts in range(1, 30)]
    assert FIRST * 0.8 <= waits[0] <= FIRST * 1.2
    assert all(wait <= LONGEST * 1.2 for wait in waits)
    assert waits[-1] >= LONGEST * 0.8


def test_issues_parked_together_do_not_come_back_together():
    assert len({round(delay(3, str(issue)), 3) for issue in range(200)}) > 50


def test_a_record_id_is_32_hex_digits_and_depends_on_all_three():
    ids = {
        derived_record_id(mapping, site, issue)
        for mapping in ("a", "b")
        for site in ("x.example", "y.example")
        for issue in ("1", "2")
    }
    assert len(ids) == 8
    assert all(re.fullmatch("[0-9a-f]{32}", id) for id in ids)


def test_the_derivation_is_a_promise_to_every_record_already_created():
    assert derived_record_id("ops-incidents", "example.atlassian.net", "10001") == "db85d3b05bd81f0d04c62ef41c48bc50"


@pytest.mark.parametrize(("known", "expected"), [("", derived_record_id("m", "s", "1")), ("f" * 32, "f" * 32)])
def test_a_known_record_is_looked_for_by_its_own_id(known, expected):
    assert identity_of("m", "s", "1", known).record_id == expected


def test_the_correlation_says_site_issue_and_mapping():
    assert correlation_id("ops", "example.atlassian.net", "10001") == "jira:example.atlassian.net:10001:ops"


def test_names_too_long_for_the_column_are_not_cut_but_hashed():
    long = [correlation_id("m" * 60, "s" * 60 + end, "10001") for end in ("a", "b")]
    assert all(len(one) <= MAX_CORRELATION for one in long)
    assert long[0] != long[1]
    assert long[0] == correlation_id("m" * 60, "s" * 60 + "a", "10001")


@given(
    mapping=st.from_regex(r"[a-z][a-z0-9-]{0,70}", fullmatch=True),
    site=NAMES,
    issue=st.integers(min_value=0, max_value=10**12).map(str),
)
def test_a_correlation_id_leads_back_to_its_issue_and_to_no_other_mapping(mapping, site, issue):
    correlation = correlation_id(mapping, site, issue)
    assert correlation.startswith(correlation_starts(mapping, site))
    assert issue_of(correlation, mapping, site) == issue
    assert issue_of(correlation, f"{mapping}-2", site) is None
    assert issue_of(correlation, mapping, f"{site}.org") is None
