"""The user map and the fallback."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import Json, Reference
from syncd.errors import UserError
from syncd.mapping import Mapping, desired_for, load_mappings
from tests.mapping.build import ANNA, HEAD, issue

CSV = """\
jira,servicenow
# people who left and came back
5b10,anna.berg
Bob Day , bob@example.com
carl,0123456789abcdef0123456789abcdef
"""


def load(folder: Path, csv: str | None = CSV, users: str = "{file: users.csv}") -> Mapping:
    if csv is not None:
        (folder / "users.csv").write_text(csv, encoding="utf-8")
    body = f"users: {users}\nfields: {{assigned_to: {{from: assignee, lookup: user}}}}\n"
    (folder / "m.yaml").write_text(HEAD + body, encoding="utf-8")
    (mapping,) = load_mappings(folder)
    return mapping


def candidates(mapping: Mapping, assignee: Json) -> tuple[tuple[str, str], ...]:
    value = desired_for(mapping, issue({"assignee": assignee})).fields["assigned_to"]
    assert isinstance(value, Reference)
    return value.candidates


def test_the_map_comes_first_then_what_jira_says(tmp_path: Path) -> None:
    assert candidates(load(tmp_path), ANNA) == (
        ("user_name", "anna.berg"),
        ("email", "anna.berg"),
        ("email", "anna@example.com"),
        ("user_name", "aberg"),
    )


@pytest.mark.parametrize("who", [{"displayName": "Bob Day"}, {"displayName": "bob day"}, "Bob Day"])
def test_somebody_is_found_by_display_name_only_if_the_map_says_so(tmp_path: Path, who: Json) -> None:
    assert candidates(load(tmp_path), who)[:2] == (("user_name", "bob@example.com"), ("email", "bob@example.com"))


def test_the_map_may_name_a_sys_id(tmp_path: Path) -> None:
    assert candidates(load(tmp_path), {"name": "Carl"})[0] == ("sys_id", "0123456789abcdef0123456789abcdef")


def test_the_fallback_comes_last(tmp_path: Path) -> None:
    mapping = load(tmp_path, users="{file: users.csv, fallback: triage}")
    assert candidates(mapping, {"name": "x"}) == (("user_name", "x"), ("user_name", "triage"), ("email", "triage"))
    assert candidates(mapping, {"displayName": "Hidden"}) == (("user_name", "triage"), ("email", "triage"))


def test_the_fallback_stands_in_for_somebody_not_for_nobody(tmp_path: Path) -> None:
    mapping = load(tmp_path, users="{fallback: triage}")
    assert desired_for(mapping, issue({"assignee": None})).fields == {}


def test_what_the_file_says_is_part_of_the_digest_how_it_looks_is_not(tmp_path: Path) -> None:
    digest = load(tmp_path).digest
    assert load(tmp_path, "# a remark\n" + CSV.replace("5b10,anna", "5b10 ,  anna")).digest == digest
    assert load(tmp_path, CSV.replace("anna.berg", "a.berg")).digest != digest


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("jira,servicenow\na,b,c\n", "users.csv:2: a line has two cells"),
        ("a,\n", "users.csv:1: a line has two cells"),
        ("a,b\nA,c\n", "users.csv:2: A is mapped to b already"),
        (None, "m.yaml:4: users.file: there is no file"),
    ],
)
def test_refused(tmp_path: Path, csv: str | None, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, csv)
    assert said in str(caught.value)


def test_a_file_that_a_spreadsheet_wrote(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_bytes('\ufeffjira,servicenow\r\n"5b10","anna.berg"\r\n'.encode())
    assert candidates(load(tmp_path, None), ANNA)[0] == ("user_name", "anna.berg")
