"""A mapping as the rest of syncd sees it: checked, compiled, frozen. Made by compiling.py, used by mapper.py."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from syncd.core.lifecycle import Lifecycle
from syncd.core.policy import Ceilings, CommentRules, ConflictPolicy, Policy
from syncd.mapping.grammar import Reads
from syncd.mapping.lookups import Lookup
from syncd.mapping.paths import Path
from syncd.mapping.reading import ATTRIBUTES
from syncd.mapping.templates import Condition, Template
from syncd.mapping.transforms import Step
from syncd.mapping.users import UserMap
from syncd.mapping.valuemap import Table, ValueMap


@dataclass(frozen=True, slots=True)
class Origin:
    """Which issues. `since` bounds the first look: a moment in UTC, "now", or None for all.

    `restricted` says whether issues with a security level are sent at all (law 8).
    """

    connection: str
    jql: str
    since: datetime | Literal["now"] | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Which table. A record whose column has one of its `final` values is over and done with: it is left alone."""

    connection: str
    table: str
    final: ReadOnly[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FromPath:
    path: Path
    html: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    text: str


ValueSource = FromPath | Fixed | Template


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column gets its value. `place` is where the YAML says so: "mappings/ops.yaml:14: fields.urgency"."""

    column: str
    place: str
    source: ValueSource
    map: ValueMap | None = None
    default: str | None = None
    has_default: bool = False  # `default: null` is said, and means: leave the column alone
    steps: tuple[Step, ...] = ()
    lookup: Lookup | None = None
    required: bool = False
    clear: bool = True
    when: Condition | None = None

    def reads(self) -> Iterator[Path | Reads]:
        match self.source:
            case FromPath(path):
                yield path
            case Template() as template:
                yield template.reads
            case Fixed():
                pass
        if self.when:
            yield self.when.reads


@dataclass(frozen=True, slots=True)
class StatusRule:
    """Which columns a status sets. `otherwise` None: leave them alone."""

    place: str
    path: Path
    blocks: Table[tuple[Rule, ...]]
    by_category: ReadOnly[str, tuple[Rule, ...]]
    otherwise: tuple[Rule, ...] | Literal["error"] | None

    def rules(self) -> Iterator[Rule]:
        for block in (*self.blocks.exact.values(), *self.by_category.values()):
            yield from block
        if isinstance(self.otherwise, tuple):
            yield from self.otherwise

    def columns(self) -> frozenset[str]:
        """Every column that a status can set."""
        return frozenset(rule.column for rule in self.rules())


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """One mapping. `digest` changes when what is written for an unchanged issue may change, and only then.

    Two mappings are the same if they are the same object; their digests say whether they mean the same.
    """

    name: str
    source: Origin
    target: Destination
    policy: Policy
    conflict: ConflictPolicy
    conflicts: ReadOnly[str, ConflictPolicy]
    fields: tuple[Rule, ...]
    on_create: tuple[Rule, ...]
    status: StatusRule | None
    comments: CommentRules
    users: UserMap
    digest: str
    file: str = ""
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    ceilings: Ceilings = field(default_factory=Ceilings)
    _reads: Reads = field(init=False, repr=False, compare=False)
    _paths: tuple[Path, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = [read for rule in self.rules() for read in rule.reads()]
        paths = {read for read in found if isinstance(read, Path)}
        if self.status:
            paths.add(self.status.path)
            if self.status.by_category or self.ceilings.close is not None:
                paths.add(CATEGORY)
        total = Reads()
        for read in found:
            total = total if isinstance(read, Path) else total | read
        object.__setattr__(self, "_paths", tuple(sorted(paths, key=str)))
        object.__setattr__(self, "_reads", total)

    def rules(self) -> Iterator[Rule]:
        """Every rule of every column."""
        yield from self.fields
        yield from self.on_create
        if self.status:
            yield from self.status.rules()

    def columns(self) -> tuple[str, ...]:
        """Every column of the target that this mapping may write or must read; not the journal that comments go to."""
        ruled = {rule.column for rule in self.rules()}
        return tuple(sorted(ruled | set(self.target.final) | self.lifecycle.columns()))

    def conflict_for(self, column: str) -> ConflictPolicy:
        return self.conflicts.get(column, self.conflict)

    def paths(self) -> tuple[Path, ...]:
        """What `from:` reads."""
        return self._paths

    def template_reads(self) -> Reads:
        """What the templates read."""
        return self._reads

    def fields_needed(self) -> tuple[str, ...]:
        """The Jira fields to ask for, by id or by name; () means all, because a template decides as it runs.

        `security` is always among them: without it nobody can tell a restricted issue from an open one.
        """
        if self._reads.everything:
            return ()
        roots = {path.root for path in self._paths if path.quoted or path.root not in ATTRIBUTES}
        return tuple(sorted(roots | self._reads.fields | {"security"}))


CATEGORY = Path("status", ("statusCategory", "key"))
"""Where the category of an issue's status stands: its keys are the same in every language (jira facts 5.1)."""
