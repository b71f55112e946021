"""What happens to a page of issues at once: map each, resolve all references, look all records up. Writes nothing.

An issue that cannot be mapped fails alone. An unchanged issue leaves here, before it has cost a call (law 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncd.core.model import Desired, Issue, Link, NoteState, Record, Reference, Value
from syncd.core.plan import Wanted
from syncd.core.ports import Identity, Resolved
from syncd.engine.route import Route
from syncd.errors import RejectedError, SyncdError, UnreadableError
from syncd.mapping import desired_for, fingerprint_of


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The issue is as it was when it was last applied, and nothing is in doubt."""

    link: Link
    issue: Issue
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Private:
    """The issue has a security level, and the mapping does not send such issues (law 8)."""

    link: Link
    issue: Issue
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Failed:
    """This issue cannot be synced now; the others can."""

    link: Link
    error: Exception


@dataclass(frozen=True, slots=True)
class Prepared:
    """An issue ready to be planned: what is wanted, what was found, and what could not be resolved."""

    link: Link
    issue: Issue
    fingerprint: str
    wanted: Wanted
    found: tuple[Record, ...]
    desired: Desired
    unresolved: tuple[str, ...]


def admit(route: Route) -> None:
    """Nothing is written to a table that lacks a column which the mapping names: raises RejectedError naming them."""
    missing = route.target.missing_columns(route.mapping.columns())
    if missing:
        target = route.mapping.target
        named = "; ".join(f"{column}{f' ({hint})' if hint else ''}" for column, hint in missing.items())
        raise RejectedError(
            f"{target.table} has no such column, or hides it from this user: {named}; correct mapping "
            f"{route.name}, or grant the integration user read access",
            system=target.connection,
            step="checking the mapping",
        )


Turn = Unchanged | Private | Failed | Prepared
"""What becomes of an issue before it is planned; only a prepared one goes on."""


def prepare(route: Route, pairs: Iterable[tuple[Link, Issue]]) -> list[Turn]:
    """Carry a page of (link, issue) from "fetched" to "ready to plan"."""
    done: list[Turn] = []
    mapped: list[tuple[Link, Issue, str, Desired]] = []
    for link, issue in pairs:
        try:
            fingerprint = fingerprint_of(route.mapping, issue)
            if fingerprint == link.fingerprint and not in_doubt(link) and not _move_to_tell(route, link):
                done.append(Unchanged(link, issue, fingerprint))
            elif issue.restricted and not route.mapping.source.restricted:
                done.append(Private(link, issue, fingerprint))
            else:
                mapped.append((link, issue, fingerprint, desired_for(route.mapping, issue)))
        except Exception as error:  # an IssueError, or a bug that this issue brought out: it stops no other (law 6)
            done.append(Failed(link, error))
    if not mapped:
        return done
    resolved = route.target.resolve(_references(desired for *_, desired in mapped))
    found, hidden = look_up(route, [route.identity(link) for link, *_ in mapped])
    for link, issue, fingerprint, desired in mapped:
        identity = route.identity(link)
        if identity in hidden:
            done.append(Failed(link, hidden[identity]))
            continue
        unresolved = tuple(
            f"{', '.join(_columns(desired, reference))}: left alone, since {reference.label} is not found: "
            f"{resolved.unresolved[reference]}"
            for reference in _references([desired])
            if reference in resolved.unresolved
        )
        wanted = Wanted(_spelt(desired.fields, resolved), _spelt(desired.on_create, resolved), desired.notes)
        done.append(Prepared(link, issue, fingerprint, wanted, found[identity], desired, unresolved))
    return done


def in_doubt(link: Link) -> bool:
    """Whether something was sent whose fate is not known."""
    return link.sent_at is not None or any(note.state is NoteState.INTENT for note in link.notes)


def _move_to_tell(route: Route, link: Link) -> bool:
    """Whether the issue has another key than when it was last applied, and its record is to be told of it."""
    return route.mapping.lifecycle.tell_moves and link.known_as not in ("", link.issue_key)


def look_up(
    route: Route, identities: Sequence[Identity]
) -> tuple[Mapping[Identity, tuple[Record, ...]], Mapping[Identity, SyncdError]]:
    """The records of a page in as few calls as possible, and the identities nothing may be concluded about.

    When the answer for a page cannot be trusted (rows hidden by an ACL), the page is halved until the culprits stand
    alone: one hidden record must not stop the others (law 6).
    """
    if not identities:
        return {}, {}
    try:
        return route.target.look_up(identities, route.mapping.columns()), {}
    except UnreadableError as error:
        if len(identities) == 1:
            return {}, {identities[0]: error}
    middle = len(identities) // 2
    found_left, hidden_left = look_up(route, identities[:middle])
    found_right, hidden_right = look_up(route, identities[middle:])
    return {**found_left, **found_right}, {**hidden_left, **hidden_right}


def _references(desired: Iterable[Desired]) -> list[Reference]:
    """Every distinct reference, in order of appearance."""
    seen: dict[Reference, None] = {}
    for one in desired:
        for value in (*one.fields.values(), *one.on_create.values()):
            if isinstance(value, Reference):
                seen[value] = None
    return list(seen)


def _columns(desired: Desired, reference: Reference) -> Iterator[str]:
    """The columns that this reference is for."""
    for name, value in (*desired.fields.items(), *desired.on_create.items()):
        if value == reference:
            yield name


def _spelt(fields: Mapping[str, Value], resolved: Resolved) -> dict[str, str]:
    """Values as the target spells them; what could not be resolved is left out, so that it clears nothing (law 9)."""
    spelt: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, str):
            spelt[name] = value
        elif value in resolved.ids:
            spelt[name] = resolved.ids[value]
    return spelt
