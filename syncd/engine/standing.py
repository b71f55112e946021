"""How one link stands, in sentences: the same on the command line, in the API and on the pages. Asks nothing."""

from __future__ import annotations

from syncd.core.model import NoteState
from syncd.core.spoken import ago
from syncd.store.insight import Insight

DONE = "done: as Jira was when it was last listed"


def waiting(one: Insight) -> list[str]:
    """What is waiting, and why; nothing when all is done."""
    if one.detached:
        return ["it is detached: an operator said to leave it alone"]
    said = []
    if one.in_hand:
        said.append("a process is at it now")
    elif one.link.cause and one.due_in is not None:
        said.append(f"parked ({one.link.cause}) after {one.attempts} tries; the next is due {_when(one.due_in)}")
        said.append(f"because: {one.error}")
    elif one.due_in is not None:
        what = f"{one.changes} change{'s' * (one.changes != 1)} seen in Jira" if one.changes > 0 else "another look"
        said.append(f"{what}, due {_when(one.due_in)}{f': {one.said}' if one.said else ''}")
    if one.held:
        said.append(f"held: {one.held}")
    if one.sent_at is not None:
        columns = f" of {', '.join(one.unsure)}" if one.unsure else ""
        said.append(f"a write{columns} was sent and its answer was lost: the record is asked before anything is sent")
    doubtful = sum(note.state is NoteState.INTENT for note in one.notes)
    if doubtful:
        said.append(f"{doubtful} note{'s' * (doubtful > 1)} sent without an answer: the journal is asked for")
    return said


def _when(due_in: float) -> str:
    return f"in {ago(due_in)}" if due_in > 0 else "now"
