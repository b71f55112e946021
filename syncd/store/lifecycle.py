"""Links whose issues are missing, and those that are established to be out of sight.

A link is *suspected* from the moment somebody asked for its issue in vain (`missing_since`); `suspected` is what the
first look said of it. When a later look says the same, it is *established*: `sight` is that word, and the link is due,
for its record to be told. A listing that shows the issue again puts an end to all of it (`marking.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, or_, select, update

from syncd.core.lifecycle import Sight
from syncd.core.pages import pages_of
from syncd.core.ports import Whereabouts
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.tables import cursors, links

CHUNK = 500
"""Ids named in one statement."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A link whose issue was asked for in vain. `said` is what the look before said of it, None if there was none."""

    id: int
    issue_id: str
    issue_key: str
    said: Sight | None
    since: float  # epoch seconds on the database's clock
    waited: float  # seconds since then


class Lifecycle:
    """The verbs of the census and of the looks that follow it. Each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def began(self, mapping: str, clock_ms: int) -> int:
        """When a mapping that has no history began, on Jira's clock: at the first time that somebody asks."""
        this = cursors.c.mapping == mapping
        with self._database.write() as connection:
            connection.execute(update(cursors).where(this, cursors.c.began_ms.is_(None)).values(began_ms=clock_ms))
            return int(connection.execute(select(cursors.c.began_ms).where(this)).scalar_one())

    def known(self, mapping: str, site: str) -> Mapping[str, bool]:
        """Every linked issue by id, and whether it counts as in sight. One that is detached is nobody's to miss."""
        in_sight = or_(links.c.sight.is_(None), links.c.detached_at.is_not(None))
        query = select(links.c.issue_id, in_sight.label("here")).where(links.c.mapping == mapping, links.c.site == site)
        with self._database.read() as connection:
            return {row.issue_id: bool(row.here) for row in connection.execute(query)}

    def in_sight(self, mapping: str, site: str) -> int:
        """How many links count as in sight: what the mass guard measures by."""
        query = select(func.count()).where(*_of(mapping, site), links.c.sight.is_(None))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def suspect(self, mapping: str, site: str, issue_ids: Iterable[str]) -> int:
        """These issues are known, and the query did not give them. Returns how many that is news of."""
        news = 0
        with self._database.write() as connection:
            for chunk in pages_of(issue_ids, CHUNK):
                new = _locked(
                    connection,
                    *_of(mapping, site),
                    links.c.issue_id.in_(chunk),
                    links.c.sight.is_(None),
                    links.c.missing_since.is_(None),
                )
                connection.execute(update(links).where(links.c.id.in_(new)).values(missing_since=now(), suspected=None))
                news += len(new)
        return news

    def any_missing(self, mapping: str) -> bool:
        """Whether anything waits for an answer: so cheap that it may be asked all the time."""
        query = select(links.c.id).where(*_missing(mapping))
        with self._database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def suspects(self, mapping: str, site: str) -> list[Suspect]:
        """Those that wait for an answer, the longest missing first."""
        query = select(links, (now() - links.c.missing_since).label("waited")).where(
            *_missing(mapping), links.c.site == site
        )
        with self._database.read() as connection:
            return [_suspect(row) for row in connection.execute(query.order_by(links.c.missing_since, links.c.id))]

    def seen(self, suspects: Sequence[Suspect]) -> None:
        """They are among the issues of the query after all."""
        with self._database.write() as connection:
            for chunk in pages_of(sorted(suspect.id for suspect in suspects), CHUNK):
                ids = _locked(connection, links.c.id.in_(chunk))
                connection.execute(update(links).where(links.c.id.in_(ids)).values(missing_since=None, suspected=None))

    def said(self, first: Sequence[tuple[Suspect, Sight]]) -> None:
        """What a look said of them, to be compared with the next; the time counts from the first that said so."""
        if not first:
            return
        with self._database.write() as connection:
            connection.execute(
                update(links)
                .where(links.c.id == bindparam("link"), links.c.missing_since.is_not(None), links.c.sight.is_(None))
                .values(
                    suspected=bindparam("word"),
                    missing_since=case((links.c.suspected.is_(None), links.c.missing_since), else_=now()),
                ),
                [{"link": suspect.id, "word": sight.value} for suspect, sight in sorted(first, key=_by_id)],
            )

    def establish(self, gone: Sequence[tuple[Suspect, Whereabouts]]) -> int:
        """Two looks agree: their records are to be told. Returns how many; one that was seen meanwhile is left out."""
        if not gone:
            return 0
        told = 0
        with self._database.write() as connection:
            for suspect, found in sorted(gone, key=_by_id):
                told += connection.execute(
                    update(links)
                    .where(links.c.id == suspect.id, links.c.missing_since == suspect.since, links.c.sight.is_(None))
                    .where(links.c.detached_at.is_(None))
                    .values(
                        sight=found.sight.value,
                        suspected=None,
                        issue_key=found.key or suspect.issue_key,
                        # Whatever a listing shows of it is news from now on.
                        issue_updated_ms=None,
                        wanted=links.c.wanted + 1,
                        due_at=case((links.c.owner.is_(None), now()), else_=links.c.due_at),
                    )
                ).rowcount
        return told

    def alarm(self, mapping: str, sentence: str) -> None:
        """Say beside the cursor what a person must look at; "" when it is over. News only is written."""
        query = select(cursors.c.alarm).where(cursors.c.mapping == mapping)
        with self._database.read() as connection:
            known = connection.execute(query).scalar_one_or_none() or ""
        if known != sentence:
            with self._database.write() as connection:
                connection.execute(update(cursors).where(cursors.c.mapping == mapping).values(alarm=sentence))

    def waits_for_a_person(self, mapping: str) -> bool:
        """Whether an alarm stands that nobody has answered yet."""
        query = select(cursors.c.mapping).where(
            cursors.c.mapping == mapping, cursors.c.alarm != "", cursors.c.accepted_at.is_(None)
        )
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def accept(self, mapping: str) -> int:
        """A person knows why so many issues are missing: those missing by now are believed. Returns how many."""
        missing = select(func.count()).where(*_missing(mapping))
        with self._database.write() as connection:
            connection.execute(update(cursors).where(cursors.c.mapping == mapping).values(accepted_at=now()))
            return int(connection.execute(missing).scalar_one())

    def accepted_at(self, mapping: str) -> float | None:
        """When a person last accepted what was missing then; None if nobody did, or it is done."""
        query = select(cursors.c.accepted_at).where(cursors.c.mapping == mapping)
        with self._database.read() as connection:
            at = connection.execute(query).scalar_one_or_none()
        return None if at is None else float(at)

    def forget_acceptance(self, mapping: str, accepted: float) -> None:
        """This one is done; another, given meanwhile, is not."""
        this = (cursors.c.mapping == mapping, cursors.c.accepted_at == accepted)
        with self._database.write() as connection:
            connection.execute(update(cursors).where(*this).values(accepted_at=None))


def _of(mapping: str, site: str) -> tuple[ColumnElement[bool], ...]:
    """The links that are kept in step: none that an operator said to leave alone."""
    return links.c.mapping == mapping, links.c.site == site, links.c.detached_at.is_(None)


def _missing(mapping: str) -> tuple[ColumnElement[bool], ...]:
    """Those of them about which somebody has to find out."""
    return (
        links.c.mapping == mapping, links.c.detached_at.is_(None), links.c.missing_since.is_not(None),
        links.c.sight.is_(None),
    )  # fmt: skip


def _locked(connection: Connection, *these: ColumnElement[bool]) -> list[int]:
    """The ids of these links, locked in the order in which everybody locks them."""
    return list(connection.execute(select(links.c.id).where(*these).order_by(links.c.id).with_for_update()).scalars())


def _by_id(pair: tuple[Suspect, object]) -> int:
    """In one order everywhere, or two transactions could wait for each other's rows."""
    return pair[0].id


def _suspect(row: Any) -> Suspect:
    return Suspect(
        id=row.id,
        issue_id=row.issue_id,
        issue_key=row.issue_key,
        said=Sight(row.suspected) if row.suspected else None,
        since=row.missing_since,
        waited=row.waited,
    )
