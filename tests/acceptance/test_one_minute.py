"""Issues that share one `updated` minute, listed a page at a time while people edit them: none is missed.

500 of them, and 5,000 in the long form: as many as one bulk change of an administrator's leaves behind.
"""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from syncd.jira.client import Basic, Bearer, JiraClient
from syncd.jira.source import JiraSource
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.serve import Server

SIZES = [(500, 50), pytest.param((5000, 500), marks=pytest.mark.long)]
"""How many issues, and how many of them to a page."""
LOGINS = [("cloud", Basic("bot@example.com", "jira-token")), ("datacenter", Bearer("jira-pat"))]


def in_one_minute(count):
    for number, issue in enumerate(generate_issues(count, seed=2)):
        issue["fields"]["updated"] = f"2026-01-05T12:00:{number % 60:02}.000+0000"
        yield issue


@pytest.mark.parametrize("options", [{}, {"shuffled_ties": True}], ids=["steady", "shuffled ties"])
@pytest.mark.parametrize(("flavour", "auth"), LOGINS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_none_is_missed(flavour, auth, options, size):
    count, page_size = size
    if flavour == "cloud" and options:
        options = {**options, "cloud_drift": True}
    sandbox = JiraSandbox(
        flavour=flavour, issues=in_one_minute(count), page_cap=page_size, views_max=page_size, **options
    )
    issues = list(sandbox.site.world.issues.values())
    chance = random.Random(3)
    with Server(sandbox.app) as server:
        source = JiraSource(JiraClient(server.url, auth))
        source.prove()
        seen: dict[str, datetime] = {}
        pages, reached = 0, None
        for page in source.changed_since("project is not EMPTY", None):
            pages += 1
            reached = page.reached or reached
            seen.update((stub.id, stub.updated) for stub in page.stubs)
            if pages <= 12:
                for issue in chance.sample(issues, 3):
                    sandbox.act.edit(issue.key, {"summary": f"edited while page {pages} was read"})
        assert pages >= count // page_size
        assert set(seen) == {str(issue.id) for issue in issues}, "this listing shows them all"
        for page in source.changed_since("project is not EMPTY", reached - source.overlap):
            seen.update((stub.id, stub.updated) for stub in page.stubs)
        latest = {str(issue.id): issue.updated for issue in sandbox.site.world.issues.values()}
        assert seen == latest, "and the next one whatever was edited behind its back"
