"""The mapping file as pydantic sees it: which keys there are, what they hold, what excludes what. The JSON Schema of
`syncd schema mapping` comes from here. Reads no file and maps no issue.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from syncd.core.policy import CommentPolicy, ConflictPolicy, HistoryPolicy, Policy
from syncd.mapping.scalars import (
    Column,
    ConditionText,
    Jql,
    Literal_,
    LookupText,
    Name,
    PathText,
    Since,
    Steps,
    Table,
    TemplateText,
    Text,
)
from syncd.mapping.templates import is_template

NOT_YET = ("back", "attachments", "tests")
"""Keys of the language that this version does not know how to keep. Refused: a promise is not ignored silently."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SourceSpec(Strict):
    connection: Name = Field(description="A connection of type jira in the settings.")
    jql: Jql = Field(description="Which issues. Without ORDER BY.")
    since: Since | None = Field(
        default=None, description="Only issues updated at or after this day or time; now: from today on."
    )
    restricted: Literal["skip", "send"] = Field(
        default="skip", description="Whether issues with a security level are sent."
    )


class TargetSpec(Strict):
    connection: Name = Field(description="A connection of type servicenow in the settings.")
    table: Table = Field(description="The table, e.g. incident.")
    final: dict[Column, tuple[Text, ...]] = Field(
        default_factory=dict, description="Column: values with which a record is left alone, e.g. state: [7, 8]."
    )


class FieldSpec(Strict):
    """Where the value of one column comes from, and what is done to it on the way."""

    from_: PathText | None = Field(default=None, alias="from", description="A path into the issue.")
    value: Literal_ | None = Field(default=None, description="This text, always.")
    template: TemplateText | None = Field(default=None, description="A Jinja2 template over `issue`.")
    format: Literal["text", "html"] = Field(default="text", description="How a rich-text field arrives.")
    map: dict[Text, Text | None] | None = Field(
        default=None, description="Source value: column value; null leaves it alone."
    )
    default: Text | None = Field(default=None, description="For a value that is empty or not in the map.")
    transform: Steps = Field(default=(), description="Steps, in this order, after map and default.")
    lookup: LookupText | None = Field(default=None, description="The value names a row of another table.")
    required: bool = Field(default=False, description="An empty value is an error of the issue.")
    clear: bool | None = Field(
        default=None, description="Whether an empty value clears the column. Default: yes, but not with lookup."
    )
    when: ConditionText | None = Field(default=None, description="The column is left alone unless this is true.")
    conflict: ConflictPolicy | None = Field(default=None, description="Overrides the mapping's own.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [
            n for n, v in (("from", self.from_), ("value", self.value), ("template", self.template)) if v is not None
        ]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of from, value, template; it has {' and '.join(given) or 'none'}")
        return self

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        said = self.model_fields_set
        if self.value is not None and (extra := sorted(said & {"map", "default", "transform", "required", "clear"})):
            raise ValueError(f"{', '.join(extra)} has no use beside value; write the text as it shall be")
        if self.format == "html" and (self.from_ is None or self.map or self.transform or self.lookup):
            raise ValueError("format: html goes with from alone; map, transform and lookup would break the markup")
        if self.map is not None:
            _check_map(self.map)
        return self


def _check_map(entries: dict[str, Any]) -> None:
    """A value is found in any case, so two keys that differ only in case must agree."""
    seen: dict[str, str] = {}
    for key in entries:
        first = seen.setdefault(key.casefold(), key)
        if entries[first] != entries[key]:
            raise ValueError(f"the map has {first!r} and {key!r}, which differ only in case; values match in any case")
    if not entries:
        raise ValueError("the map is empty")


def _status_column(said: object) -> object:
    """`state: 6`, `close_notes: "{{ ... }}"` and the long form `{template: ..., lookup: ...}` are the same thing."""
    if isinstance(said, str) and is_template(said):
        return {"template": said}
    return {"value": said} if isinstance(said, str | int) else said


class _OrScalar:
    """Tells the JSON Schema of the short form."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "integer", "boolean"]}, handler(core)]}


StatusColumn = Annotated[FieldSpec, BeforeValidator(_status_column), _OrScalar()]
Columns = dict[Column, StatusColumn]


def _word_or_block(said: object) -> str:
    """Which of two shapes is meant, so that only the problems of that one are reported."""
    return "block" if isinstance(said, dict | BaseModel) else "word"


WordOrColumns = Annotated[
    Annotated[Literal["keep", "error"], Tag("word")] | Annotated[Columns, Tag("block")], Discriminator(_word_or_block)
]


class CategorySpec(Strict):
    new: Columns | None = None
    indeterminate: Columns | None = None
    done: Columns | None = None


class StatusSpec(Strict):
    from_: PathText = Field(default="status.name", alias="from", validate_default=True)
    map: dict[Text, Columns] = Field(default_factory=dict, description="Status to the columns it sets.")
    by_category: CategorySpec = Field(default=CategorySpec(), description="When the status is not in the map.")
    otherwise: WordOrColumns = Field(default="error", description="For any other status: keep, error, or columns.")
    conflict: ConflictPolicy | None = None

    @model_validator(mode="after")
    def _useful(self) -> Self:
        if self.map:
            _check_map({key: key for key in self.map})
        if not self.map and not self.by_category.model_fields_set and isinstance(self.otherwise, str):
            raise ValueError("sets no column; give it a map or by_category")
        return self


class CommentsSpec(Strict):
    """What happens to comments. Nothing that Jira does not show to everybody is sent unless this says so (law 8)."""

    to: Literal["work_notes", "comments"] = Field(default="work_notes", description="comments is what customers see.")
    internal: Literal["skip", "send"] = "skip"
    restricted: Literal["skip", "send"] = "skip"
    edited: CommentPolicy = CommentPolicy.NOTE
    deleted: CommentPolicy = CommentPolicy.NOTE
    history: HistoryPolicy = HistoryPolicy.EACH

    @model_validator(mode="after")
    def _no_leak(self) -> Self:
        private = [name for name in ("internal", "restricted") if getattr(self, name) == "send"]
        if self.to == "comments" and private:
            raise ValueError(
                f"{' and '.join(private)}: send would show private comments to customers, who read `comments`; "
                "send them to work_notes, or skip them"
            )
        return self


CommentsOrOff = Annotated[
    Annotated[Literal["off"], Tag("word")] | Annotated[CommentsSpec, Tag("block")], Discriminator(_word_or_block)
]


def _limit(said: object) -> object:
    if said == "off":
        return None
    if isinstance(said, bool) or not isinstance(said, int) or said < 0:
        raise ValueError(f"must be a whole number from 0 up, or off; it is {said!r}")
    return said


Limit = Annotated[
    int | None,
    BeforeValidator(_limit),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "off"}]}),
]


class CeilingsSpec(Strict):
    """How much one cycle may do before somebody looks: what lies beyond waits for the next cycle, and is said."""

    create: Limit = Field(default=200, description="Records created; off: as many as there are.")
    close: Limit = Field(default=50, description="Records brought to their end; off: as many as there are.")


CeilingsOrOff = Annotated[
    Annotated[Literal["off"], Tag("word")] | Annotated[CeilingsSpec, Tag("block")], Discriminator(_word_or_block)
]


class UsersSpec(Strict):
    file: str | None = Field(
        default=None, description="A CSV file with the columns jira and servicenow, relative to this file."
    )
    fallback: Text | None = Field(default=None, description="Stands in for people whom ServiceNow does not know.")


class FarewellSpec(Strict):
    """More than a word about a record whose issue is out of sight."""

    note: bool = Field(default=True, description="Whether one work note says so.")
    set: dict[Column, Text] = Field(default_factory=dict, description="Columns to set once, after the note.")


def _farewell(said: object) -> object:
    """`keep` and `note` are short for the two blocks that set nothing."""
    return {"note": said == "note"} if said in ("keep", "note") else said


class _OrWord:
    """Tells the JSON Schema of the short forms."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": ["keep", "note"]}, handler(core)]}


KeepOrNote = Annotated[FarewellSpec, BeforeValidator(_farewell), _OrWord()]


class LifecycleSpec(Strict):
    """What happens to the record of an issue that Jira does not show among those of the query any more."""

    leaves_query: KeepOrNote = Field(
        default=FarewellSpec(note=False), description="It does not match any more: changed, or moved away."
    )
    moved: Literal["follow", "note"] = Field(
        default="follow", description="It has a new key and still matches: follow it, with a note or without."
    )
    deleted: KeepOrNote = Field(default=FarewellSpec(), description="It was deleted, or hidden by a security level.")
    archived: KeepOrNote = Field(default=FarewellSpec(note=False), description="It or its project was archived.")
    hidden: KeepOrNote = Field(
        default=FarewellSpec(note=False), description="The integration user may not see it, or its project, any more."
    )


class MappingSpec(Strict):
    """A mapping of syncd: which Jira issues become which ServiceNow records, and how."""

    name: Name = Field(description="The identity of the mapping's links. Never change it while it has any.")
    source: SourceSpec
    target: TargetSpec
    policy: Policy = Policy.FULL
    conflict: ConflictPolicy = ConflictPolicy.SOURCE_WINS
    on_create: dict[Column, FieldSpec] = Field(default_factory=dict, description="Written once, with the record.")
    fields: dict[Column, FieldSpec] = Field(default_factory=dict, description="Kept true while the link lives.")
    status: StatusSpec | None = None
    comments: CommentsOrOff = CommentsSpec()
    lifecycle: LifecycleSpec = LifecycleSpec()
    ceilings: CeilingsOrOff = CeilingsSpec()
    users: UsersSpec = UsersSpec()

    @model_validator(mode="after")
    def _no_conflict_at_birth(self) -> Self:
        for column, spec in self.on_create.items():
            if spec.conflict:
                raise ValueError(f"on_create.{column} has `conflict`, but is written only once: take it out")
        return self

    @model_validator(mode="after")
    def _no_column_twice(self) -> Self:
        both = sorted(self.fields.keys() & status_columns(self.status))
        if both:
            raise ValueError(f"{', '.join(both)}: set by fields and by status; say it in one of them")
        return self


def status_columns(status: StatusSpec | None) -> frozenset[str]:
    """Every column that a status can set."""
    return frozenset(column for columns in _blocks(status) for column in columns)


def _blocks(status: StatusSpec | None) -> list[Columns]:
    if status is None:
        return []
    category = status.by_category
    blocks = [*status.map.values(), category.new or {}, category.indeterminate or {}, category.done or {}]
    return [*blocks, status.otherwise] if isinstance(status.otherwise, dict) else blocks


def mapping_json_schema() -> dict[str, Any]:
    """The JSON Schema of a whole mapping file, for editors and for `syncd schema mapping`."""
    schema = MappingSpec.model_json_schema(by_alias=True)
    schema["properties"]["extends"] = {"type": "string", "description": "A file to build on, relative to this one."}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
