"""Every row of the table in core/conflict.py, by its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.conflict import Verdict, decide, same
from syncd.core.model import Applied
from syncd.core.policy import ConflictPolicy

WINS = ConflictPolicy.SOURCE_WINS
ROWS = [
    ("1 found as desired, whoever wrote it", "6", "6", None, None, WINS, Verdict.SETTLED),
    ("1 found as desired though another value was being sent", "6", "6", Applied("2", "2"), "3", WINS, Verdict.SETTLED),
    ("2 not shown, written before", "6", None, Applied("6", None), None, WINS, Verdict.SETTLED),
    ("3 not shown, never written", "6", None, None, None, WINS, Verdict.WRITE),
    ("3 not shown, in doubt", "6", None, Applied("6", None), "6", WINS, Verdict.WRITE),
    ("4 the target computes it", "1", "4", Applied("1", "4"), None, WINS, Verdict.SETTLED),
    ("4 the target blanked an unknown choice", "Nope", "", Applied("Nope", ""), None, WINS, Verdict.SETTLED),
    ("5 ours and outdated", "6", "2", Applied("2", "2"), None, WINS, Verdict.WRITE),
    ("5 outdated, a crash before the write arrived", "6", "2", Applied("2", "2"), "6", WINS, Verdict.WRITE),
    ("5 outdated, a crash after another write arrived", "6", "3", Applied("2", "2"), "3", WINS, Verdict.WRITE),
    ("5 computed, and now another value is wanted", "2", "4", Applied("1", "4"), None, WINS, Verdict.WRITE),
    ("6 never ours and empty", "6", "", None, None, ConflictPolicy.HOLD, Verdict.WRITE),
    ("7 a person's edit is overwritten", "6", "8", Applied("2", "2"), None, WINS, Verdict.WRITE),
    ("8 a person's edit is kept", "6", "8", Applied("2", "2"), None, ConflictPolicy.TARGET_WINS, Verdict.KEEP),
    ("9 a person's edit is held", "6", "8", Applied("2", "2"), None, ConflictPolicy.HOLD, Verdict.HOLD),
    ("9 cleared by a person, though we wrote it", "6", "", Applied("2", "2"), None, ConflictPolicy.HOLD, Verdict.HOLD),
]


@pytest.mark.parametrize(("desired", "current", "applied", "attempted", "policy", "verdict"), [r[1:] for r in ROWS],
                         ids=[r[0] for r in ROWS])  # fmt: skip
def test_row(desired, current, applied, attempted, policy, verdict):
    assert decide(desired, current, applied, attempted, policy) is verdict


@pytest.mark.parametrize(
    ("one", "other"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a  \nb", "a\nb"), (" a ", "a"), ("a\n\n", "a")]
)
def test_what_a_store_does_to_blanks_and_line_ends_is_no_change(one, other):
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("a\nb", "ab"), ("a b", "a  b"), ("A", "a"), ("", "0")])
def test_anything_else_is(one, other):
    assert not same(one, other)


values = st.sampled_from(["", "1", "2", "3"])
memory = st.none() | st.builds(Applied, values, st.none() | values)


@given(values, st.none() | values, memory, st.none() | values, st.sampled_from(ConflictPolicy))
def test_a_value_of_a_person_survives_unless_the_source_wins(desired, current, applied, attempted, policy):
    verdict = decide(desired, current, applied, attempted, policy)
    ours = {attempted, applied and applied.sent, applied and applied.stored}
    if verdict is Verdict.WRITE and policy is not ConflictPolicy.SOURCE_WINS and current:
        assert current in ours


@given(values, values, memory, st.sampled_from(ConflictPolicy))
def test_what_was_written_and_confirmed_is_never_written_again(desired, stored, applied, policy):
    assert decide(desired, stored, Applied(desired, stored), None, policy) is Verdict.SETTLED
