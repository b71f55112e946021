"""What every Target must do, whatever system is behind it. An adapter's tests subclass `TargetContract`.

The suite speaks to the target through its protocol only; what happens behind its back goes through a `World`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from syncd.core.identity import correlation_starts, identity_of
from syncd.core.marker import Mark
from syncd.core.model import Record, Reference
from syncd.core.ports import Identity, Marks, Resolved, Target
from syncd.errors import (
    AuthError,
    DoubtfulError,
    NotFoundError,
    RejectedError,
    RemoteError,
    SyncdError,
    UnreadableError,
)

SITE = "example.atlassian.net"
ONE = identity_of("ops", SITE, "10001")
TWO = identity_of("ops", SITE, "10002")
MARK = Mark("31202", 1, "8f3a21c0")
NOTE = f"Jane Doe commented on OPS-12 at 2026-01-01 10:00 UTC {MARK}\nIt is broken again.\n\nSee above."


class World(ABC):
    """The system behind a target, for whoever may meddle with it."""

    target: Target
    text_column = "short_description"
    note_column = "work_notes"
    other_note_column = "comments"
    unknown_column = "u_no_such_column"
    user_reference: Reference
    missing_reference: Reference
    ambiguous_reference: Reference

    @abstractmethod
    def stranger(self) -> Target:
        """The same target with wrong credentials."""

    @abstractmethod
    def lose_answer(self, *, done: bool) -> None:
        """Break off the connection of the next write, after or before it took effect."""

    @abstractmethod
    def refuse_after_the_fact(self) -> None:
        """Answer the next write with a refusal, although it took effect."""

    @abstractmethod
    def hide(self, record_id: str) -> None:
        """Hide a record from our user."""

    @abstractmethod
    def hide_journals(self) -> None:
        """Hide all journals from our user, in every form."""

    @abstractmethod
    def records(self) -> int:
        """How many records there are."""

    @abstractmethod
    def notes(self, record_id: str) -> list[str]:
        """The texts of a record's notes, oldest first."""

    @abstractmethod
    def twin(self, identity: Identity) -> str:
        """Create a second record with this correlation id, as a person would; its id."""


class TargetContract:
    """Subclass it, and give it a fixture `world`."""

    def create(self, world: World, identity: Identity = ONE, text: str = "Payments are down") -> Record:
        return self.create_by(world.target, world, identity, text)

    @staticmethod
    def create_by(target: Target, world: World, identity: Identity, text: str = "Payments are down") -> Record:
        return target.create(identity.record_id, identity.correlation, {world.text_column: text}, [world.text_column])

    def one(self, world: World, identity: Identity = ONE) -> Record:
        (record,) = world.target.look_up([identity], [world.text_column])[identity]
        return record

    # ---------------------------------------------------------------------------------------------------- credentials

    def test_right_credentials_prove_themselves(self, world: World) -> None:
        assert world.target.prove() is None

    def test_wrong_credentials_are_told_apart_from_everything_else(self, world: World) -> None:
        with pytest.raises(AuthError):
            world.stranger().prove()

    def test_to_wrong_credentials_nothing_is_missing_or_empty(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, NOTE)
        stranger = world.stranger()
        with pytest.raises(AuthError):
            stranger.look_up([ONE], [])
        with pytest.raises(AuthError):
            stranger.find(created.number, [])
        with pytest.raises(AuthError):
            list(stranger.tied(correlation_starts("ops", SITE), []))
        with pytest.raises(AuthError):
            stranger.marks(created.id, world.note_column)
        with pytest.raises(AuthError):
            stranger.marks_of([created.id], world.note_column)
        with pytest.raises(AuthError):
            stranger.missing_columns([world.text_column])

    def test_what_wrong_credentials_write_certainly_did_not_happen(self, world: World) -> None:
        """AuthError is no doubt: nobody looks whether it happened."""
        created = self.create(world)
        stranger = world.stranger()
        with pytest.raises(AuthError):
            self.create_by(stranger, world, TWO)
        with pytest.raises(AuthError):
            stranger.update(created.id, {world.text_column: "x"}, [world.text_column])
        with pytest.raises(AuthError):
            stranger.add_note(created.id, world.note_column, NOTE)
        assert world.records() == 1
        assert self.one(world) == created
        assert world.notes(created.id) == []

    # ---------------------------------------------------------------------------------------------------- found again

    def test_all_records_of_a_mapping_are_listed_by_what_their_correlation_begins_with(self, world: World) -> None:
        ours = {self.create(world, identity).id for identity in (ONE, TWO)}
        world.target.create("e" * 32, "jira:elsewhere:1:ops", {}, [])
        listed = [record for page in world.target.tied(correlation_starts("ops", SITE), []) for record in page]
        assert {record.id for record in listed} == ours
        assert {record.correlation for record in listed} == {ONE.correlation, TWO.correlation}

    def test_a_record_is_found_by_its_number_and_by_its_id(self, world: World) -> None:
        created = self.create(world)
        assert world.target.find(created.number, []) == world.target.find(created.id, [])
        with pytest.raises(NotFoundError):
            world.target.find("INC9999999", [])

    def test_a_hidden_record_is_not_found_and_not_listed(self, world: World) -> None:
        hidden, shown = self.create(world, ONE), self.create(world, TWO)
        world.hide(hidden.id)
        with pytest.raises(NotFoundError):
            world.target.find(hidden.number, [])
        with pytest.raises(NotFoundError):
            world.target.find(hidden.id, [])
        listed = [record for page in world.target.tied(correlation_starts("ops", SITE), []) for record in page]
        assert [record.id for record in listed] == [shown.id]

    def test_a_record_that_others_made_can_be_tied(self, world: World) -> None:
        made = world.target.create("e" * 32, "", {world.text_column: "Made by hand"}, [world.text_column])
        tied = world.target.tie(made.id, ONE.correlation, [world.text_column])
        assert (tied.correlation, tied.fields) == (ONE.correlation, made.fields)
        assert self.one(world).id == made.id

    def test_journals_of_several_records_are_read_at_once(self, world: World) -> None:
        first, second = self.create(world, ONE), self.create(world, TWO)
        world.target.add_note(first.id, world.note_column, NOTE)
        marks = world.target.marks_of([first.id, second.id], world.note_column)
        assert marks == {first.id: Marks(frozenset({MARK}), True), second.id: Marks(frozenset(), True)}

    def test_journals_that_are_hidden_are_not_empty_for_several_either(self, world: World) -> None:
        first, second = self.create(world, ONE), self.create(world, TWO)
        world.target.add_note(first.id, world.note_column, NOTE)
        world.hide_journals()
        marks = world.target.marks_of([first.id, second.id], world.note_column)
        assert [one.readable for one in marks.values()] == [False, False]

    # -------------------------------------------------------------------------------------------------------- look-up

    def test_nothing_asked_is_nothing_given(self, world: World) -> None:
        self.create(world)
        assert dict(world.target.look_up([], [world.text_column])) == {}
        assert dict(world.target.marks_of([], world.note_column)) == {}
        assert world.target.resolve([]) == Resolved({}, {})
        assert dict(world.target.missing_columns([])) == {}

    def test_of_twins_the_older_one_can_be_told(self, world: World) -> None:
        created = self.create(world)
        world.twin(ONE)
        first, second = sorted(world.target.look_up([ONE], [])[ONE], key=lambda record: record.id != created.id)
        assert first.created
        assert first.created <= second.created

    def test_one_hidden_record_does_not_hide_the_others(self, world: World) -> None:
        """The engine halves a page that may hide something, until those stand alone."""
        self.create(world, ONE)
        world.hide(self.create(world, TWO).id)
        with pytest.raises(UnreadableError):
            world.target.look_up([ONE, TWO], [])
        assert len(world.target.look_up([ONE], [])[ONE]) == 1

    def test_every_identity_gets_an_answer(self, world: World) -> None:
        assert world.target.look_up([ONE, TWO], [world.text_column]) == {ONE: (), TWO: ()}

    def test_a_record_is_found_by_its_id(self, world: World) -> None:
        created = self.create(world)
        known = Identity(created.id, "jira:somewhere:else:x")
        assert [record.id for record in world.target.look_up([known], [])[known]] == [created.id]

    def test_a_record_is_found_by_its_correlation(self, world: World) -> None:
        created = self.create(world)
        known = Identity("0" * 32, ONE.correlation)
        assert [record.id for record in world.target.look_up([known], [])[known]] == [created.id]

    def test_each_gets_its_own(self, world: World) -> None:
        first, second = self.create(world, ONE, "one"), self.create(world, TWO, "two")
        found = world.target.look_up([TWO, ONE], [world.text_column])
        assert [record.id for record in found[ONE]] == [first.id]
        assert [record.fields[world.text_column] for record in found[TWO]] == ["two"]
        assert second.id != first.id

    def test_twins_are_both_reported(self, world: World) -> None:
        created = self.create(world)
        twin = world.twin(ONE)
        assert {record.id for record in world.target.look_up([ONE], [])[ONE]} == {created.id, twin}

    def test_a_record_whose_correlation_differs_in_case_only_is_a_stranger(self, world: World) -> None:
        world.twin(Identity("", ONE.correlation.upper()))
        assert world.target.look_up([ONE], []) == {ONE: ()}

    def test_many_are_found(self, world: World) -> None:
        wanted = [identity_of("ops", SITE, str(number)) for number in range(120)]
        created = {identity: self.create(world, identity).id for identity in wanted[::7]}
        found = world.target.look_up(wanted, [])
        assert {identity: records[0].id for identity, records in found.items() if records} == created
        assert set(found) == set(wanted)

    def test_a_hidden_record_is_not_an_absent_one(self, world: World) -> None:
        world.hide(self.create(world).id)
        with pytest.raises(UnreadableError):
            world.target.look_up([ONE], [])

    def test_a_column_that_does_not_exist_is_absent_not_empty(self, world: World) -> None:
        self.create(world)
        unknown = [world.unknown_column, "No such column^at=all", ""]
        record = world.target.look_up([ONE], [world.text_column, *unknown])[ONE][0]
        assert set(record.fields) == {world.text_column}

    @pytest.mark.parametrize("empty", [True, False], ids=["in an empty table", "in a used one"])
    def test_columns_that_are_missing_are_named(self, world: World, empty: bool) -> None:
        if not empty:
            self.create(world)
        assert world.target.missing_columns([world.text_column, world.note_column]) == {}
        assert set(world.target.missing_columns([world.text_column, world.unknown_column])) == {world.unknown_column}

    # --------------------------------------------------------------------------------------------------------- writing

    def test_the_answer_says_what_was_stored(self, world: World) -> None:
        created = self.create(world)
        assert created.number
        assert created.correlation == ONE.correlation
        assert created.fields == {world.text_column: "Payments are down"}
        assert self.one(world) == created

    def test_creating_twice_makes_no_second_record(self, world: World) -> None:
        created = self.create(world)
        with pytest.raises(RemoteError):
            self.create(world)
        assert self.one(world).id == created.id
        assert world.records() == 1

    def test_an_update_changes_what_it_names(self, world: World) -> None:
        created = self.create(world)
        updated = world.target.update(created.id, {world.text_column: "All is well"}, [world.text_column])
        assert updated.fields == {world.text_column: "All is well"}
        assert updated == replace(created, fields=updated.fields)
        assert self.one(world).fields == updated.fields

    def test_an_update_changes_nothing_else(self, world: World) -> None:
        columns = [world.text_column, "description"]
        created = world.target.create(ONE.record_id, ONE.correlation, dict.fromkeys(columns, "as it was"), columns)
        updated = world.target.update(created.id, {world.text_column: "new"}, columns)
        assert updated.fields == {world.text_column: "new", "description": "as it was"}

    def test_an_empty_text_clears(self, world: World) -> None:
        created = self.create(world)
        assert world.target.update(created.id, {world.text_column: ""}, [world.text_column]).fields == {
            world.text_column: ""
        }

    @pytest.mark.parametrize("text", ["Ünïcödé — ✓", "a^b,c@d=e&f#g+h%", "javascript:alert(1)", "  two  blanks"])
    def test_odd_texts_arrive_as_they_are(self, world: World, text: str) -> None:
        created = self.create(world, text=text)
        assert created.fields[world.text_column].strip() == text.strip()

    def test_a_column_that_does_not_exist_is_dropped_from_a_write_and_the_answer_shows_it(self, world: World) -> None:
        both, columns = {world.text_column: "kept", world.unknown_column: "lost"}, [world.text_column]
        created = world.target.create(ONE.record_id, ONE.correlation, both, [*columns, world.unknown_column])
        assert created.fields == {world.text_column: "kept"}
        updated = world.target.update(created.id, both, [*columns, world.unknown_column])
        assert updated.fields == {world.text_column: "kept"}

    def test_an_answer_shows_the_columns_asked_for_and_no_others(self, world: World) -> None:
        created = world.target.create(ONE.record_id, ONE.correlation, {world.text_column: "x"}, [])
        assert created.fields == {}
        assert world.target.update(created.id, {world.text_column: "y"}, []).fields == {}
        assert world.target.look_up([ONE], [])[ONE][0].fields == {}

    def test_a_record_that_is_not_there_cannot_be_written(self, world: World) -> None:
        """Certainly: a refusal, and no doubt."""
        with pytest.raises(NotFoundError):
            world.target.update("0" * 32, {world.text_column: "x"}, [])
        with pytest.raises(NotFoundError):
            world.target.add_note("0" * 32, world.note_column, NOTE)
        with pytest.raises(NotFoundError):
            world.target.tie("0" * 32, ONE.correlation, [])
        assert world.records() == 0

    # ---------------------------------------------------------------------------------------------------------- doubt

    @pytest.mark.parametrize("done", [True, False], ids=["it happened", "it did not"])
    def test_a_create_whose_answer_is_lost_can_be_looked_up(self, world: World, done: bool) -> None:
        world.lose_answer(done=done)
        with pytest.raises(DoubtfulError):
            self.create(world)
        assert len(world.target.look_up([ONE], [])[ONE]) == (1 if done else 0)
        assert world.records() == (1 if done else 0)

    @pytest.mark.parametrize("done", [True, False], ids=["it happened", "it did not"])
    def test_an_update_whose_answer_is_lost_can_be_looked_up(self, world: World, done: bool) -> None:
        created = self.create(world)
        world.lose_answer(done=done)
        with pytest.raises(DoubtfulError):
            world.target.update(created.id, {world.text_column: "new"}, [world.text_column])
        assert self.one(world).fields[world.text_column] == ("new" if done else "Payments are down")

    def test_a_refusal_may_come_after_the_fact(self, world: World) -> None:
        world.refuse_after_the_fact()
        with pytest.raises(DoubtfulError) as caught:
            self.create(world)
        assert isinstance(caught.value.if_absent, RejectedError)
        assert len(world.target.look_up([ONE], [])[ONE]) == 1

    @pytest.mark.parametrize("done", [True, False], ids=["it happened", "it did not"])
    def test_a_note_whose_answer_is_lost_can_be_read_back(self, world: World, done: bool) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, "An earlier note, so that there is a journal")
        world.lose_answer(done=done)
        with pytest.raises(DoubtfulError):
            world.target.add_note(created.id, world.note_column, NOTE)
        marks = world.target.marks(created.id, world.note_column)
        assert marks.readable
        assert (MARK in marks.found) is done
        assert len(world.notes(created.id)) == (2 if done else 1)

    def test_a_doubt_ends(self, world: World) -> None:
        """Some time after it was sent, a write whose answer was lost can land no more."""
        world.lose_answer(done=False)
        with pytest.raises(DoubtfulError) as caught:
            self.create(world)
        assert 0 <= caught.value.settles_after <= world.target.transaction_limit

    def test_a_failure_says_where_and_while_doing_what(self, world: World) -> None:
        world.lose_answer(done=False)
        with pytest.raises(SyncdError) as caught:
            self.create(world)
        assert isinstance(caught.value, RemoteError)
        assert caught.value.system
        assert ONE.correlation in caught.value.step

    # ---------------------------------------------------------------------------------------------------------- notes

    def test_a_note_is_appended_once_and_as_it_is(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, NOTE)
        world.target.add_note(created.id, world.note_column, "Second")
        assert world.notes(created.id) == [NOTE, "Second"]

    def test_its_marker_is_found(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, NOTE)
        marks = world.target.marks(created.id, world.note_column)
        assert (marks.found, marks.readable) == (frozenset({MARK}), True)

    def test_all_markers_of_a_note_that_folds_several_comments_are_found(self, world: World) -> None:
        created = self.create(world)
        other = Mark("31203", 1, "")
        world.target.add_note(created.id, world.note_column, f"2 comments {MARK} {other}\nFirst.\n\nSecond.")
        assert world.target.marks(created.id, world.note_column).found == {MARK, other}
        assert world.target.marks_of([created.id], world.note_column)[created.id].found == {MARK, other}

    def test_a_quoted_marker_is_nobodys(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, f"Jane wrote:\n{NOTE}")
        marks = world.target.marks(created.id, world.note_column)
        assert (marks.found, marks.readable) == (frozenset(), True)

    def test_the_notes_of_another_record_are_not_ours(self, world: World) -> None:
        first, second = self.create(world, ONE), self.create(world, TWO)
        world.target.add_note(first.id, world.note_column, NOTE)
        marks = world.target.marks(second.id, world.note_column)
        assert (marks.found, marks.readable) == (frozenset(), True)

    def test_the_notes_of_another_journal_are_not_those_of_this_one(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, NOTE)
        world.target.add_note(created.id, world.other_note_column, "Said to the customer")
        assert world.target.marks(created.id, world.other_note_column).found == frozenset()
        assert world.target.marks_of([created.id], world.other_note_column)[created.id].found == frozenset()

    def test_a_hidden_journal_is_not_an_empty_one(self, world: World) -> None:
        created = self.create(world)
        world.target.add_note(created.id, world.note_column, NOTE)
        world.hide_journals()
        assert not world.target.marks(created.id, world.note_column).readable

    # ------------------------------------------------------------------------------------------------------ references

    def test_references_are_resolved_or_explained(self, world: World) -> None:
        wanted = [world.user_reference, world.missing_reference, world.ambiguous_reference]
        resolved = world.target.resolve(wanted)
        assert set(resolved.ids) == {world.user_reference}
        assert set(resolved.unresolved) == {world.missing_reference, world.ambiguous_reference}
        assert all(resolved.unresolved.values())

    def test_a_person_can_open_the_record(self, world: World) -> None:
        created = self.create(world)
        assert created.id in world.target.record_url(created.id)
