"""Each transform, on what it is made for and on what it is not."""

from __future__ import annotations

import pytest

from syncd.core.model import Json
from syncd.mapping.transforms import TRANSFORMS, parse_step

CASES: list[tuple[object, Json, Json]] = [
    ("one_line", " a \r\n b\tc\u2028d ", "a b c d"),
    ("strip", "  a b \n", "a b"),
    ("upper", "straße", "STRASSE"),
    ("lower", "ABC", "abc"),
    ({"truncate": 5}, "abcde", "abcde"),
    ({"truncate": 5}, "abcdef", "abcd…"),
    ({"truncate": 5}, "abc   def", "abc…"),
    ({"truncate": 1}, "abc", "…"),
    ({"replace": ["_", " "]}, "a_b_c", "a b c"),
    ({"join": "; "}, ["a", None, "b"], "a; b"),
    ({"join": "; "}, [{"name": "a"}, 1.0], "a; 1"),
    ({"join": "; "}, "a", "a"),
    ("first", ["a", "b"], "a"),
    ("last", ["a", "b"], "b"),
    ("first", "a", "a"),
    ("date", "2026-05-11", "2026-05-11"),
    ("date", "2026-05-11T23:30:00.000-0700", "2026-05-12"),
    ("datetime", "2026-05-11T23:30:00.123-0700", "2026-05-12 06:30:00"),
    ("datetime", "2026-05-11", "2026-05-11 00:00:00"),
    ("datetime", "2026-05-11T23:30:00", "2026-05-11 23:30:00"),
    ({"default": "x"}, None, "x"),
    ({"default": "x"}, [], "x"),
    ({"default": 0}, "", "0"),
    ({"default": "x"}, "y", "y"),
    ("upper", ["a", "b"], "A, B"),
]


@pytest.mark.parametrize(("step", "value", "result"), CASES)
def test_a_transform(step: object, value: Json, result: Json) -> None:
    assert parse_step(step).apply(value) == result


def test_every_transform_has_a_case() -> None:
    assert {parse_step(step).name for step, _, _ in CASES} == set(TRANSFORMS)


@pytest.mark.parametrize("step", [s for s, _, _ in CASES if parse_step(s).name != "default"])
@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_stays_empty(step: object, empty: Json) -> None:
    assert parse_step(step).apply(empty) == empty


@pytest.mark.parametrize("step", ["date", "datetime"])
@pytest.mark.parametrize("value", ["tomorrow", "2026-13-01", "0001-01-01T00:00:00+1400", 12, True])
def test_what_is_no_time_is_a_problem(step: str, value: Json) -> None:
    with pytest.raises(ValueError, match="is not a date or a time"):
        parse_step(step).apply(value)
