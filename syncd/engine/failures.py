"""What an error means for the issue it hit, and for the rest of the round. Decides, does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.policy import Ceiling
from syncd.core.retry import delay
from syncd.errors import (
    AuthError,
    CeilingError,
    DoubtfulError,
    IssueError,
    LoopError,
    RejectedError,
    RemoteError,
    UnavailableError,
    UnreadableError,
)

BUG = "bug"
"""The cause of a failure that nobody foresaw: it is logged with its traceback and parks its issue only."""

NO_EFFECT = (AuthError, RejectedError, UnavailableError)
"""After these nothing was written, by the table of `syncd.errors`: the intent is withdrawn."""

DOUBT_SECONDS = 2.0
"""How soon the target is asked what became of a write without an answer; an answer it does have is found at once."""

DOUBTS = 3
"""How many doubts in a row are a hiccup; from then on the issue is parked, so that somebody sees it."""


AUTH_SECONDS = 30.0
"""How soon is looked whether refused credentials are good again. When they are tried is for the connection's guard to
say, so looking costs no call; and when somebody mends them, no issue sleeps on."""


class WaitError(Exception):
    """Nothing may be done about this issue for so many seconds, for a reason that is nobody's fault."""

    def __init__(self, reason: str, seconds: float) -> None:
        self.reason = reason
        self.seconds = seconds
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Parking:
    """Set the issue aside: it failed."""

    cause: str
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Give the issue back until this ceiling allows it."""

    ceiling: Ceiling
    reason: str


@dataclass(frozen=True, slots=True)
class Delay:
    """Give the issue back: it did not fail. `stops` ends the round, since the whole connection is in trouble."""

    reason: str
    seconds: float
    doubt: bool = False
    stops: bool = False


Verdict = Parking | Delay | HeldBack


def judge(error: Exception, attempts: int, issue_id: str) -> Verdict:
    """What becomes of the issue, by the table of `syncd.errors`. `attempts` counts the failures before this one."""
    again = delay(attempts + 1, issue_id)
    match error:
        case WaitError():
            return Delay(error.reason, error.seconds)
        case DoubtfulError():
            if attempts >= DOUBTS:
                return Parking("doubt", str(error), again)
            return Delay(str(error), DOUBT_SECONDS * 2.0**attempts, doubt=True)
        case AuthError():
            return Delay(str(error), min(error.retry_after or again, AUTH_SECONDS), stops=True)
        case UnavailableError():
            return Delay(str(error), error.retry_after or again, stops=True)
        case UnreadableError():
            return Parking("unreadable", str(error), again)
        case RejectedError():
            return Parking("rejected", str(error), again)
        case RemoteError():
            return Parking("remote", str(error), again)
        case CeilingError():
            return HeldBack(Ceiling(error.ceiling), str(error))
        case LoopError():
            return Parking(error.cause, str(error), error.seconds)
        case IssueError():
            return Parking(error.cause, str(error), again)
        case _:
            return Parking(BUG, f"{type(error).__name__}: {error}", again)
