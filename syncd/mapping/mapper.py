"""mapping + issue -> Desired. Pure. Says everything that is wrong with an issue at once; calls nobody."""

from __future__ import annotations

from syncd.core.model import Desired, Issue, Value
from syncd.errors import IssueError
from syncd.mapping.model import CATEGORY, Mapping, Rule, StatusRule
from syncd.mapping.notes import notes_of
from syncd.mapping.paths import PathError
from syncd.mapping.reading import read
from syncd.mapping.rules import Evaluation, RuleProblem, value_of
from syncd.mapping.text import NoText
from syncd.mapping.valuemap import Unmapped


def desired_for(mapping: Mapping, issue: Issue) -> Desired:
    """What `mapping` wants of the record of `issue`. Raises IssueError, and nothing else, with every problem in it."""
    work = _Work(mapping, issue)
    fields = work.evaluate(mapping.fields)
    if mapping.status:
        fields |= work.evaluate(work.status_rules(mapping.status))
    on_create = work.evaluate(mapping.on_create)
    if work.problems:
        raise IssueError("; ".join([f"{issue.key} cannot be mapped: {work.problems[0]}", *work.problems[1:]]))
    notes, withheld = notes_of(mapping.comments, issue)
    return Desired(
        fields=fields,
        # What is kept true is true from the start; on_create fills what that leaves open, and clears nothing.
        on_create={column: value for column, value in on_create.items() if column not in fields and value != ""},
        notes=notes,
        withheld=withheld,
        warnings=tuple(work.warnings),
    )


class _Work:
    """One issue being mapped: what is found on the way is collected, so that one problem does not hide the next."""

    def __init__(self, mapping: Mapping, issue: Issue) -> None:
        self.mapping = mapping
        self.issue = issue
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def evaluate(self, rules: tuple[Rule, ...]) -> dict[str, Value]:
        """The columns that have a value; a column that shall be left alone is not among them."""
        values: dict[str, Value] = {}
        for rule in rules:
            try:
                result = value_of(rule, self.issue, self.mapping.users)
            except RuleProblem as problem:
                self.problems.append(f"{rule.place}: {problem}")
                continue
            self._collect(rule, result, values)
        return values

    def _collect(self, rule: Rule, result: Evaluation, values: dict[str, Value]) -> None:
        if result.warning:
            self.warnings.append(f"{rule.column}: {result.warning}")
        if result.value is not None:
            values[rule.column] = result.value

    def status_rules(self, status: StatusRule) -> tuple[Rule, ...]:
        """The rules of the block that fits: by name, else by category, else what `otherwise` says."""
        try:
            return status.blocks.get(read(self.issue, status.path))
        except Unmapped as unmapped:
            shown = unmapped.shown
        except (PathError, NoText) as error:
            self.problems.append(f"{status.place}.from: {status.path} {error}")
            return ()
        except RecursionError:
            self.problems.append(f"{status.place}.from: {status.path} is nested too deeply")
            return ()
        category = self._category()
        if category in status.by_category:
            return status.by_category[category]
        if status.otherwise == "error":
            known = f" and by_category has no {category}" if status.by_category and category else ""
            self.problems.append(
                f"{status.place}: {status.path} is {shown}, which the map does not have{known}; "
                "add it to map or by_category, or say `otherwise: keep`"
            )
            return ()
        return status.otherwise or ()

    def _category(self) -> str:
        try:
            category = read(self.issue, CATEGORY)
        except PathError:
            return ""
        return category if isinstance(category, str) else ""
