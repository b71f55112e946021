"""Charts of how things stood, drawn here as SVG by pygal: no script, no style of their own, readable without eyes.

What pygal puts in for browsers (scripts, styles, tooltips) is taken out again: the console's style sheet has the
colours, which follow light and dark, and beside each chart stand its figures as a table.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pygal  # type: ignore[import-untyped]  # it has no types
from markupsafe import Markup

from syncd.core.spoken import ago
from syncd.store.samples import Figure, History

# pygal leaves an import hook of the old kind behind, which Python warns of at every import that finds nothing.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

WIDTH, HEIGHT = 420, 180

DOTS = 12
"""A chart with fewer points shows each as a dot: one alone makes no line."""

_DECORATION = frozenset({"plot overlay", "plot text-overlay", "plot tooltip-overlay", "titles", "legends"})


@dataclass(frozen=True, slots=True)
class Span:
    """How far back charts look, in minutes, and in steps of how many."""

    name: str
    label: str
    minutes: int
    step: int
    clock: str


SPANS = (
    Span("hour", "last hour", 60, 1, "%H:%M"),
    Span("day", "last day", 1440, 15, "%H:%M"),
    Span("week", "last week", 10080, 120, "%d %b"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; None is a gap."""

    name: str
    values: tuple[float | None, ...]
    said: Callable[[float], str] = lambda value: f"{value:,.0f}"

    @property
    def latest(self) -> str:
        known = [value for value in self.values if value is not None]
        return self.said(known[-1]) if known else "-"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its picture, and the same in words and figures. `times` are the steps' beginnings."""

    id: str
    title: str
    about: str
    lines: tuple[Line, ...]
    times: tuple[float, ...]
    picture: Markup

    @property
    def empty(self) -> bool:
        return all(value is None for line in self.lines for value in line.values)

    def rows(self) -> Iterator[tuple[float, tuple[str, ...]]]:
        """The figures, the newest first; without gaps."""
        for index in reversed(range(len(self.times))):
            values = [(line, line.values[index]) for line in self.lines]
            if any(value is not None for _, value in values):
                yield self.times[index], tuple("" if value is None else line.said(value) for line, value in values)


def span_named(name: str) -> Span:
    return next((span for span in SPANS if span.name == name), SPANS[0])


def charts(history: History, span: Span) -> list[Chart]:
    """Backlog, lag and calls over this span."""

    def level(figure: Figure) -> tuple[float | None, ...]:
        return tuple(history.total(figure, step) if step in history.sampled else None for step in history.steps)

    def longest(step: int) -> float | None:
        waits = [history.values[Figure.OLDEST, one].get(step, 0.0) for one in history.subjects(Figure.OLDEST)]
        return max(waits, default=0.0) if step in history.sampled else None

    def mean(step: int) -> float | None:
        applied = history.total(Figure.APPLIED, step)
        return history.total(Figure.LAG, step) / applied if applied else None

    calls = [
        Line(name, tuple(
            history.values[Figure.CALLS, name].get(step, 0.0) if step in history.sampled else None
            for step in history.steps
        ))
        for name in history.subjects(Figure.CALLS)
    ]  # fmt: skip
    a_step = (
        "a minute" if span.step == 1 else f"in {span.step} minutes" if span.step < 60 else f"in {span.step // 60} hours"
    )
    return [
        _chart(history, span, "backlog", "Backlog", "Issues that are due, and issues that are parked.",
               [Line("due", level(Figure.DUE)), Line("parked", level(Figure.PARKED))]),
        _chart(history, span, "lag", "Lag", "From a change in Jira to its write, on average; and the longest wait.", [
                   Line("change to write", tuple(mean(step) for step in history.steps), ago),
                   Line("longest wait", tuple(longest(step) for step in history.steps), ago)]),
        _chart(history, span, "calls", "Calls", f"HTTP calls {a_step}, by connection.", calls),
    ]  # fmt: skip


def _chart(history: History, span: Span, id: str, title: str, about: str, lines: Sequence[Line]) -> Chart:
    times = tuple(history.at(step) for step in history.steps)
    known = [value for line in lines for value in line.values if value is not None]
    words = "; ".join(f"{line.name}: now {line.latest}, at most {_most(line)}" for line in lines)
    label = f"{title}, {span.label}. {words}. The figures are in the table below."
    picture = _drawn(times, span, lines, max(known), label) if known else Markup()
    return Chart(id, title, about, tuple(lines), times, picture)


def _drawn(times: Sequence[float], span: Span, lines: Sequence[Line], most: float, label: str) -> Markup:
    said = lines[0].said
    top = ceiling(most, time=said is ago)
    clock = [f"{datetime.fromtimestamp(at, UTC):{span.clock}}" for at in times]
    drawn = pygal.Line(
        css=[], js=[], classes=["chart"], disable_xml_declaration=True,
        width=WIDTH, height=HEIGHT, margin=4, margin_top=8, margin_right=16, show_legend=False,
        range=(0, top), y_labels=[0, top / 2, top], value_formatter=said,
        x_labels=clock, x_labels_major_every=max((len(clock) - 1) // 4, 1), show_minor_x_labels=False,
        truncate_label=-1, allow_interruptions=True, dots_size=3,
    )  # fmt: skip
    for line in lines:
        drawn.add(line.name, list(line.values))
    few = max(sum(value is not None for value in line.values) for line in lines) < DOTS
    drawn.add_xml_filter(lambda root: _plain(root, label, few))
    return Markup(drawn.render(is_unicode=True))


def ceiling(value: float, *, time: bool = False) -> float:
    """A round number that is at least this: where the scale ends."""
    if time:
        rounds = (2, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
        for round_ in rounds:
            if value <= round_:
                return float(round_)
        return math.ceil(value / 172800) * 172800.0
    if value <= 2:
        return 2.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power)


def _most(line: Line) -> str:
    known = [value for value in line.values if value is not None]
    return line.said(max(known)) if known else "not known"


def _plain(root: Any, label: str, few: bool) -> Element:
    """Without scripts, styles and what they need; one picture with one text for whoever cannot see it."""
    picture: Element = root
    for parent in list(picture.iter()):
        for child in list(parent):
            tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "comment"
            dots = few and child.get("class") == "plot overlay"
            if tag in ("defs", "title", "desc", "comment") or (child.get("class") in _DECORATION and not dots):
                parent.remove(child)
            else:
                child.attrib.pop("style", None)
    picture.attrib.pop("id", None)
    picture.set("role", "img")
    picture.set("aria-label", label)
    return picture
