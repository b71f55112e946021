"""The fingerprint of an issue as one mapping sees it: the source values that this mapping reads, and nothing else."""

from __future__ import annotations

from syncd.core.fingerprint import VOLATILE, fingerprint
from syncd.core.model import Issue, Json
from syncd.mapping.model import Mapping
from syncd.mapping.paths import Path
from syncd.mapping.reading import source_value

_NOT_CONTENT = frozenset({"updated", "lastViewed", "comment", "worklog", "watches", "votes"})
"""What moves without the issue meaning anything else; left out when a template's needs cannot be told beforehand."""


def fingerprint_of(mapping: Mapping, issue: Issue) -> str:
    """Equal for two looks at an issue that must lead to the same record and notes, different otherwise."""
    reads = mapping.template_reads()
    values: dict[str, Json] = {f"from {path}": source_value(issue, path) for path in mapping.paths()}
    values |= {f"issue.{name}": getattr(issue, name) for name in reads.attributes}
    if reads.everything:
        values |= {f"field {name}": value for name, value in issue.fields.items() if name not in _NOT_CONTENT}
        values |= {"issue.key": issue.key, "issue.url": issue.url}
    else:
        values |= {f"field {name}": source_value(issue, Path(name, quoted=True)) for name in reads.fields}
    mentioned = reads.words | {step for path in mapping.paths() for step in (path.root, *path.rest)}
    return fingerprint(
        values,
        issue.comments if mapping.comments.enabled else (),
        restricted=issue.restricted,
        digest=mapping.digest,
        keep=VOLATILE & mentioned,
    )
