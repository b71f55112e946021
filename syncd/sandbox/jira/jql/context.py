"""Who asks a query, when, and what exists for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.sandbox.jira.access import Access
from syncd.sandbox.jira.jql.dates import DATE_FORMS
from syncd.sandbox.jira.model import Flavour, Issue, User
from syncd.sandbox.jira.people import People
from syncd.sandbox.jira.world import World

Test = Callable[[Issue], bool]


@dataclass(slots=True)
class Context:
    """Who asks, when, and what exists for them. `problems` fills while a query is compiled."""

    world: World
    people: People
    access: Access
    flavour: Flavour
    caller: User | None
    zone: ZoneInfo
    now: datetime
    precision: timedelta
    date_forms: Sequence[str] = DATE_FORMS
    problems: list[str] = field(default_factory=list)
