"""What the API asks of the rest of the program. Values and functions only; the wiring fills them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from syncd.api.sparing import Sparing
from syncd.engine.health import Readiness, Status
from syncd.mapping import Mapping as SyncMapping
from syncd.settings import Connection
from syncd.store import Store
from syncd.store.connections import Connections


@dataclass(frozen=True, slots=True)
class Web:
    """How this process is reached."""

    host: str = "127.0.0.1"
    tls: bool = False
    public_url: str | None = None
    allowed_hosts: Sequence[str] = ()
    open_metrics: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a test of a connection found out; `problems` is empty when it can be worked with."""

    user: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    clock: float | None = None
    problems: Sequence[str] = ()


class Tester(Protocol):
    """Asks the system at the other end, with these settings and no others. Raises nothing that it can say.

    `kept` says that they are the settings in use, whose tokens may be shared with those who use them.
    """

    def __call__(self, name: str, connection: Connection, kept: bool) -> Found: ...


@dataclass(frozen=True, slots=True)
class Services:
    """One process's parts, as far as the API may touch them."""

    version: str
    store: Store
    mappings: tuple[SyncMapping, ...]
    connections: Connections
    in_file: Mapping[str, Connection]
    """Connections of syncd.yaml: they win over stored ones and are read-only here."""
    test: Tester
    refuse_address: Callable[[Connection], Sequence[str]]
    """Why this connection's addresses may not be asked; nothing if they may."""
    want: Callable[[str, str], None]
    """(mapping, issue): look at this issue now. Raises UserError if it is not one of the mapping's."""
    query_of: Callable[[str, str], str]
    """(mapping, jql): the mapping's query, narrowed."""
    poll_soon: Callable[[str], None]
    """(mapping): list what changed now instead of at the next interval, in whichever process is first."""
    check_mapping: Callable[[str], Sequence[str]]
    """What is wrong with the text of a mapping."""
    issue_url: Callable[[str, str], str | None]
    """(mapping, issue key): where a person can open the issue."""
    record_url: Callable[[str, str], str | None]
    """(mapping, record id): where a person can open the record."""
    alive: Callable[[], bool]
    ready: Callable[[], Readiness]
    status: Callable[[], Status]
    metrics: Callable[[], bytes]
    verifying: Sparing = field(default_factory=lambda: Sparing("the whole trail is read"))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(mapping.name for mapping in self.mappings)

    def mapping(self, name: str) -> SyncMapping | None:
        """None: it is not configured any more."""
        return next((mapping for mapping in self.mappings if mapping.name == name), None)
