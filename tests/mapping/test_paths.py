"""`from:` paths."""

from __future__ import annotations

import pytest

from syncd.core.model import Json
from syncd.mapping.paths import Path, PathError, follow, parse_path

PARSED = {
    "summary": Path("summary"),
    "priority.name": Path("priority", ("name",)),
    "issue.priority.name": Path("priority", ("name",)),
    "fields.priority.name": Path("priority", ("name",), quoted=True),
    "fixVersions.0.name": Path("fixVersions", ("0", "name")),
    "fixVersions[0].name": Path("fixVersions", ("0", "name")),
    "Story Points": Path("Story Points"),
    'fields["Story Points"]': Path("Story Points", (), quoted=True),
    "issue.fields['a.b [c]'].value": Path("a.b [c]", ("value",), quoted=True),
    'fields["id"]': Path("id", (), quoted=True),
    "id": Path("id"),
    "customfield_10020.0.name": Path("customfield_10020", ("0", "name")),
}


@pytest.mark.parametrize(("text", "path"), PARSED.items())
def test_a_path(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", " ", ".", "a..b", ".a", "a.", "a[", "a[x]", 'a["b', "[0]", 'a["b"]c', "a b]"])
def test_not_a_path(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse_path(text)


@pytest.mark.parametrize("path", PARSED.values(), ids=str)
def test_a_path_prints_as_something_that_reads_as_the_same_path(path: Path) -> None:
    if "." not in path.root:
        assert parse_path(str(path)) == path


VERSIONS = [{"name": "1.0", "tags": ["a", "b"]}, {"name": "2.0", "tags": ["c"]}, {"id": "3"}]


@pytest.mark.parametrize(
    ("value", "rest", "found"),
    [
        ({"name": "High"}, ("name",), "High"),
        ({"name": "High"}, ("colour",), None),
        (None, ("name", "more"), None),
        (VERSIONS, ("name",), ["1.0", "2.0"]),
        (VERSIONS, ("tags",), ["a", "b", "c"]),
        (VERSIONS, ("0", "name"), "1.0"),
        (VERSIONS, ("7", "name"), None),
        (VERSIONS, ("tags", "0"), ["a", "c"]),
        ([], ("name",), []),
        ({"0": "zero"}, ("0",), "zero"),
    ],
)
def test_following(value: Json, rest: tuple[str, ...], found: Json) -> None:
    assert follow(value, rest) == found


@pytest.mark.parametrize("value", ["High", 3, True, ["a", "b"]])
def test_a_plain_value_has_no_parts(value: Json) -> None:
    with pytest.raises(PathError, match="is a plain value"):
        follow(value, ("name",))
