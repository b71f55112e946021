"""docs/mappings.md against the code: what is in one is in the other, and its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from syncd.core.policy import ConflictPolicy, Policy
from syncd.mapping import load_mappings, mapping_json_schema
from syncd.mapping.sandbox import FILTER_NAMES, TEXT_METHODS
from syncd.mapping.schema import (
    NOT_YET,
    CategorySpec,
    CeilingsSpec,
    CommentsSpec,
    FieldSpec,
    LifecycleSpec,
    MappingSpec,
    SourceSpec,
    StatusSpec,
    TargetSpec,
    UsersSpec,
)
from syncd.mapping.transforms import TRANSFORMS
from tests.mapping.build import HEAD, mapping

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under one heading, down to the next heading of any level."""
    _, found, rest = PAGE.partition(f"\n{title}\n")
    assert found, f"docs/mappings.md has no heading {title!r}"
    return re.split(r"\n#+ ", rest)[0]


def first_cells(text: str) -> set[str]:
    """The names in code marks that begin the rows of the tables: `name`, `{name: ...}`."""
    return set(re.findall(r"^\| `\{?([a-z_]+)[`:]", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("title", "model", "more"),
    [
        ("## The whole file", MappingSpec, {"extends"}),
        ("### source", SourceSpec, set()),
        ("### target", TargetSpec, set()),
        ("## Fields", FieldSpec, set()),
        ("## Status", StatusSpec, set()),
        ("## Comments", CommentsSpec, set()),
        ("## Users", UsersSpec, set()),
        ("## Lifecycle", LifecycleSpec, {"keep", "note"}),
        ("## Ceilings", CeilingsSpec, set()),
    ],
)
def test_every_key_has_its_row_and_every_row_its_key(title: str, model: type[BaseModel], more: set[str]) -> None:
    assert first_cells(section(title)) == {field.alias or name for name, field in model.model_fields.items()} | more


def test_every_transform_has_its_row_and_every_row_its_transform() -> None:
    assert first_cells(section("### Transforms")) == set(TRANSFORMS)


def test_every_policy_has_its_row() -> None:
    assert first_cells(section("### policy")) == {policy.value for policy in Policy}
    assert first_cells(section("### conflict")) == {policy.value for policy in ConflictPolicy}


def test_every_filter_and_method_is_listed_and_there_are_no_others() -> None:
    table, _, methods = section("## Templates").partition("| filters | |\n")[2].partition("\nMethods of text")
    assert set(re.findall(r"`(\w+)`", table)) == FILTER_NAMES
    assert set(re.findall(r"`(\w+)`", methods.partition("\n\n")[0])) == TEXT_METHODS


def test_every_category_and_every_key_of_a_later_version_is_named() -> None:
    assert all(f"`{name}`" in section("## Status") for name in CategorySpec.model_fields)
    assert all(f"`{name}`" in section("## The whole file") for name in NOT_YET)


EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "base.yaml" not in text]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_loads(text: str) -> None:
    assert mapping("", text) if text.startswith("name:") else mapping(text, HEAD)


def test_the_example_of_extends_loads(tmp_path: Path) -> None:
    base, own = (text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "base.yaml" in text)
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    (tmp_path / "ops.yaml").write_text(own, encoding="utf-8")
    (loaded,) = load_mappings(tmp_path)
    assert loaded.columns() == ("category", "short_description", "urgency")


def test_every_key_of_the_json_schema_is_a_key_of_the_language() -> None:
    schema = mapping_json_schema()
    assert set(schema["properties"]) == set(MappingSpec.model_fields) | {"extends"}
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"name", "source", "target"}
    assert set(schema["$defs"]["FieldSpec"]["properties"]) == {
        field.alias or name for name, field in FieldSpec.model_fields.items()
    }
