"""Encoded queries: no value changes their meaning, no ignored condition goes unnoticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.servicenow.query import EVERYTHING, Query, checked_column, checked_name, escaped, folded, where

SENDABLE = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30).filter(
    lambda text: not text.lstrip().lower().startswith("javascript:") and text.upper() != "NULL"
)


def terms(query: str) -> list[str]:
    """How an instance cuts a query: at single carets; a doubled one is a caret in a value (servicenow facts 1.46)."""
    found, current, index = [], "", 0
    while index < len(query):
        if query.startswith("^^", index):
            current, index = current + "^", index + 2
        elif query[index] == "^":
            found, current, index = [*found, current], "", index + 1
        else:
            current, index = current + query[index], index + 1
    return [*found, current]


class TestBuilding:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            (EVERYTHING, ""),
            (where("state").is_("1"), "state=1"),
            (where("state").is_("1") & where("active").is_("true"), "state=1^active=true"),
            (where("state").is_("1") | where("state").is_("2"), "state=1^ORstate=2"),
            (EVERYTHING & where("caller_id.email").is_("a@b.c"), "caller_id.email=a@b.c"),
            (where("number").is_one_of(["A", "B", "A"]), "numberINA,B"),
            (where("name").is_one_of(["Doe, Jane", "Bob"]), "nameINBob^ORname=Doe, Jane"),
            (where("name").is_one_of([" x"]), "name= x"),
            (where("short_description").contains("a^b"), "short_descriptionLIKEa^^b"),
            (where("number").starts_with("INC"), "numberSTARTSWITHINC"),
            (where("state").is_not("7"), "state!=7"),
            (where("correlation_id").is_empty(), "correlation_idISEMPTY"),
            (where("correlation_id").is_not_empty(), "correlation_idISNOTEMPTY"),
            (where("sys_id").after("abc"), "sys_id>abc"),
            (where("priority").between("1", "3"), "priorityBETWEEN1@3"),
        ],
        ids=str,
    )
    def test_reads_as_the_language_wants_it(self, query: Query, text: str) -> None:
        assert str(query) == text

    @pytest.mark.parametrize("word", ["NULL", "null"])
    def test_the_word_for_empty_is_not_sent_as_a_value(self, word: str) -> None:
        """The instance would answer with all rows whose column is empty."""
        for compare in (where("name").is_, where("name").is_not):
            with pytest.raises(ValueError, match="would be read as empty"):
                compare(word)
        assert str(where("name").is_one_of([word])) == f"nameIN{word}"

    def test_moments_are_sent_in_utc(self) -> None:
        """A literal is UTC, whatever zone the user has (servicenow facts 1.47)."""
        moment = datetime(2025, 9, 3, 2, 0, tzinfo=timezone(timedelta(hours=-7)))
        assert str(where("sys_updated_on").since(moment)) == "sys_updated_on>=2025-09-03 09:00:00"
        assert str(where("sys_updated_on").before(moment)) == "sys_updated_on<2025-09-03 09:00:00"

    def test_a_moment_without_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            where("sys_updated_on").since(datetime(2025, 9, 3))

    @given(SENDABLE, SENDABLE)
    def test_a_value_never_becomes_a_condition(self, first: str, second: str) -> None:
        query = where("a").is_(first) & where("b").contains(second)
        assert terms(str(query)) == [f"a={first}", f"bLIKE{second}"]

    @given(st.lists(SENDABLE.filter(bool), min_size=1, max_size=8))
    def test_every_value_of_a_list_arrives_as_itself(self, values: list[str]) -> None:
        arrived: list[str] = []
        for term in terms(str(where("a").is_one_of(values))):
            term = term.removeprefix("OR").removeprefix("a")
            arrived += term[2:].split(",") if term.startswith("IN") else [term[1:]]
        assert sorted(arrived) == sorted(set(values))


class TestRefusing:
    @pytest.mark.parametrize(
        "value", ["a\nb", "a\rb", "a\x00b", "a\u2028b", "javascript:gs.getUserID()", " JavaScript:x"]
    )
    def test_what_cannot_be_escaped(self, value: str) -> None:
        with pytest.raises(ValueError, match="cannot hold"):
            escaped(value)

    def test_an_at_sign_in_a_range(self) -> None:
        with pytest.raises(ValueError, match="@"):
            where("email").between("a@b.c", "z")

    @pytest.mark.parametrize("values", [[], [""], ["a", ""]])
    def test_a_list_that_would_match_empty_columns(self, values: list[str]) -> None:
        with pytest.raises(ValueError, match="empty"):
            where("correlation_id").is_one_of(values)

    @pytest.mark.parametrize("column", ["", "a=b", "state^ORactive", "a b", "A", "a..b", "ORDERBYx", ".a"])
    def test_a_column_that_is_none(self, column: str) -> None:
        with pytest.raises(ValueError, match="column"):
            checked_column(column)

    @pytest.mark.parametrize("name", ["", "../x", "incident?x=1", "a/b", "a" * 81])
    def test_a_name_that_is_no_part_of_a_path(self, name: str) -> None:
        with pytest.raises(ValueError, match="neither"):
            checked_name(name)

    def test_alternatives_of_combinations(self) -> None:
        both = where("a").is_("1") & where("b").is_("2")
        with pytest.raises(ValueError, match="brackets"):
            both | where("c").is_("3")


class TestCheckingHits:
    """An instance ignores a condition that it does not understand, and answers more (servicenow facts 1.44)."""

    @pytest.mark.parametrize(
        ("query", "row", "possible"),
        [
            (where("number").is_("inc1"), {"number": "INC1"}, True),
            (where("name").is_("Jose"), {"name": "José "}, True),
            (where("number").is_("INC1"), {"number": "INC2"}, False),
            (where("number").is_("INC1"), {"sys_id": "no such column"}, False),
            (where("number").is_not("INC1"), {"sys_id": "no such column"}, False),
            (where("a").is_("1") | where("b").is_("1"), {"a": "1"}, False),
            (where("number").is_one_of(["INC1", "INC2"]), {"number": "INC2"}, True),
            (where("number").is_one_of(["INC1", "INC2"]), {"number": "INC3"}, False),
            (where("a").is_("1") | where("b").is_("1"), {"a": "2", "b": "1"}, True),
            (where("a").is_("1") | where("b").is_("1"), {"a": "2", "b": "2"}, False),
            (where("a").is_("1") & where("b").is_("1"), {"a": "1", "b": "2"}, False),
            (where("work_notes").contains("x"), {"work_notes": ""}, True),
            (where("description").contains("X"), {"description": "axb"}, True),
            (where("description").contains("x"), {"description": "ab"}, False),
            (where("number").starts_with("inc"), {"number": "INC1"}, True),
            (where("number").starts_with("inc"), {"number": "CHG1"}, False),
            (where("correlation_id").is_empty(), {"correlation_id": "x"}, False),
            (where("correlation_id").is_not_empty(), {"correlation_id": ""}, False),
            (where("on").since(datetime(2026, 1, 1, tzinfo=UTC)), {"on": "2025-12-31 23:59:59"}, False),
            (where("on").since(datetime(2026, 1, 1, tzinfo=UTC)), {"on": "2026-01-01 00:00:00"}, True),
            (where("on").before(datetime(2026, 1, 1, tzinfo=UTC)), {"on": "2026-01-01 00:00:00"}, False),
            (EVERYTHING, {"a": "1"}, True),
        ],
        ids=str,
    )
    def test_tells_a_possible_hit_from_an_impossible_one(
        self, query: Query, row: dict[str, str], possible: bool
    ) -> None:
        assert query.met_by(row) is possible

    @given(SENDABLE.filter(bool))
    def test_a_row_that_has_the_value_is_always_possible(self, value: str) -> None:
        assert where("a").is_(value).met_by({"a": value})
        assert where("a").is_one_of([value]).met_by({"a": value.upper()}) or folded(value.upper()) != folded(value)
        assert where("a").contains(value).met_by({"a": f"x{value}y"}) or value != value.rstrip()
