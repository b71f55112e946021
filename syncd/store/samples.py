"""How things stood, minute by minute: what the charts of the console are drawn from. Kept for a week, then pruned.

A figure is either a level, which one process notes for all, or a sum, to which every process adds its own. What is
nought is not kept; `SAMPLED` says that somebody looked, so that a nought and a gap can be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.pruning import forget
from syncd.store.tables import samples

MINUTE = 60

KEEP_SECONDS = 7 * 86400.0
"""How long samples are kept: the longest chart shows a week."""


class Figure(StrEnum):
    """What is sampled; the subject is a mapping for all but calls, whose subject is a connection."""

    SAMPLED = "sampled"
    DUE = "due"
    PARKED = "parked"
    OLDEST = "oldest"  # seconds that the longest-waiting issue waits
    APPLIED = "applied"
    LAG = "lag"  # seconds of all that were applied together
    CALLS = "calls"
    FAILED = "failed"  # calls that did not bring what was asked for


SUMS = frozenset({Figure.APPLIED, Figure.LAG, Figure.CALLS, Figure.FAILED})
"""Every process adds to these; of the others the largest of a time is what matters."""

Values = Mapping[tuple[Figure, str], float]
"""By figure and subject."""


@dataclass(frozen=True, slots=True)
class History:
    """Figures over time, in steps of so many minutes. `steps` are the numbers of those shown, the oldest first.

    `values` has only what is not nought; a step that is not among `sampled` is a gap.
    """

    step: int
    steps: range
    sampled: frozenset[int]
    values: Mapping[tuple[Figure, str], Mapping[int, float]]

    def at(self, step: int) -> float:
        """When this step began, in epoch seconds."""
        return float(step * self.step * MINUTE)

    def total(self, figure: Figure, step: int) -> float:
        """Of all subjects together."""
        return sum(series.get(step, 0.0) for (of, _), series in self.values.items() if of is figure)

    def subjects(self, figure: Figure) -> list[str]:
        return sorted(subject for of, subject in self.values if of is figure)


class Samples:
    """Note, add, read, prune."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, levels: Values) -> None:
        """The levels of this minute, if nobody has noted them yet."""
        with self._database.write() as connection:
            minute = int(connection.execute(select(now())).scalar_one() // MINUTE)
            for (figure, subject), value in [((Figure.SAMPLED, ""), 1.0), *levels.items()]:
                if value:
                    row = {"minute": minute, "figure": figure.value, "subject": subject, "value": value}
                    connection.execute(insert_if_absent(connection, samples, row))

    def add(self, sums: Values) -> None:
        """What this process did since it last said so."""
        rows = [(figure, subject, value) for (figure, subject), value in sums.items() if value]
        if not rows:
            return
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        with self._database.write() as connection:
            minute = int(connection.execute(select(now())).scalar_one() // MINUTE)
            for figure, subject, value in rows:
                row = insert(samples).values(minute=minute, figure=figure.value, subject=subject, value=value)
                more = {"value": samples.c.value + row.excluded.value}
                connection.execute(row.on_conflict_do_update(index_elements=list(samples.primary_key), set_=more))

    def history(self, minutes: int, step: int) -> History:
        """The last so many minutes in steps: the largest level, or the whole sum, of each."""
        bucket = (samples.c.minute // step).label("bucket")
        with self._database.read() as connection:
            latest = int(connection.execute(select(now())).scalar_one() // (MINUTE * step))
            steps = range(latest - minutes // step + 1, latest + 1)
            query = (
                select(
                    samples.c.figure,
                    samples.c.subject,
                    bucket,
                    func.max(samples.c.value).label("largest"),
                    func.sum(samples.c.value).label("total"),
                )
                .where(samples.c.minute >= steps.start * step)
                .group_by(samples.c.figure, samples.c.subject, bucket)
            )
            found: dict[tuple[Figure, str], dict[int, float]] = {}
            for row in connection.execute(query):
                figure = Figure(row.figure)
                series = found.setdefault((figure, row.subject), {})
                series[int(row.bucket)] = float(row.total if figure in SUMS else row.largest)
        sampled = frozenset(found.pop((Figure.SAMPLED, ""), {}))
        return History(step, steps, sampled, found)

    def prune(self, keep_seconds: float = KEEP_SECONDS) -> int:
        """Forget what is older; returns how many rows were forgotten."""
        return forget(self._database, samples, samples.c.minute < (now() - keep_seconds) / MINUTE)
