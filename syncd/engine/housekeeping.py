"""What keeps the database from growing for ever: by one process at a time, and once an hour by all together.

Whoever works calls it, also a command that cron starts: where no daemon runs there is nobody else.
"""

from __future__ import annotations

import logging

from syncd.engine.holding import holding
from syncd.errors import DatabaseError
from syncd.store import Store

log = logging.getLogger(__name__)

TIDY_SECONDS = 3600.0


def tidy(store: Store, every: float = TIDY_SECONDS) -> None:
    """Forget what is old enough, unless somebody did so less than `every` seconds ago. Never fails: it can wait."""
    try:
        with holding(store, "prune", every=every) as claim:
            if claim is not None:
                store.journal.prune()
                store.runs.prune()
                store.access.prune()
                store.hints.prune()
                store.samples.prune()
    except DatabaseError as error:
        log.error("what is old could not be forgotten: %s", error, extra={"action": "prune"})
