"""What goes wrong with processes, database and both systems, and is put right again after a while."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy

from tests.chaos.replicas import Replica
from tests.chaos.systems import Json, Remote
from tests.postgres import Server

FROZEN = 20.0
"""Seconds of a SIGSTOP or a silent cable: longer than a claim, so that others take over meanwhile."""

SERVICENOW: list[Json] = [
    {"kind": "lost_answer", "method": "POST,PATCH", "probability": 0.4},
    {"kind": "lost_answer", "probability": 0.3},
    {"kind": "lost_request", "probability": 0.3},
    {"kind": "hung_answer", "seconds": 2, "probability": 0.3},
    {"kind": "slow", "seconds": 2, "probability": 0.3},
    {"kind": "server_error", "probability": 0.3},
    {"kind": "server_error_after", "status": 500, "method": "POST,PATCH", "probability": 0.4},
    {"kind": "rate_limited", "retry_after": "2", "limit": 100_000, "probability": 0.2},
    {"kind": "semaphore_full", "probability": 0.3},
    {"kind": "dropped", "probability": 0.2},
    {"kind": "truncated", "probability": 0.3},
    {"kind": "error_in_200", "probability": 0.3},
    {"kind": "forbidden_after_commit", "method": "POST,PATCH", "probability": 0.3},
    {"kind": "acl_denied", "probability": 0.2},
    {"kind": "hidden_rows", "method": "GET", "share": 0.5, "probability": 0.3},
    {"kind": "hibernating", "probability": 0.3},
    {"kind": "unauthorized", "probability": 0.2},
]
JIRA: list[Json] = [
    {"kind": "429", "retry_after": 1, "probability": 0.3},
    {"kind": "503", "retry_after": None, "probability": 0.4},
    {"kind": "502", "probability": 0.4},
    {"kind": "500", "probability": 0.4},
    {"kind": "truncated", "probability": 0.4},
    {"kind": "html", "probability": 0.3},
    {"kind": "drop_before", "probability": 0.4},
    {"kind": "drop_after", "probability": 0.4},
    {"kind": "cut", "probability": 0.4},
    {"kind": "hang", "seconds": 2, "probability": 0.3},
]


@dataclass(frozen=True)
class Trouble:
    """It begins at once and is over after `seconds`."""

    what: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: float


@dataclass
class Troubles:
    """Draws one after the other. A replica that is in trouble is left alone until it is over."""

    chance: random.Random
    jira: Remote
    servicenow: Remote
    replicas: list[Replica]
    postgres: Server | None
    counts: dict[str, int] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)

    def next(self) -> Trouble:
        kinds = [self._kill] * 4 + [self._in_servicenow] * 5 + [self._in_jira] * 2 + [self._freeze]
        if self.postgres is not None:
            kinds += [self._postgres_crashes, self._connections_end, self._cable_cut, self._cable_silent]
        free = [replica for replica in self.replicas if replica.name not in self._busy]
        kind = self.chance.choice(kinds)
        if not free:
            kind = self._in_servicenow
        return kind(self.chance.choice(free or self.replicas))

    def freeze(self) -> Trouble:
        """The one that was at work last."""
        free = [replica for replica in self.replicas if replica.name not in self._busy]
        return self._freeze(max(free or self.replicas, key=lambda replica: replica.log.stat().st_mtime))

    # -- processes -----------------------------------------------------------------------------------------------------

    def _kill(self, replica: Replica) -> Trouble:
        return self._alone(replica, "kill -9", replica.kill, replica.start, self.chance.uniform(0, 3))

    def _freeze(self, replica: Replica) -> Trouble:
        return self._alone(replica, "frozen", replica.freeze, replica.thaw, FROZEN)

    def _cable_cut(self, replica: Replica) -> Trouble:
        assert replica.cable is not None
        return self._alone(replica, "cable cut", replica.cable.cut, replica.cable.mend, self.chance.uniform(1, 18))

    def _cable_silent(self, replica: Replica) -> Trouble:
        assert replica.cable is not None
        return self._alone(replica, "cable silent", replica.cable.hush, replica.cable.mend, FROZEN)

    def _alone(
        self, replica: Replica, what: str, begin: Callable[[], object], end: Callable[[], object], seconds: float
    ) -> Trouble:
        self._busy.add(replica.name)

        def over() -> None:
            end()
            self._busy.discard(replica.name)

        return self._counted(what, Trouble(f"{replica.name}: {what}", begin, over, seconds))

    # -- the database --------------------------------------------------------------------------------------------------

    def _postgres_crashes(self, replica: Replica) -> Trouble:
        assert self.postgres is not None
        return self._counted("postgres crash", Trouble("Postgres crashes", self.postgres.crash, lambda: None, 0.0))

    def _connections_end(self, replica: Replica) -> Trouble:
        return self._counted(
            "connections ended", Trouble("all connections are ended", self._end_all, lambda: None, 0.0)
        )

    def _end_all(self) -> None:
        assert self.postgres is not None
        engine = sqlalchemy.create_engine(self.postgres.url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            connection.execute(
                sqlalchemy.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'syncd_chaos'")
            )
        engine.dispose()

    # -- the two systems -----------------------------------------------------------------------------------------------

    def _in_servicenow(self, replica: Replica) -> Trouble:
        fault = {"count": 0, "path": "/api/now/*", **self.chance.choice(SERVICENOW)}
        return self._fault("ServiceNow", self.servicenow, fault)

    def _in_jira(self, replica: Replica) -> Trouble:
        return self._fault("Jira", self.jira, {"count": None, **self.chance.choice(JIRA)})

    def _fault(self, name: str, system: Remote, fault: Json) -> Trouble:
        said = f"{name}: {fault['kind']} {fault.get('method', '')}".rstrip()
        return self._counted(
            f"{name} {fault['kind']}",
            Trouble(
                said,
                lambda: system.post("faults", fault),
                lambda: system.delete("faults"),
                self.chance.uniform(1, 6),
            ),
        )

    def _counted(self, what: str, trouble: Trouble) -> Trouble:
        self.counts[what] = self.counts.get(what, 0) + 1
        return trouble
