"""Short ways to an issue, a comment and a mapping, for the tests of the mapping language."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Mapping as ReadOnly
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.model import Audience, Comment, Issue, Json, User
from syncd.errors import UserError
from syncd.mapping import Mapping, load_mappings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

HEAD = """\
name: m
source: {connection: jira, jql: project = OPS}
target: {connection: servicenow, table: incident}
"""

ANNA = {"accountId": "5b10", "displayName": "Anna Berg", "emailAddress": "anna@example.com", "name": "aberg"}


def issue(
    fields: ReadOnly[str, Json] | None = None,
    *,
    comments: tuple[Comment, ...] = (),
    texts: ReadOnly[str, str] | None = None,
    html: ReadOnly[str, str] | None = None,
    names: ReadOnly[str, str] | None = None,
    updated: datetime = NOON,
) -> Issue:
    return Issue(
        site="example.atlassian.net",
        id="10001",
        key="OPS-1",
        url="https://example.atlassian.net/browse/OPS-1",
        updated=updated,
        fields={"summary": "Printer on fire"} if fields is None else fields,
        texts=texts or {},
        html=html or {},
        names=names or {},
        comments=comments,
    )


def comment(id: str, body: str = "hello", audience: Audience = Audience.PUBLIC, minute: int = 0) -> Comment:
    when = NOON + timedelta(minutes=minute)
    return Comment(id, User("5b10", "Anna Berg"), body, body, f"<p>{body}</p>", when, when, audience)


def mapping(body: str, head: str = HEAD) -> Mapping:
    """The mapping that this YAML is, with a name, a source and a target in front."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "m.yaml"
        file.write_text(head + textwrap.dedent(body), encoding="utf-8")
        (loaded,) = load_mappings(file)
        return loaded


def problems(body: str, head: str = HEAD) -> list[str]:
    """What is wrong with this YAML, without the name of the file."""
    with pytest.raises(UserError) as caught:
        mapping(body, head)
    return [problem.partition("m.yaml:")[2] for problem in caught.value.problems]
