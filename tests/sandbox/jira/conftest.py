"""Sandboxes for the tests: a small Cloud, a small Data Center, one of each in turn, or one made to order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.sandbox.jira import JiraSandbox, generate_issues
from tests.sandbox.jira.talk import Talk

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
"""When the made-up issues end. The sandboxes' clocks go on from now."""

Start = Callable[..., Talk]


AT_BIRTH = {"issues", "time_zone", "clock_skew", "seed", "base_url"}
"""Options that only a new sandbox can take; all others are turned on one that runs already."""


@pytest.fixture(scope="module")
def running() -> Iterator[Callable[[str], Talk]]:
    """One server a flavour and module: starting one takes longer than most tests."""
    with ExitStack() as stack:
        talks: dict[str, Talk] = {}

        def get(flavour: str) -> Talk:
            if flavour not in talks:
                sandbox = JiraSandbox(flavour, issues=generate_issues(10, now=NOON))
                talks[flavour] = stack.enter_context(Talk(sandbox))
            return talks[flavour]

        yield get


@pytest.fixture
def start(running: Callable[[str], Talk]) -> Iterator[Start]:
    """`start("cloud", page_cap=5)`: a sandbox as on its first day, with ten issues unless told otherwise."""
    with ExitStack() as stack:

        def make(flavour: str = "cloud", **options: Any) -> Talk:
            if AT_BIRTH & set(options):
                options.setdefault("issues", generate_issues(10, now=NOON))
                return stack.enter_context(Talk(JiraSandbox(flavour, **options)))
            talk = running(flavour)
            talk.begin_again()
            talk.sandbox.set(**options)
            return talk

        yield make


@pytest.fixture
def cloud(start: Start) -> Talk:
    return start("cloud")


@pytest.fixture
def datacenter(start: Start) -> Talk:
    return start("datacenter")


@pytest.fixture(params=["cloud", "datacenter"])
def either(request: pytest.FixtureRequest, start: Start) -> Talk:
    return start(request.param)
