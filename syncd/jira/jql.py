"""JQL as text: what must be known of a user's filter to poll with it. Parses no more than that and sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from syncd.errors import UserError

ORDER = "ORDER BY updated ASC, key ASC"

_QUOTED = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
_ORDER_OR_BRACKET = re.compile(rf"(?:{_QUOTED})|(?P<order>\border\s+by\b)|[()]", re.IGNORECASE | re.DOTALL)
_BRACKET_OR_ODD = re.compile(rf"(?:{_QUOTED})|[()\"'\\]", re.DOTALL)
_TOKEN = re.compile(rf"{_QUOTED}|[(),]|!=|>=|<=|!~|[=~<>]|[^\s(),=!<>~\"']+|[!\"']", re.DOTALL)
_ENDS = frozenset({"and", "or", "order", "empty", "null"})


def without_order(jql: str) -> str:
    """The filter without its ORDER BY, since ours must be the only one; also where the filter was put in brackets."""
    kept: list[str] = []
    at = depth = 0
    ordered: int | None = None  # the depth of the ORDER BY that we are in
    for found in _ORDER_OR_BRACKET.finditer(jql):
        if ordered is None and found["order"]:
            kept.append(jql[at : found.start()].rstrip())
            ordered = depth
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if ordered is not None and depth < ordered:
            at = found.start()
            ordered = None
    return "".join([*kept, jql[at:] if ordered is None else ""]).strip()


def ordered(jql: str, since: str = "") -> str:
    """The issues of a filter, oldest change first; `since` is a clause on the time of the change.

    In brackets, since an OR in the filter would swallow the time. No upper bound: an issue touched while we page must
    come now or next time, never between (jira facts 2.11).
    """
    plain = without_order(jql)
    # An empty query is refused as unbounded on Cloud (jira facts 1.6).
    clauses = [clause for clause in (f"({plain})" if plain else "", since) if clause] or ["updated >= 0"]
    return f"{' AND '.join(clauses)} {ORDER}"


def closes(jql: str) -> bool:
    """Whether it can stand in brackets and stay there: every bracket and quote in it closes.

    A backslash beside quotes is refused, too: it would make Jira take a quote for an ordinary character.
    """
    depth = 0
    for found in _BRACKET_OR_ODD.finditer(jql):
        if found[0] in ("\\", '"', "'"):
            return False
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth < 0:
            return False
    return depth == 0


def narrowed(jql: str, by: str) -> str:
    """What both filters give. Raises UserError for one that could leave its brackets."""
    if not closes(by):
        raise UserError(
            "jql: its brackets or quotes do not close, so it could reach beyond the mapping's query; a backslash "
            "belongs into quotes"
        )
    return f"({jql}) AND ({by})"


def of_ids(ids: Sequence[str]) -> str:
    return f"id in ({', '.join(ids)})"


def projects_named(jql: str) -> tuple[str, ...]:
    """The projects that a filter names by key, name or id, in order and once each. Functions name none."""
    return tuple(dict.fromkeys(_projects([m[0] for m in _TOKEN.finditer(without_order(jql))])))


def _projects(tokens: list[str]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.lower() != "project":
            continue
        after = [t.lower() for t in tokens[at + 1 : at + 4]]
        if after[:1] in (["="], ["!="]):
            yield from _values(tokens[at + 2 : at + 4])
        elif after[:2] == ["in", "("]:
            yield from _values(tokens[at + 3 :])
        elif after[:3] == ["not", "in", "("]:
            yield from _values(tokens[at + 4 :])


def _values(tokens: list[str]) -> Iterator[str]:
    """The values that a list of tokens begins with, up to the bracket or word that ends them."""
    depth = 0
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if token in "()":
            depth += 1 if token == "(" else -1
        if depth < 0 or (depth == 0 and token.lower() in _ENDS):
            return
        if depth == 0 and following != "(" and token not in "(),":
            yield _unquoted(token)
            if following != ",":
                return


def _unquoted(token: str) -> str:
    if token[:1] in ("'", '"') and token[-1:] == token[:1] and len(token) > 1:
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token
