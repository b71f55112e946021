"""Issues that are not synced any more and still have something to be done: a doubt to settle, a record to be told.

They need nothing of Jira, only their records, which are looked up together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.core.lifecycle import WHAT_HAPPENED, Sight
from syncd.core.model import Link, Outcome, Reason, Record, Result
from syncd.core.notes import stamp
from syncd.engine.prepare import Failed, look_up
from syncd.engine.route import Route, outcome_of
from syncd.store import Work


@dataclass(frozen=True, slots=True)
class Leaving:
    """An issue that is not synced any more, and the records found for it.

    `sight` HERE is an issue that is there and must not be sent (law 8); `fingerprint` is what it is settled with then.
    """

    link: Link
    found: tuple[Record, ...]
    sight: Sight
    noticed: str = ""
    fingerprint: str = ""

    def told(self, link: Link) -> Outcome:
        """What is said of it in the end."""
        if self.sight.out:
            return outcome_of(link, Result.HELD, f"the issue {WHAT_HAPPENED[self.sight]}")
        return outcome_of(link, Result.WITHHELD, Reason.PRIVATE)


def leaving(route: Route, works: Sequence[tuple[Work, str]]) -> Iterator[tuple[Work, Leaving | Failed]]:
    """Look the records of these issues up, in one call. A fingerprint is given for those that are here, and private."""
    found, hidden = look_up(route, [route.identity(work.link) for work, _ in works])
    for work, fingerprint in works:
        identity = route.identity(work.link)
        if identity in hidden:
            yield work, Failed(work.link, hidden[identity])
        else:
            sight = work.sight or Sight.HERE
            yield work, Leaving(work.link, found[identity], sight, _noticed(work), fingerprint)


def _noticed(work: Work) -> str:
    return "" if work.missing_since is None else stamp(datetime.fromtimestamp(work.missing_since, UTC))
