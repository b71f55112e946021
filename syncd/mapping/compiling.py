"""A checked MappingSpec -> a Mapping. Cannot fail: everything that could be wrong was said by the schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from syncd.core.lifecycle import Farewell, Lifecycle
from syncd.core.policy import Ceilings, CommentPolicy, CommentRules, ConflictPolicy, HistoryPolicy
from syncd.mapping.model import Destination, Fixed, FromPath, Mapping, Origin, Rule, StatusRule, ValueSource
from syncd.mapping.schema import (
    CeilingsSpec,
    Columns,
    CommentsSpec,
    FarewellSpec,
    FieldSpec,
    LifecycleSpec,
    MappingSpec,
    StatusSpec,
    status_columns,
)
from syncd.mapping.templates import compile_condition, compile_template
from syncd.mapping.users import UserMap
from syncd.mapping.valuemap import table

LANGUAGE = 1
"""Part of every digest. Raise it when the same YAML means something else than before."""

Place = Callable[..., str]
"""(steps into the YAML) -> "file:line: path"."""


def compiled(spec: MappingSpec, users: UserMap, place: Place, file: str) -> Mapping:
    return Mapping(
        name=spec.name,
        source=Origin(
            spec.source.connection, spec.source.jql, _since(spec.source.since), spec.source.restricted == "send"
        ),
        target=Destination(
            spec.target.connection,
            spec.target.table,
            {column: frozenset(values) for column, values in spec.target.final.items()},
        ),
        policy=spec.policy,
        conflict=spec.conflict,
        conflicts=_conflicts(spec),
        fields=tuple(_rule(c, f, place("fields", c)) for c, f in spec.fields.items()),
        on_create=tuple(_rule(c, f, place("on_create", c)) for c, f in spec.on_create.items()),
        status=_status(spec.status, place) if spec.status else None,
        comments=_comments(spec.comments),
        ceilings=_ceilings(spec.ceilings),
        users=users,
        digest=digest_of(spec, users),
        file=file,
        lifecycle=_lifecycle(spec.lifecycle),
    )


def digest_of(spec: MappingSpec, users: UserMap) -> str:
    """16 hex digits of all that decides what is written: not of the name, nor of where issues are looked for.

    Nor of `lifecycle`, which says nothing about an issue that is there, nor of `ceilings`, which say only when.
    """
    sent = spec.source.restricted
    written = spec.model_dump(mode="json", exclude={"name", "source", "users", "lifecycle", "ceilings"})
    people = {"known": dict(users.known), "fallback": users.fallback}
    text = json.dumps([LANGUAGE, written, people, sent], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _lifecycle(spec: LifecycleSpec) -> Lifecycle:
    return Lifecycle(
        left=_farewell(spec.leaves_query),
        archived=_farewell(spec.archived),
        deleted=_farewell(spec.deleted),
        hidden=_farewell(spec.hidden),
        tell_moves=spec.moved == "note",
    )


def _farewell(spec: FarewellSpec) -> Farewell:
    return Farewell(spec.note, dict(spec.set))


def _since(said: datetime | str | None) -> datetime | Literal["now"] | None:
    return "now" if isinstance(said, str) else said


def _conflicts(spec: MappingSpec) -> dict[str, ConflictPolicy]:
    own = {column: field.conflict for column, field in spec.fields.items() if field.conflict}
    if spec.status and spec.status.conflict:
        own |= dict.fromkeys(sorted(status_columns(spec.status)), spec.status.conflict)
    return own


def _rule(column: str, spec: FieldSpec, place: str) -> Rule:
    return Rule(
        column=column,
        place=place,
        source=_source(spec),
        map=table(spec.map.items()) if spec.map is not None else None,
        default=spec.default,
        has_default="default" in spec.model_fields_set,
        steps=spec.transform,
        lookup=spec.lookup,
        required=spec.required,
        clear=spec.clear if spec.clear is not None else spec.lookup is None,
        when=compile_condition(spec.when) if spec.when is not None else None,
    )


def _source(spec: FieldSpec) -> ValueSource:
    if spec.from_ is not None:
        return FromPath(spec.from_, html=spec.format == "html")
    if spec.template is not None:
        return compile_template(spec.template)
    return Fixed(spec.value or "")


def _status(spec: StatusSpec, place: Place) -> StatusRule:
    def block(columns: Columns, *way: str) -> tuple[Rule, ...]:
        return tuple(_rule(c, f, place("status", *way, c)) for c, f in columns.items())

    category = spec.by_category
    named = {"new": category.new, "indeterminate": category.indeterminate, "done": category.done}
    otherwise: tuple[Rule, ...] | Literal["error"] | None
    if isinstance(spec.otherwise, dict):
        otherwise = block(spec.otherwise, "otherwise")
    else:
        otherwise = None if spec.otherwise == "keep" else "error"
    return StatusRule(
        place=place("status"),
        path=spec.from_,
        blocks=table((name, block(columns, "map", name)) for name, columns in spec.map.items()),
        by_category={k: block(columns, "by_category", k) for k, columns in named.items() if columns is not None},
        otherwise=otherwise,
    )


def _ceilings(spec: CeilingsSpec | str) -> Ceilings:
    if isinstance(spec, str):  # off
        return Ceilings()
    return Ceilings(spec.create, spec.close)


def _comments(spec: CommentsSpec | str) -> CommentRules:
    if isinstance(spec, str):  # off: what was sent before is left as it is
        return CommentRules(
            edited=CommentPolicy.SKIP, deleted=CommentPolicy.SKIP, history=HistoryPolicy.NONE, enabled=False
        )
    return CommentRules(
        to=spec.to,
        internal=spec.internal == "send",
        restricted=spec.restricted == "send",
        edited=spec.edited,
        deleted=spec.deleted,
        history=spec.history,
    )
