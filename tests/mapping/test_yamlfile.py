"""YAML as mappings read it: no surprises, and a line for everything."""

from __future__ import annotations

import pytest

from syncd.mapping.yamlfile import BadYaml, Node, parse_yaml


def plain(text: str) -> object:
    return parse_yaml(text, "f.yaml").plain()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ('"null"', "null"),
        ("1", 1),
        ("-5", -5),
        ("'1'", "1"),
        ("01", "01"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("2024-01-31", "2024-01-31"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_a_value_is_what_a_person_wrote(written: str, read: object) -> None:
    result = plain(f"key: {written}")
    assert result == {"key": read}
    assert type(result["key"]) is type(read)  # type: ignore[index]  # it is a dict, the line before says so


@pytest.mark.parametrize(
    ("written", "key"), [("1", "1"), ("yes", "yes"), ("on", "on"), ("true", "true"), ("~", "null"), ("null", "null")]
)
def test_a_key_is_always_text(written: str, key: str) -> None:
    assert plain(f"{written}: x") == {key: "x"}


def test_every_value_knows_the_line_of_its_key() -> None:
    tree = parse_yaml("a:\n  b: 1\n  c:\n    - x\n    - y\n", "f.yaml")
    assert isinstance(tree.value, dict)
    a = tree.value["a"]
    assert isinstance(a.value, dict)
    items = a.value["c"].value
    assert isinstance(items, list)
    assert (a.line, a.value["b"].line, a.value["c"].line, items[1].line) == (1, 2, 3, 5)
    assert isinstance(a, Node)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: a: stands twice, first in line 1"),
        ("a:\n  x: 1\n  x: 2\n", "f.yaml:3: a.x: stands twice"),
        ("1: a\n'1': b\n", "f.yaml:2: 1: stands twice"),
        ("a: [1\n", "is not valid YAML"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: is not valid YAML: expected a single document"),
        ("a: b\x07\n", "f.yaml:1: holds a control character"),
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("a: !!python/object:os.system x\n", "the tag tag:yaml.org,2002:python/object:os.system is not used here"),
        ("a: !secret x\n", "the tag !secret is not used here"),
        ("a: &a {x: *a}\n", "an alias contains itself"),
        ("a: {x: 1}\nb: {<<: {y: 2}}\n", "merge keys (<<) are not used here"),
        ("? [a, b]\n: 1\n", "a key must be plain text"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_refused(text: str, said: str) -> None:
    with pytest.raises(BadYaml) as caught:
        parse_yaml(text, "f.yaml")
    assert said in "\n".join(map(str, caught.value.problems))


def test_a_page_of_aliases_of_aliases_does_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(BadYaml, match="unfolds to more than"):
        parse_yaml("\n".join(lines), "f.yaml")


def test_a_thousand_brackets_are_a_problem_not_a_crash() -> None:
    with pytest.raises(BadYaml, match="nested too deeply"):
        parse_yaml("a: " + "[" * 5000 + "]" * 5000, "f.yaml")


def test_an_alias_is_the_value_it_names() -> None:
    assert plain("a: &x {k: 1}\nb: *x\n") == {"a": {"k": 1}, "b": {"k": 1}}
