"""`lifecycle:` in a mapping: its words, its defaults, and what is refused."""

from __future__ import annotations

import pytest

from syncd.core.lifecycle import Farewell, Lifecycle, Sight
from syncd.errors import UserError
from tests.mapping.build import mapping

CLOSED = {"state": "7", "close_code": "Cancelled"}


def lifecycle(text: str) -> Lifecycle:
    return mapping(f"lifecycle: {text}").lifecycle


def test_a_mapping_that_says_nothing_keeps_and_follows_and_notes_a_deletion() -> None:
    said = mapping("").lifecycle
    assert said == lifecycle("{leaves_query: keep, moved: follow, deleted: note, archived: keep, hidden: keep}")
    assert said.deleted == Farewell(note=True)
    assert said.farewell(Sight.LEFT) == said.farewell(Sight.ARCHIVED) == said.farewell(Sight.HIDDEN) == Farewell()
    assert not said.tell_moves


def test_columns_are_set_with_a_note_unless_it_says_otherwise() -> None:
    said = lifecycle("{deleted: {set: {state: 7, close_code: Cancelled}}, hidden: {note: false, set: {state: 3}}}")
    assert said.deleted == Farewell(note=True, set=CLOSED)
    assert said.hidden == Farewell(note=False, set={"state": "3"})


def test_columns_that_it_sets_are_among_those_that_are_read_and_checked() -> None:
    assert mapping("lifecycle: {deleted: {set: {state: 7}}}").columns() == ("state",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{deleted: close}", "deleted"),
        ("{moved: keep}", "moved"),
        ("{vanished: note}", "vanished"),
        ("{deleted: {set: {work_notes: gone}}}", "work_notes"),
        ("{deleted: {set: {sys_id: x}}}", "sys_id"),
        ("{deleted: {sets: {state: 7}}}", "sets"),
        ("note", "lifecycle"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        lifecycle(text)
