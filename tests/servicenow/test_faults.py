"""Whatever goes wrong with a write: asking, and sending again only what is certainly not there, makes it happen once.

This is what the engine does with a `Target`, reduced to its bones (laws 1 to 3).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.core.identity import identity_of
from syncd.core.marker import Mark
from syncd.errors import DoubtfulError, RejectedError, RemoteError, UnavailableError
from syncd.sandbox.servicenow import BusinessRule
from syncd.servicenow import ServiceNowTarget
from tests.servicenow.instance import Served

ONE = identity_of("ops", "example.atlassian.net", "10001")
MARK = Mark("31202", 1, "8f3a21c0")

WRITE_FAULTS = [
    "dropped",
    "rate_limited",
    "semaphore_full",
    "hibernating",
    "server_error",
    "lost_request",
    "truncated",
    "error_in_200",
    "forbidden_after_commit",
    "server_error_after",
    "lost_answer",
]


class Clock:
    """Time that passes when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def target(instance: Served, clock: Clock) -> ServiceNowTarget:
    return ServiceNowTarget(instance.client(clock=clock), "incident")


class Work:
    """The three writes of a target, each with the question whether it has happened."""

    def __init__(self, target: ServiceNowTarget, clock: Clock) -> None:
        self.target = target
        self.clock = clock
        self.refusals = 0

    def until_done(self, act: Callable[[], object], is_done: Callable[[], bool]) -> None:
        """Ask, act, and after a doubt ask again. An hour passes in between, so that nothing is under way any more."""
        for _ in range(5):
            try:
                if is_done():
                    return
                act()
            except DoubtfulError as doubt:
                if doubt.if_absent is not None and not is_done():
                    raise doubt.if_absent from doubt
            except UnavailableError:
                self.refusals += 1  # nothing has happened, says the class
            self.clock.now += 3600
        assert is_done()

    def create(self) -> None:
        self.until_done(
            lambda: self.target.create(ONE.record_id, ONE.correlation, {"short_description": "x"}, []),
            lambda: bool(self.target.look_up([ONE], [])[ONE]),
        )

    def update(self) -> None:
        self.until_done(
            lambda: self.target.update(ONE.record_id, {"short_description": "new"}, []),
            lambda: self.target.look_up([ONE], ["short_description"])[ONE][0].fields == {"short_description": "new"},
        )

    def note(self) -> None:
        def is_there() -> bool:
            marks = self.target.marks(ONE.record_id, "work_notes")
            assert marks.readable
            return MARK in marks.found

        self.until_done(lambda: self.target.add_note(ONE.record_id, "work_notes", f"Jane {MARK}\nIt broke"), is_there)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *((kind, 503) for kind in WRITE_FAULTS),
        *((f"server_error{when}", s) for when in ("", "_after") for s in (500, 504)),
    ],
)
def test_each_write_happens_once(
    kind: str, status: int, target: ServiceNowTarget, clock: Clock, instance: Served
) -> None:
    work = Work(target, clock)
    instance.sandbox.create("incident", {"short_description": "another", "work_notes": "so that journals are known"})
    for write, method in ((work.create, "POST"), (work.update, "PATCH"), (work.note, "PATCH")):
        instance.sandbox.faults.add(kind, method=method, status=status, retry_after="")
        write()
        assert instance.sandbox.faults.armed()[-1].spent
    (ours,) = [row for row in instance.sandbox.rows("incident") if row["correlation_id"] == ONE.correlation]
    assert ours["short_description"] == "new"
    assert work.refusals == (3 if kind in ("rate_limited", "semaphore_full") else 0)
    assert len(instance.sandbox.journal(ours["sys_id"])) == 1


@pytest.mark.parametrize("kind", [*WRITE_FAULTS, "unauthorized", "acl_denied", "aborted"])
def test_a_write_is_sent_once_per_call(kind: str, target: ServiceNowTarget, instance: Served) -> None:
    instance.sandbox.faults.add(kind, method="POST", count=0)
    with pytest.raises(RemoteError):
        target.create(ONE.record_id, ONE.correlation, {"short_description": "x"}, [])
    assert instance.sandbox.calls.writes == 1


def test_a_rule_that_says_no_is_not_asked_for_ever(target: ServiceNowTarget, clock: Clock, instance: Served) -> None:
    instance.sandbox.set_options(business_rules=(BusinessRule("No mirrors", "incident", "correlation_display=Jira"),))
    instance.sandbox.reset()  # rules move in with the people
    with pytest.raises(RejectedError, match="No mirrors"):
        Work(target, clock).create()
    assert instance.sandbox.calls.writes == 1


def test_an_instance_that_chooses_its_own_ids_still_has_one_record(
    target: ServiceNowTarget, clock: Clock, instance: Served
) -> None:
    instance.sandbox.set_options(honour_sys_id=False)
    instance.sandbox.faults.add("lost_answer", method="POST")
    Work(target, clock).create()
    (record,) = target.look_up([ONE], [])[ONE]
    assert record.id != ONE.record_id
    assert len(instance.sandbox.rows("incident")) == 1


@pytest.mark.parametrize("returns_no_rows", [False, True])
def test_strangers_are_never_taken_for_ours(returns_no_rows: bool, target: ServiceNowTarget, instance: Served) -> None:
    """An instance may ignore what it does not understand, or answer nothing then; records of others stay theirs."""
    instance.sandbox.set_options(invalid_query_returns_no_rows=returns_no_rows)
    for number in range(30):
        instance.sandbox.create("incident", {"short_description": str(number)})
    assert target.look_up([ONE], [])[ONE] == ()


@pytest.mark.parametrize("emoji", ["keep", "question_marks", "truncate"])
@pytest.mark.parametrize("newlines", ["keep", "crlf", "lf"])
def test_a_marker_survives_what_storage_does_to_texts(
    emoji: str, newlines: str, target: ServiceNowTarget, instance: Served
) -> None:
    instance.sandbox.set_options(emoji=emoji, newlines=newlines)
    target.create(ONE.record_id, ONE.correlation, {}, [])
    target.add_note(ONE.record_id, "work_notes", f"Jane Doe commented on OPS-1 {MARK}\nall good 🎉\r\nor not")
    assert target.marks(ONE.record_id, "work_notes").found == {MARK}


@pytest.mark.parametrize("denied", ["empty", "forbidden"])
def test_without_the_journal_table_the_display_text_is_read(
    denied: str, target: ServiceNowTarget, instance: Served
) -> None:
    instance.sandbox.set_options(journal_hidden=True, journal_denied=denied)
    target.create(ONE.record_id, ONE.correlation, {}, [])
    assert not target.marks(ONE.record_id, "work_notes").readable  # nothing has ever been shown
    target.add_note(ONE.record_id, "work_notes", f"Jane {MARK}\nIt broke")
    marks = target.marks(ONE.record_id, "work_notes")
    assert (marks.found, marks.readable) == (frozenset({MARK}), True)


def test_hidden_journal_rows_leave_the_doubt(target: ServiceNowTarget, instance: Served) -> None:
    target.create(ONE.record_id, ONE.correlation, {}, [])
    target.add_note(ONE.record_id, "work_notes", "A note")
    instance.sandbox.faults.add("hidden_rows", table="sys_journal_field", count=0, share=1.0)
    assert not target.marks(ONE.record_id, "work_notes").readable
