"""Jobs of this process that come again and again, whatever the time of day does. Knows nothing of what they do.

APScheduler waits for times of day. Set back by an hour, its jobs would wait until the clock gets there again; set on by
a month, or asleep for so long with its machine, it would count every tick that was missed, one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

log = logging.getLogger(__name__)

SET_BACK = timedelta(seconds=1)
"""No job lies further ahead than its interval and so much: one that does was planned before the clock was set back."""


class Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """So many seconds from now, however late the tick before was."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


class Timers:
    """The jobs. A tick that is missed is not made up for, and no job runs twice at once."""

    def __init__(self, threads: int) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(self, seconds: float, name: str, job: Callable[..., None], *args: object, at_once: bool = False) -> None:
        more = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(job, Every(seconds), args=args, id=name, name=name, **more)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """No new ticks; waits for the running ones."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def follow_clock(self) -> None:
        """Have the jobs go on that wait for a time which was near before the clock was set back."""
        now = datetime.now(UTC)
        late = [job for job in self._scheduler.get_jobs() if job.next_run_time > now + job.trigger.interval + SET_BACK]
        for job in late:
            job.modify(next_run_time=now)
        if late:
            log.warning("the clock of this machine was set back; the timers follow it", extra={"action": "clock"})
