"""A template: compiled once with its mapping, rendered for each issue. It can neither run away nor reach out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import lru_cache

import jinja2
from jinja2 import nodes

from syncd.core.model import Issue
from syncd.mapping.budget import MAX_OUTPUT
from syncd.mapping.grammar import MAX_SOURCE, Reads, check, reads
from syncd.mapping.paths import PathError
from syncd.mapping.sandbox import budgeted, make_sandbox, variables
from syncd.mapping.text import NoText, clean
from syncd.mapping.things import IssueView

_SANDBOX = make_sandbox()

_DATA_ERRORS = (
    jinja2.TemplateError,
    PathError,
    NoText,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    RecursionError,
)
"""What a template can raise over data that its author did not think of."""


class TemplateProblem(Exception):
    """The template does not fit this issue. Stays inside this package."""


@dataclass(frozen=True, slots=True)
class Template:
    source: str
    reads: Reads = field(compare=False)
    _compiled: jinja2.Template = field(compare=False, repr=False)

    def render(self, issue: Issue) -> str:
        """Raises TemplateProblem with a sentence."""
        pieces: list[str] = []
        length = 0
        try:
            for piece in self._compiled.generate(variables(IssueView(issue))):
                pieces.append(piece)
                length += len(piece)
                if length > MAX_OUTPUT:
                    raise TemplateProblem(f"the template makes more than {MAX_OUTPUT} characters")
        except _DATA_ERRORS as error:
            raise TemplateProblem(f"the template fails: {error}") from error
        return clean("".join(pieces))


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that is true or not: `issue.issuetype.name == "Bug"`."""

    source: str
    _template: Template

    @property
    def reads(self) -> Reads:
        return self._template.reads

    def holds(self, issue: Issue) -> bool:
        return self._template.render(issue) == "1"


@lru_cache(maxsize=1024)
def compile_template(source: str) -> Template:
    """Raises ValueError with a sentence if this is not a template, or not one that may run here."""
    return _compiled(source, _parsed(source))


@lru_cache(maxsize=1024)
def compile_condition(source: str) -> Condition:
    """Raises ValueError with a sentence."""
    if "{{" in source or "{%" in source:
        raise ValueError('is an expression without braces, e.g. issue.priority.name == "High"')
    whole = f"{{% if ({source}\n) %}}1{{% endif %}}"
    tree = _parsed(whole)
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.If) or tree.body[0].elif_ or tree.body[0].else_:
        raise ValueError("is not one expression")
    return Condition(source, _compiled(whole, tree))


def is_template(text: str) -> bool:
    """Whether a text of a status block is meant as a template."""
    return "{{" in text or "{%" in text


def _parsed(source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise ValueError(f"is longer than {MAX_SOURCE} characters")
    try:
        tree = _SANDBOX.parse(source)
        check(tree)
    except jinja2.TemplateSyntaxError as error:  # a filter or test that does not exist is one, too
        raise ValueError(f"is not a valid template: {error.message} (line {error.lineno} of it)") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return tree


def _compiled(source: str, tree: nodes.Template) -> Template:
    what = reads(tree)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)  # Python's doubts about what was made of it, e.g. 1[0]
            code = _SANDBOX.from_string(budgeted(tree))
    except (jinja2.TemplateError, SyntaxError, RecursionError) as error:  # SyntaxError: Python's own limits on nesting
        raise ValueError(f"is not a valid template: {error}") from error
    return Template(source, what, code)
