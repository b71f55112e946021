"""How values read on a page: times, durations, and what a word of the program means to a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from syncd.core.spoken import ago

CAUSES = {
    "mapping": "The issue has a value that the mapping does not know. Add it to the mapping and restart, or correct "
    "the issue.",
    "rejected": "ServiceNow refused the write: a data policy, a business rule or missing rights. Its own words are "
    "beside it.",
    "unreadable": "A journal or a row is hidden from the integration user, so nothing may be concluded. Grant the role "
    "that the message names.",
    "doubt": "Answers are lost again and again. Look at the network; nothing is sent twice meanwhile.",
    "missing": "Jira lists the issue and does not give it. It is asked again, then counted as gone.",
    "stale": "Jira's search knows a newer state of the issue than Jira then gives: a node is behind. It is asked "
    "again, then taken as it is.",
    "loop": "Something writes against syncd: the record was written very often within an hour. Find the business rule "
    "in ServiceNow or the automation in Jira.",
    "remote": "The other system refused for another reason. Its own words are beside it.",
    "bug": "A bug of syncd; its traceback is in the log. Report it.",
}
"""Every cause of parking, and what to do."""

NOTES = {
    "posted": "posted: the journal has it",
    "intent": "in doubt: sent without an answer; the journal is asked before anything is sent again",
    "omitted": "left out: it is older than the link, and the mapping leaves history out",
}
"""The fate of a note."""

GOOD = frozenset({"created", "adopted", "updated", "noted", "resolved"})
BAD = frozenset({"parked", "doubt"})


def tone(result: str) -> str:
    """Which colour an outcome has, beside its word."""
    return "good" if result in GOOD else "bad" if result in BAD else "soft" if result == "unchanged" else "warn"


def clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def when(at: float | datetime | None, never: str = "never") -> str | Markup:
    """A moment, for people and for programs. Where scripts run, it reads as "3 min ago"."""
    return _moment(at, never, "ago")


def exactly(at: float | datetime | None, never: str = "never") -> str | Markup:
    """A moment to the second, whatever runs."""
    return _moment(at, never, "")


def _moment(at: float | datetime | None, never: str, kind: str) -> str | Markup:
    if at is None:
        return never
    moment = at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    iso = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}"{}>{}</time>').format(
        iso, Markup(' class="ago"') if kind else "", f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    )


def soon(seconds: float | None) -> str:
    """When something is due."""
    if seconds is None:
        return "not at all"
    return f"in {ago(seconds)}" if seconds > 0 else "now"


def many(number: int, one: str, several: str = "") -> str:
    """ "1 issue", "2 issues"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def cause(word: str) -> str:
    return CAUSES.get(word, "Its words are beside it.")


def note_fate(word: str) -> str:
    return NOTES.get(word, word)


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "when": when,
    "exactly": exactly,
    "soon": soon,
    "many": many,
    "cause": cause,
    "fate": note_fate,
    "tone": tone,
    "number": lambda value: f"{value:,}",
}
