"""Plan, apply and record one issue. The intent is stored before each call, the receipt after it.

Reads from top to bottom as the life of one issue in this round:

    doubts          what was sent before and never answered is asked of the target, not sent again (`doubts.py`)
    plan            core.plan decides
    create / adopt / update / notes, in this order
    settle          the generation is done, the fingerprint remembered
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from syncd.core.conflict import same
from syncd.core.farewell import by_kind, plan_farewell
from syncd.core.identity import derived_record_id
from syncd.core.lifecycle import journal_of
from syncd.core.marker import Mark
from syncd.core.model import (
    AddNote,
    Adopt,
    Applied,
    Create,
    Hold,
    Link,
    Outcome,
    Plan,
    Record,
    Result,
    Update,
)
from syncd.core.plan import choose, plan_for
from syncd.core.policy import Ceiling, Policy
from syncd.core.spoken import shortened
from syncd.engine.doubts import Doubts, is_in_doubt, known_after, without_doubt
from syncd.engine.failures import NO_EFFECT
from syncd.engine.farewell import Leaving
from syncd.engine.prepare import Prepared
from syncd.engine.refusal import RefusedWriteError, refusal_told
from syncd.engine.route import Route, outcome_of
from syncd.engine.still_ours import LONG, still_ours
from syncd.errors import DoubtfulError, RejectedError
from syncd.mapping import closes
from syncd.store import Priority, Store, Work, tolls

Closing = Callable[[Mapping[str, str]], bool]
"""Whether writing these columns brings the record to its end."""


class CarryOut:
    """The last three steps of the line, for one route. Called from many threads, for different issues."""

    def __init__(self, route: Route, store: Store) -> None:
        self._route = route
        self._store = store
        self._rules = route.rules()
        self._doubts = Doubts(route, store)
        self._ids_honoured = _ids_honoured(store, route.name)

    def run(self, work: Work, prepared: Prepared) -> Iterator[Outcome]:
        """Do all that is to be done for this issue now; yields what came of each step. Raises what failed."""
        yield from self._remarks(work.link, prepared)
        if self._rules.policy is not Policy.OBSERVE:
            in_doubt = is_in_doubt(work.link)
            work = self._doubts.settle(work, prepared.found, ids_honoured=self._ids_honoured)
            if in_doubt:
                yield outcome_of(work.link, Result.RESOLVED, "what became of the write without an answer is known")
        work, plan = self._planned(
            work, prepared.found, lambda link: plan_for(prepared.wanted, link, prepared.found, self._rules)
        )
        for hold in plan.holds:
            yield self._held(work.link, hold)
        if plan.kept:
            yield outcome_of(work.link, Result.KEPT, "a person's value stays, as `conflict` says", fields=plan.kept)
        closing = partial(closes, self._route.mapping, prepared.issue)
        try:
            work = yield from self._apply_record(work, plan, closing)
        except RefusedWriteError as refused:
            yield from self._in_spite_of(refused, work, plan, closing)
            raise refused.seen(choose(work.link, prepared.found)[0]) from refused
        work = yield from self._apply_notes(work, plan)
        self._store.queue.settle(work, prepared.fingerprint, held="; ".join(_said(hold) for hold in plan.holds))
        if plan.skip is not None and not plan.holds:
            yield outcome_of(work.link, Result.UNCHANGED, plan.skip.reason)

    def part(self, work: Work, leaving: Leaving) -> Iterator[Outcome]:
        """Do what is left to do for an issue that is not synced any more: settle its doubts, and say farewell."""
        in_doubt = is_in_doubt(work.link)
        if self._rules.policy is not Policy.OBSERVE:
            # Whatever the instance does with ids: nothing follows that would collide with a create that comes late.
            work = self._doubts.settle(work, leaving.found, ids_honoured=False)
            if in_doubt:
                yield outcome_of(work.link, Result.RESOLVED, "what became of the write without an answer is known")
        work, plan = self._planned(
            work,
            leaving.found,
            lambda link: plan_farewell(link, leaving.found, leaving.sight, self._rules, leaving.noticed),
        )
        for hold in plan.holds:
            yield self._held(work.link, hold)
        # A record that is closed takes no more notes, so the note goes first.
        for steps in by_kind(plan):
            work = yield from self._apply_record(work, steps, lambda columns: True)
            work = yield from self._apply_notes(work, steps)
        if not work.link.record_id and leaving.sight.out:
            self._store.queue.forget(work)  # there is no record, and none can arrive any more
        else:
            touched = in_doubt or bool(plan.actions)
            if work.link.sent_at is not None and not work.link.record_id:
                self._store.links.withdraw_write(without_doubt(work))
            self._store.queue.settle(work, leaving.fingerprint or ("" if touched else work.link.fingerprint))
        yield leaving.told(work.link)

    def _planned(self, work: Work, found: Sequence[Record], plan_of: Callable[[Link], Plan]) -> tuple[Work, Plan]:
        """The plan. If it would send notes by a memory that may be old, the journal is read first."""
        plan = plan_of(work.link)
        if work.may_be_old and work.link.record_id and any(isinstance(action, AddNote) for action in plan.actions):
            work = self._doubts.recall(work, found)
            plan = plan_of(work.link)
        return work, plan

    # -- the record ----------------------------------------------------------------------------------------------------

    def _apply_record(self, work: Work, plan: Plan, closing: Closing) -> Generator[Outcome, None, Work]:
        for action in plan.actions:
            match action:
                case Create():
                    with refusal_told(action.fields, self._route.mapping):
                        work = self._create(work, plan, action)
                    yield outcome_of(work.link, Result.CREATED, fields=tuple(action.fields), lag=self._lag(work))
                    yield from self._differences(work.link, action.fields)
                case Adopt():
                    work = self._confirm(work, action.record, known_after(work.link, action.record.fields), {}, plan)
                    yield outcome_of(work.link, Result.ADOPTED, "the record was there already")
                case Update():
                    with refusal_told(action.fields, self._route.mapping):
                        work = self._update(work, plan, action, closing(action.fields))
                    yield outcome_of(work.link, Result.UPDATED, fields=tuple(action.fields), lag=self._lag(work))
                    yield from self._differences(work.link, action.fields)
                case AddNote():
                    pass  # _apply_notes sends them, once the record is as it should be
        if plan.settled and not any(isinstance(action, Adopt | Update) for action in plan.actions):
            work = self._know(work, plan.settled)
        return work

    def _in_spite_of(self, refused: RefusedWriteError, work: Work, plan: Plan, closing: Closing) -> Iterator[Outcome]:
        """A status that the target refuses keeps neither the other columns nor the notes from a record."""
        if not work.link.record_id:
            return  # it was adopted a moment ago: the next turn knows it
        if refused.others:
            with suppress(RefusedWriteError):
                rest = replace(plan, actions=(Update(refused.others),))
                work = yield from self._apply_record(work, rest, closing)
        with suppress(RejectedError):
            yield from self._apply_notes(work, plan)

    def _create(self, work: Work, plan: Plan, action: Create) -> Work:
        work = self._doubts.before_create(work, action.fields)
        route, link = self._route, work.link
        identity = route.identity(link)
        passed = tolls(route.mapping.ceilings, Ceiling.CREATE, work.priority)
        try:
            with still_ours(self._store, work):
                self._store.links.intend_write(work, action.fields, plan.omitted, passed)
                record = route.target.create(
                    identity.record_id, identity.correlation, action.fields, route.mapping.columns()
                )
        except DoubtfulError as error:
            record = self._created_after_all(work, error)
        except NO_EFFECT:
            self._store.links.withdraw_write(self._as_before(work))
            raise
        self._ids_honoured = _under_our_id(link, record.id)
        return self._confirm(work, record, {}, {**dict.fromkeys(action.empty, ""), **action.fields}, plan)

    def _as_before(self, work: Work) -> Work:
        """A create that came to nothing says nothing of the one before it, while that may still arrive."""
        link, latest = work.link, self._route.target.transaction_limit + LONG
        if link.sent_at is not None and work.claimed_at < link.sent_at + latest:
            return work
        return without_doubt(work)

    def _created_after_all(self, work: Work, error: DoubtfulError) -> Record:
        """Ask the target before anything else is believed. A refusal that left no record is a refusal after all."""
        record = self._look_again(work.link)
        if record is not None:
            return record
        if error.if_absent is not None:
            self._store.links.withdraw_write(self._as_before(work))
            raise error.if_absent from error
        raise error

    def _look_again(self, link: Link) -> Record | None:
        identity = self._route.identity(link)
        found = self._route.target.look_up([identity], self._route.mapping.columns())[identity]
        return choose(link, found)[0]

    def _update(self, work: Work, plan: Plan, action: Update, closing: bool) -> Work:
        passed = tolls(self._route.mapping.ceilings, Ceiling.CLOSE, work.priority) if closing else ()
        try:
            with still_ours(self._store, work):
                self._store.links.intend_write(work, action.fields, passed=passed)
                record = self._route.target.update(work.link.record_id, action.fields, self._route.mapping.columns())
        except DoubtfulError as error:
            record = self._updated_after_all(work, action.fields, error)
        except NO_EFFECT:
            self._store.links.withdraw_write(work)
            raise
        return self._confirm(work, record, work.link.applied, action.fields, plan)

    def _updated_after_all(self, work: Work, sent: Mapping[str, str], error: DoubtfulError) -> Record:
        """Only a refusal is worth asking about now: any other doubt is settled by the look-up of the next turn."""
        if error.if_absent is None:
            raise error
        record = self._look_again(work.link)
        if record is not None and all(same(value, record.fields.get(name, "")) for name, value in sent.items()):
            return record
        self._store.links.withdraw_write(work)
        raise error.if_absent from error

    def _confirm(
        self, work: Work, record: Record, known: Mapping[str, Applied], sent: Mapping[str, str], plan: Plan
    ) -> Work:
        confirmed = {name: Applied(value, record.fields.get(name)) for name, value in sent.items()}
        applied = {**known, **plan.settled, **confirmed}
        link = replace(
            work.link, record_id=record.id, record_number=record.number, applied=applied, attempted={}, sent_at=None
        )
        self._store.links.confirm_write(work, applied, record_id=record.id, number=record.number)
        return replace(work, link=link)

    def _know(self, work: Work, settled: Mapping[str, Applied]) -> Work:
        """Remember what was found as desired. Costs a transaction only if it says something new."""
        link = work.link
        applied = {**link.applied, **settled}
        if applied == link.applied:
            return work
        self._store.links.confirm_write(work, applied, record_id=link.record_id, number=link.record_number)
        return replace(work, link=replace(link, applied=applied))

    # -- the notes -----------------------------------------------------------------------------------------------------

    def _apply_notes(self, work: Work, plan: Plan) -> Generator[Outcome, None, Work]:
        confirmed: tuple[Mark, ...] = ()
        for action in plan.actions:
            if not isinstance(action, AddNote):
                continue
            try:
                with still_ours(self._store, work):
                    # One transaction is the receipt of the note before and the intent of this one.
                    self._store.links.intend_note(work, action.marks, confirmed, action.edited_ms)
                    confirmed = ()
                    self._route.target.add_note(work.link.record_id, self._journal(action.marks), action.text)
            except DoubtfulError as error:
                self._noted_after_all(work, action.marks, error)
            except NO_EFFECT:
                self._store.links.withdraw_note(work, action.marks)
                raise
            confirmed = action.marks
            yield outcome_of(work.link, Result.NOTED, " ".join(map(str, action.marks)), lag=self._lag(work))
        if confirmed:
            self._store.links.confirm_note(work, confirmed)
        return work

    def _noted_after_all(self, work: Work, marks: tuple[Mark, ...], error: DoubtfulError) -> None:
        """Only a refusal is worth asking about now: any other doubt is settled by reading the journal next turn."""
        if error.if_absent is None:
            raise error
        journal = self._route.target.marks(work.link.record_id, self._journal(marks))
        if journal.found.issuperset(marks):
            return
        if not journal.readable:
            raise error
        self._store.links.withdraw_note(work, marks)
        raise error.if_absent from error

    def _journal(self, marks: tuple[Mark, ...]) -> str:
        return journal_of(marks[0].comment_id, self._rules.notes.to)

    # -- what is said --------------------------------------------------------------------------------------------------

    def _remarks(self, link: Link, prepared: Prepared) -> Iterator[Outcome]:
        for warning in (*prepared.desired.warnings, *prepared.unresolved):
            yield outcome_of(link, Result.WARNED, warning)
        posted = {note.comment_id for note in link.notes}
        for withheld in prepared.desired.withheld:
            if withheld.comment_id not in posted:
                yield outcome_of(link, Result.WITHHELD, f"comment {withheld.comment_id}: {withheld.reason}")

    def _held(self, link: Link, hold: Hold) -> Outcome:
        return outcome_of(link, Result.HELD, hold.reason, fields=(hold.field,) if hold.field else ())

    def _differences(self, link: Link, sent: Mapping[str, str]) -> Iterator[Outcome]:
        """Say where the target stored something else than was sent: computed, cut, blanked or not writable."""
        for name in sent:
            applied = link.applied[name]
            if applied.stored is not None and not same(applied.stored, applied.sent):
                stored, wanted = shortened(applied.stored), shortened(applied.sent)
                reason = f"{name}: the target stored {stored} where {wanted} was sent"
                yield outcome_of(link, Result.WARNED, reason, fields=(name,))

    def _lag(self, work: Work) -> float | None:
        """Seconds from the change in Jira to now. History has no lag worth telling."""
        if work.updated_ms is None or work.priority >= Priority.BACKFILL:
            return None
        return max(self._store.links.time() - work.updated_ms / 1000, 0.0)


def _ids_honoured(store: Store, mapping: str) -> bool:
    """Whether this instance is known to create records under the id we send (servicenow facts 1.50)."""
    example = store.links.example(mapping)
    return example is not None and _under_our_id(example, example.record_id)


def _under_our_id(link: Link, record_id: str) -> bool:
    return record_id == derived_record_id(link.mapping, link.site, link.issue_id)


def _said(hold: Hold) -> str:
    return f"{hold.field}: {hold.reason}" if hold.field else hold.reason
