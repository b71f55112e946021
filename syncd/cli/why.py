"""`syncd why KEY|NUMBER`: how an issue and its record stand, and why. Asks neither system, only what is known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from syncd.cli.common import AsJson, Config, print_json, say, settings_for
from syncd.core.spoken import shortened
from syncd.engine.circumstances import acts_of, standing, troubles, ways_out
from syncd.engine.health import Status
from syncd.engine.health import status as status_of
from syncd.engine.standing import DONE, waiting
from syncd.errors import UserError
from syncd.mapping import Mapping
from syncd.mapping.model import Fixed, Rule
from syncd.store import Entry, Store
from syncd.store.insight import Insight
from syncd.wiring import checked_mappings, opened_store

OUTCOMES = 20


def add_to(app: typer.Typer) -> None:
    @app.command(
        help="How an issue and its record stand and why: fields and their rules, notes, what waits, last acts."
    )
    def why(
        name: Annotated[str, typer.Argument(help="Issue key or id, record number or sys_id.")],
        config: Config = None,
        json: AsJson = False,
    ) -> None:
        settings = settings_for(config, log_level="warning")
        mappings = {mapping.name: mapping for mapping in checked_mappings(settings)}
        with opened_store(settings) as store:
            status = status_of(store, list(mappings), settings.poll_interval)
            trouble = {one: _troubles(status, one) for one in mappings}
            told = [
                _told(store, one, mappings.get(one.link.mapping), trouble.get(one.link.mapping, []))
                for one in store.insights.of(name)
            ]
        if not told:
            raise UserError(
                f"{name}: no mapping has taken it. It may have another key by now (try the issue's id), match no "
                "mapping's query, be hidden from the integration user, or not have been listed yet "
                f"(`syncd plan --issue {name}` asks Jira, `syncd sync --issue {name}` takes it now)",
                [f"{one}: takes {mapping.source.jql}" for one, mapping in mappings.items()]
                + [f"{one}: {sentence}" for one, sentences in trouble.items() for sentence in sentences],
            )
        if json:
            print_json([_document(one) for one in told])
        else:
            say("\n\n".join("\n".join(_lines(one)) for one in told))


@dataclass(frozen=True, slots=True)
class Told:
    """One link and its mapping, if there still is one.

    `standing` is how it stands and why, `trouble` what is the matter with the whole mapping.
    """

    insight: Insight
    mapping: Mapping | None
    acts: Sequence[Entry]
    standing: Sequence[str]
    trouble: Sequence[str]


def _told(store: Store, one: Insight, mapping: Mapping | None, trouble: Sequence[str]) -> Told:
    acts = acts_of(store, one, OUTCOMES)
    stands = standing(store, one, mapping, acts) or [DONE]
    return Told(one, mapping, acts, [*stands, *ways_out(one, mapping)], trouble)


def _troubles(status: Status, name: str) -> list[str]:
    """Where nothing has failed, there may be nobody who works."""
    said = troubles(status, name)
    stopped = any(cursor.stopped for cursor in status.cursors if cursor.mapping == name)
    return said if stopped else [f"{reason}; does `syncd run` run?" for reason in said]


def _lines(told: Told) -> Iterator[str]:
    one, mapping, acts, link = told.insight, told.mapping, told.acts, told.insight.link
    yield f"{link.issue_key} -> {link.record_number or '(no record yet)'}"
    yield f"  mapping   {link.mapping}" + (f" ({mapping.file})" if mapping else " (there is no such mapping any more)")
    for sentence in told.trouble:
        yield f"  trouble   of the whole mapping: {sentence}"
    for sentence in told.standing:
        yield f"  standing  {sentence}"
    if one.columns:
        yield "  fields    column: what was sent [what ServiceNow made of it] by which rule"
    rules = _rules(mapping, one.sent)
    for column, stored in one.columns.items():
        sent = one.sent.get(column, "")
        made = "" if stored == sent else f" [{'not shown' if stored is None else shortened(stored)}]"
        yield f"    {column}: {shortened(sent)}{made}  {rules.get(column, '(no rule any more)')}"
    if one.notes:
        yield "  notes     comment, version: fate"
    for note in one.notes:
        yield f"    {note.comment_id}, {note.version}: {note.state}"
    if acts:
        yield "  last acts"
    for act in acts:
        yield f"    {datetime.fromtimestamp(act.at, UTC):%Y-%m-%d %H:%M:%S} UTC  {act.result}: {_said(act)}"


def _said(act: Entry) -> str:
    return act.reason or ", ".join(act.fields)


def _rules(mapping: Mapping | None, sent: ReadOnly[str, str]) -> dict[str, str]:
    """Where each column gets its value from: file, line and key. A status sets one column in several places."""
    by_column: dict[str, list[Rule]] = {}
    for rule in mapping.rules() if mapping else ():
        by_column.setdefault(rule.column, []).append(rule)
    return {column: " or ".join(_fitting(rules, sent.get(column))) for column, rules in by_column.items()}


def _fitting(rules: Sequence[Rule], sent: str | None) -> list[str]:
    """The places of those that may have given this value: what is written there must be it, or be worked out."""
    fitting = [rule.place for rule in rules if not isinstance(rule.source, Fixed) or rule.source.text == sent]
    return fitting or [rule.place for rule in rules]


def _document(told: Told) -> dict[str, Any]:
    return {
        **asdict(told.insight),
        "waiting": waiting(told.insight),
        "standing": list(told.standing),
        "trouble": list(told.trouble),
        "rules": _rules(told.mapping, told.insight.sent),
        "outcomes": [asdict(act) for act in told.acts],
    }
