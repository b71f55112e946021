"""What a mapping can read of an issue: key, id, url, and every field by id or by name, in paths and in templates."""

from __future__ import annotations

from syncd.core.model import Issue, Json
from syncd.mapping.paths import Path, PathError, follow

ATTRIBUTES = ("key", "id", "url")
"""What an issue has beside its fields."""


def field_id(issue: Issue, name: str) -> str | None:
    """The id of the field called `name`: by id, by name, by name in any case. None if the issue has none such.

    Names are neither unique nor stable in Jira (jira facts 5.8): two fields of one name are an error, never a guess.
    """
    if name in issue.fields:
        return name
    exact = [i for i, n in issue.names.items() if n == name]
    found = exact or [i for i, n in issue.names.items() if n.casefold() == name.casefold()]
    if len(found) > 1:
        raise PathError(f"names {len(found)} fields ({', '.join(sorted(found))}); use the id of the one you mean")
    return found[0] if found else None


def field_value(issue: Issue, name: str) -> Json:
    """The source value of a field. A field that the issue does not have is as empty as one that is null."""
    found = field_id(issue, name)
    return None if found is None else issue.fields.get(found)


def shown_value(issue: Issue, name: str) -> Json:
    """The value of a field as a person reads it: rich text as plain text, anything else as it is."""
    found = field_id(issue, name)
    if found is None:
        return None
    return issue.texts[found] if found in issue.texts else issue.fields.get(found)


def read(issue: Issue, path: Path, *, html: bool = False) -> Json:
    """What `path` finds. With `html`, a rich-text field gives its HTML."""
    if not path.quoted and path.root in ATTRIBUTES:
        return follow(str(getattr(issue, path.root)), path.rest)
    if html:
        found = field_id(issue, path.root)
        if found is not None and found in issue.html:
            return issue.html[found]
    return follow(shown_value(issue, path.root), path.rest)


def source_value(issue: Issue, path: Path) -> Json:
    """What `path` finds in the source itself, for the fingerprint. What cannot be followed counts whole."""
    if not path.quoted and path.root in ATTRIBUTES:
        return str(getattr(issue, path.root))
    try:
        whole = field_value(issue, path.root)
    except PathError:  # two fields of that name: any change of either may settle it
        return {i: issue.fields.get(i) for i, n in issue.names.items() if n.casefold() == path.root.casefold()}
    try:
        return follow(whole, path.rest)
    except (PathError, RecursionError):
        return whole
