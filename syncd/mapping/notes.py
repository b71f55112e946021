"""Which comments may be sent, and how they read. What Jira hides stays hidden unless asked for (law 8).

| comment                        | sent if                                                   |
|--------------------------------|-----------------------------------------------------------|
| public                         | always                                                    |
| internal                       | `internal: send`                                          |
| restricted to a role or group  | `restricted: send`                                        |
| of unknown visibility          | both: it may be either                                    |
| any, of a restricted issue     | `restricted: send`, and as above                          |
"""

from __future__ import annotations

from syncd.core.fingerprint import body_digest
from syncd.core.model import Audience, Comment, DesiredNote, Issue, Withheld
from syncd.core.policy import CommentRules
from syncd.mapping.text import clean, without_code_tags

NO_TEXT = "(no text)"
NO_AUTHOR = "Somebody"


def notes_of(rules: CommentRules, issue: Issue) -> tuple[tuple[DesiredNote, ...], tuple[Withheld, ...]]:
    """The notes to be sent, oldest first, and the comments that are not."""
    notes: list[DesiredNote] = []
    withheld: list[Withheld] = []
    if not rules.enabled:
        return (), ()
    for comment in sorted(issue.comments, key=_age):
        reason = _why_not(rules, comment.audience, issue.restricted)
        if reason:
            withheld.append(Withheld(comment.id, reason))
        else:
            notes.append(_note(comment))
    return tuple(notes), tuple(withheld)


def _why_not(rules: CommentRules, audience: Audience, restricted_issue: bool) -> str:
    if restricted_issue and not rules.restricted:
        return "restricted issue"
    match audience:
        case Audience.PUBLIC:
            return ""
        case Audience.INTERNAL:
            return "" if rules.internal else "internal"
        case Audience.RESTRICTED:
            return "" if rules.restricted else "restricted"
        case Audience.UNKNOWN:
            return "" if rules.internal and rules.restricted else "unknown visibility"


def _note(comment: Comment) -> DesiredNote:
    text = without_code_tags(clean(comment.text)).strip()
    author = clean(comment.author.name).strip() if comment.author else ""
    return DesiredNote(
        comment.id,
        body_digest(comment.body),
        author or NO_AUTHOR,
        comment.created,
        text or NO_TEXT,
        edited_ms=int(comment.updated.timestamp() * 1000) if comment.converted else None,
    )


def _age(comment: Comment) -> tuple[float, int, str]:
    """Ids grow with time: they settle the order of comments of one millisecond."""
    return comment.created.timestamp(), int(comment.id) if comment.id.isdecimal() else 0, comment.id
