"""A Jira to talk to: one site behind one ASGI application, and the handles that tests and the demo hold it by."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any

from syncd.sandbox.jira.act import Act
from syncd.sandbox.jira.clock import Clock
from syncd.sandbox.jira.generate import generate_issues
from syncd.sandbox.jira.model import Flavour, Json
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.rest.table import routes
from syncd.sandbox.jira.site import Request, Site
from syncd.sandbox.jira.web.door import Door
from syncd.sandbox.jira.web.faults import Faults

FIRST_DAY = 25
"""How many issues a site has if nobody says otherwise."""


class JiraSandbox:
    """`JiraSandbox(flavour="cloud", issues=generate_issues(100))`; every other keyword is one of `options.Options`.

    `index_lag` is seconds, or a pair of them between which each write draws its own; `flicker` the probability that an
    issue is missing from one search; `clock_skew` how many seconds the site's clock is ahead.
    """

    def __init__(
        self,
        flavour: str = "cloud",
        issues: Iterable[Mapping[str, Json]] | None = None,
        *,
        seed: int = 1,
        index_lag: float | tuple[float, float] = 0.0,
        flicker: float = 0.0,
        clock_skew: float = 0.0,
        **options: Any,
    ) -> None:
        rows = list(issues) if issues is not None else generate_issues(FIRST_DAY, seed)
        self.site = Site(
            Options(flavour=Flavour(flavour), seed=seed, **options),
            rows,
            index_lag=index_lag,
            flicker=flicker,
            clock_skew=clock_skew,
        )
        self.act = Act(self.site)
        self.app = Door(self.site, routes(self.site.options.flavour))

    @property
    def faults(self) -> Faults:
        return self.site.faults

    @property
    def calls(self) -> Counter[str]:
        """How often each route was called: "GET /rest/api/{v}/issue/{issue}"."""
        return self.site.calls

    @property
    def requests(self) -> deque[Request]:
        """The last twenty thousand requests, in order."""
        return self.site.requests

    @property
    def clock(self) -> Clock:
        return self.site.clock

    @property
    def options(self) -> Options:
        return self.site.options

    def set(self, **knobs: Any) -> None:
        """Turn knobs while the site runs: any of `options.Options`, `index_lag` and `flicker`."""
        with self.site.lock:
            self.site.turn(knobs)

    def revoke(self, secret: str | None = None) -> None:
        """The integration user's credentials are wrong from now on."""
        with self.site.lock:
            self.site.logins.revoke(secret)

    def restore(self, secret: str | None = None) -> None:
        with self.site.lock:
            self.site.logins.restore(secret)

    def reset(self) -> None:
        """Back to the first day: the same issues, no faults, no counts."""
        with self.site.lock:
            self.site.reset()
