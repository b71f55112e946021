"""When two looks at an issue saw the same thing."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.fingerprint import VOLATILE, body_digest, canonical, fingerprint
from syncd.core.model import Audience, Comment, Json

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMMENT = Comment("7", None, "body", "text", "<p>html</p>", NOW, NOW, Audience.PUBLIC)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
json_objects = st.dictionaries(st.text(), json_values, max_size=6)


def shuffled(value: Json) -> Json:
    """The same value with the keys of every object in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(item)) for key, item in value.items()]
        random.Random(len(items)).shuffle(items)
        return dict(items)
    return [shuffled(item) for item in value] if isinstance(value, list) else value


def littered(value: Json) -> Json:
    """The same value with volatile keys in every object, and null where nothing was."""
    if isinstance(value, dict):
        return {"self": "https://node7", "avatarUrls": {"48x48": "?t=1"}, "x\x00null": None} | {
            key: littered(item) for key, item in value.items()
        }
    return [littered(item) for item in value] if isinstance(value, list) else value


def test_it_is_versioned_and_short() -> None:
    assert re.fullmatch(r"1:[0-9a-f]{32}", fingerprint({"a": 1}))


def test_it_is_the_same_on_every_machine_and_in_every_release_of_version_1() -> None:
    assert fingerprint({"summary": "x", "n": 1.0}, [COMMENT], digest="d") == "1:bfec932075c74894d40ecfcaffa043d5"


@given(json_objects)
def test_the_order_of_keys_does_not_matter(values: dict[str, Json]) -> None:
    assert fingerprint(shuffled(values)) == fingerprint(values)


@given(json_objects)
def test_volatile_keys_and_nulls_do_not_matter(values: dict[str, Json]) -> None:
    inner = {key: littered(value) for key, value in values.items()}
    clean = {key: canonical(value) for key, value in values.items()}
    assert fingerprint(inner) == fingerprint(clean)


@given(json_objects, st.text(min_size=1), st.text() | st.integers() | st.booleans())
def test_any_other_key_that_comes_changes_it(values: dict[str, Json], key: str, value: Json) -> None:
    before = {name: item for name, item in values.items() if name != key}
    assert fingerprint({**before, key: value}) != fingerprint(before)


@given(json_values, json_values)
def test_two_values_share_it_only_if_they_are_the_same_value(one: Json, two: Json) -> None:
    same = repr(canonical({"v": one})) == repr(canonical({"v": two})) or _equal(canonical(one), canonical(two))
    assert (fingerprint({"v": one}) == fingerprint({"v": two})) is same


def _equal(one: Json, two: Json) -> bool:
    """Equality that tells True from 1, as JSON does."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(_equal(one[k], two[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(_equal, one, two))
    return bool(one == two)


@pytest.mark.parametrize("key", sorted(VOLATILE))
def test_a_volatile_key_counts_only_if_somebody_reads_it(key: str) -> None:
    one, two = {"user": {key: 1}}, {"user": {key: 2}}
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one, keep=frozenset({key})) != fingerprint(two, keep=frozenset({key}))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (None, ...),
        (1, 1.0),
        ("a\r\nb", "a\nb"),
        ("2026-03-01T13:00:00.000+0100", "2026-03-01T12:00:00.000+0000"),
        ("2026-03-01T12:00:00.000+0000", "2026-03-01T12:00:00.000Z"),
        ({"name": "x", "id": None}, {"name": "x"}),
    ],
    ids=["null and absent", "1 and 1.0", "line ends", "a caller's zone", "Z and +0000", "null and absent, deeper"],
)
def test_spellings_of_one_value(one: Json, two: Json) -> None:
    assert fingerprint({"v": one}) == fingerprint({} if two is ... else {"v": two})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (True, 1),
        ("1", 1),
        (["a", "b"], ["b", "a"]),
        ("", " "),
        ("2026-03-01T13:00:00.000+0100", "2026-03-01T13:00:00.000+0000"),
        ("2026-99-01T13:00:00.000+0100", "2026-99-01T12:00:00.000+0000"),
        ({"name": "x"}, "x"),
        ("\ud800", "\ufffd"),
    ],
)
def test_values_that_differ(one: Json, two: Json) -> None:
    assert fingerprint({"v": one}) != fingerprint({"v": two})


@pytest.mark.parametrize(
    "other",
    [
        replace(COMMENT, text="rendered anew"),
        replace(COMMENT, html="<p>rendered anew</p>"),
        replace(COMMENT, updated=NOW.replace(year=2027)),
        replace(COMMENT, body="body"),
    ],
    ids=["text", "html", "its date", "nothing"],
)
def test_how_a_comment_is_rendered_does_not_matter(other: Comment) -> None:
    assert fingerprint({}, [other]) == fingerprint({}, [COMMENT])


@pytest.mark.parametrize(
    "others",
    [
        [],
        [COMMENT, replace(COMMENT, id="8")],
        [replace(COMMENT, body="body!")],
        [replace(COMMENT, audience=Audience.INTERNAL)],
        [replace(COMMENT, id="8")],
    ],
    ids=["deleted", "added", "edited", "made internal", "replaced"],
)
def test_a_comment_that_changes_matters(others: list[Comment]) -> None:
    assert fingerprint({}, others) != fingerprint({}, [COMMENT])


def test_the_order_of_comments_and_their_line_ends_do_not_matter() -> None:
    one, two = replace(COMMENT, body="a\r\nb"), replace(COMMENT, id="8")
    assert fingerprint({}, [one, two]) == fingerprint({}, [two, replace(one, body="a\nb")])


def test_the_mapping_and_the_restriction_matter() -> None:
    assert len({fingerprint({}), fingerprint({}, digest="d"), fingerprint({}, restricted=True)}) == 3


def test_the_digest_of_a_body_is_eight_digits_and_survives_half_an_emoji() -> None:
    assert re.fullmatch("[0-9a-f]{8}", body_digest("\ud83d"))
    assert body_digest("a\r\nb\rc") == body_digest("a\nb\nc")
