"""Every error of syncd, in one tree.

An error names the thing, the step and the way out. Foreign exceptions (requests, sqlalchemy, jira, pydantic) stop at
the module that met them and ride along as the cause. This module decides nothing and imports nothing of syncd.

The class says what the engine may do next:

| class             | had an effect?        | what happens next                                          |
|-------------------|-----------------------|------------------------------------------------------------|
| UserError         | no                    | the command stops with exit code 2 and all problems listed |
| RefusedError      | no                    | the command stops with exit code 3                         |
| IssueError        | no                    | this issue is parked, the others go on                     |
| AuthError         | no                    | the connection is closed to work until it proves itself    |
| UnavailableError  | no                    | the connection rests; the work is delayed, never dropped   |
| ThrottledError    | no                    | the same, until `retry_after`                              |
| RejectedError     | no                    | this issue is parked with the system's own words           |
| DoubtfulError     | nobody knows          | the target is asked before anything is sent again          |
| UnreadableError   | no (it was a read)    | nothing may be concluded from the answer                   |
"""

from __future__ import annotations

from collections.abc import Sequence


class SyncdError(Exception):
    """The root of all errors that syncd raises on purpose."""

    exit_code = 1


class UserError(SyncdError):
    """The settings, a mapping or a command line are wrong; `problems` lists everything at once."""

    exit_code = 2

    def __init__(self, summary: str, problems: Sequence[str] = ()) -> None:
        self.summary = summary
        self.problems = tuple(problems)
        super().__init__("\n".join([summary, *(f"  - {p}" for p in self.problems)]))


class RefusedError(SyncdError):
    """syncd declines to act because acting could do harm; the message says what would make it safe."""

    exit_code = 3


class SchemaError(RefusedError):
    """The database's schema is not the one this program was built for."""


class DatabaseError(SyncdError):
    """The database does not answer, or is not one."""


class LostClaimError(SyncdError):
    """Another process has claimed this issue or listing since; what this one was about to do must not happen."""


class RunningError(SyncdError):
    """Another process is doing just this; doing it twice at once would only cost."""


class CeilingError(SyncdError):
    """The mapping has written as much as it may for now; `ceiling` is the word for what there was enough of."""

    def __init__(self, message: str, *, ceiling: str) -> None:
        self.ceiling = ceiling
        super().__init__(message)


class IssueError(SyncdError):
    """This one issue cannot be synced as it is; `cause` is a short stable word for lists and metrics."""

    def __init__(self, message: str, *, cause: str = "mapping") -> None:
        self.cause = cause
        super().__init__(message)


class LoopError(IssueError):
    """We write to one record again and again: something writes against us. In `seconds` it may be tried once more."""

    def __init__(self, message: str, *, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(message, cause="loop")


class RemoteError(SyncdError):
    """A remote system did not do what it was asked.

    `system` is the connection's name, `step` what was being attempted in the words a person would use
    ("while adding a note to INC0010023"), `status` the HTTP status if there was one, `detail` the system's own words,
    shortened and free of secrets, `retry_after` seconds the system asked us to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        system: str,
        step: str = "",
        status: int | None = None,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.system = system
        self.step = step
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(message)

    def __str__(self) -> str:
        step = f" while {self.step}" if self.step else ""
        status = f" (HTTP {self.status})" if self.status is not None else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.system}: {self.message}{step}{status}{detail}"


class AuthError(RemoteError):
    """The credentials are missing, wrong, expired or locked. Retrying makes it worse (jira facts 7.16).

    `believed`: they were not refused, but everything is closed to them; asking again does no harm then.
    """

    def __init__(self, message: str, *, believed: bool = False, **context: object) -> None:
        self.believed = believed
        super().__init__(message, **context)  # type: ignore[arg-type]  # forwarded to RemoteError's keywords as they are


class UnavailableError(RemoteError):
    """The system cannot be reached or cannot work now, and the request had no effect."""


class ThrottledError(UnavailableError):
    """The system asked for fewer calls (429). `retry_after` is its own wish, or None if it named none."""


class RejectedError(RemoteError):
    """The system understood the request and refuses it: data policy, business rule, ACL, unknown column."""


class NotFoundError(RejectedError):
    """No such thing, or none that this user may see: the systems do not tell the two apart."""


class DoubtfulError(RemoteError):
    """A write was sent and its fate is unknown. `settles_after` is how many seconds after sending it may still land.

    `if_absent` is what it was after all, if the target, asked, does not have the effect: a 403 with its reason is no
    proof that nothing happened (servicenow facts 1.25), but once nothing is found, sending it again would only loop.
    None means that it may be sent again then.
    """

    def __init__(
        self, message: str, *, settles_after: float = 0.0, if_absent: RemoteError | None = None, **context: object
    ) -> None:
        self.settles_after = settles_after
        self.if_absent = if_absent
        super().__init__(message, **context)  # type: ignore[arg-type]  # forwarded to RemoteError's keywords as they are


class UnreadableError(RemoteError):
    """An answer came, but proves nothing: HTML, truncated JSON, hidden rows, an unreadable journal."""
