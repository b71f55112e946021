"""The same site as Cloud and as Data Center: the issues that come out are the same, but for what is listed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.model import Comment, Issue, User
from syncd.sandbox.jira import generate_issues
from tests.jira.real import needs_real_issues, real_issues
from tests.jira.sandbox import FLAVOURS, site

BASE = "https://jira.example.com"

OTHER_FIELDS = {"customfield_10020"}  # sprints: Cloud tells more of them than old servers
OTHER_KEYS = {
    *("self", "iconUrl", "avatarUrls", "content", "thumbnail"),  # addresses
    *("avatarId", "hierarchyLevel", "simplified", "projectTypeKey"),  # only Cloud has them
    *("accountId", "accountType", "key", "name"),  # of people: who they are is told differently
}
ADDRESS = re.compile(r"https?://[^\s)\"<>]+")


def alike(issue: Issue) -> Issue:
    """An issue without what may differ. The address of a file or of a person is another one on each flavour."""
    return replace(
        issue,
        fields={name: shorn(value) for name, value in issue.fields.items() if name not in OTHER_FIELDS},
        texts=bare(issue.texts),
        html=bare(issue.html),
        names={name: shown for name, shown in issue.names.items() if name not in OTHER_FIELDS},
        comments=tuple(same_comment(one) for one in issue.comments),
    )


def shorn(value: Any) -> Any:
    if isinstance(value, list):
        return [shorn(one) for one in value]
    if isinstance(value, dict):
        person = "displayName" in value
        return {
            key: shorn(one)
            for key, one in value.items()
            if key not in OTHER_KEYS or (key in ("key", "name") and not person)
        }
    return value


def bare(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: ADDRESS.sub("…", text) for name, text in texts.items()}


def same_comment(comment: Comment) -> Comment:
    author = comment.author and User(comment.author.name, comment.author.name, comment.author.email)
    text, html = ADDRESS.sub("…", comment.text), ADDRESS.sub("…", comment.html)
    return replace(comment, author=author, text=text, html=html, converted=False)  # only Cloud converts


def both(rows: list[dict[str, Any]], query: str) -> tuple[dict[str, Issue], dict[str, Issue]]:
    found: list[dict[str, Issue]] = []
    for flavour in FLAVOURS:
        with site(flavour, issues=rows, base_url=BASE) as held:
            ids = [stub.id for page in held.listed(query) for stub in page.stubs]
            found.append({issue.id: alike(issue) for issue in held.source.fetch(ids, ()).issues})
    return found[0], found[1]


def assert_alike(rows: list[dict[str, Any]], query: str) -> None:
    cloud, data_center = both(rows, query)
    assert len(cloud) == len(rows)
    assert cloud.keys() == data_center.keys()
    for issue in cloud:
        assert cloud[issue] == data_center[issue]


def test_made_up_issues_are_the_same_on_both() -> None:
    assert_alike(generate_issues(60), "project = OPS")


@needs_real_issues
def test_real_issues_are_the_same_on_both() -> None:
    rows = [issue for n, issue in enumerate(real_issues()) if n % 8 == 0]
    assert_alike(rows, "project in (ALOY, MOD)")


@needs_real_issues
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_dense_minute_of_the_real_issues_is_listed_completely(flavour: str) -> None:
    rows = real_issues()
    with site(flavour, issues=rows, page_cap=50, views_max=50, shuffled_ties=True, index_precision="minute") as held:
        listed = {stub.id for page in held.listed("project in (ALOY, MOD)") for stub in page.stubs}
    assert listed == {issue["id"] for issue in rows}
