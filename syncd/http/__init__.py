"""The one HTTP door. Every request to Jira and ServiceNow passes through `Door.request`.

| module    | what it does                                                                                   |
|-----------|------------------------------------------------------------------------------------------------|
| `door`    | sends: one session per thread, time-outs, repeated reads, redirects, calls counted              |
| `values`  | the request, its limits, and the types of those who judge, count and bound                     |
| `failure` | what a failure without an answer means: nothing happened, or nobody knows                      |
| `skew`    | how far the other system's clock is from ours                                                  |
| `last_look` | what is asked right before a write leaves, after the wait for its turn                       |
| `answers` | bodies of answers, taken whole within bounds of size and time                                  |
| `bodies`  | bodies read while they are sent, which can be sent again                                        |
| `wishes`  | how long an answer asks us to wait                                                             |
| `words`   | other people's words made fit for a message: short, one line, no secrets                       |
| `session` | a session with credentials, certificates and a proxy                                           |
| `reach`   | connections only to addresses that may be asked, judged as they are made                       |

None of them knows what an answer means: the adapter's `judge` does.
"""

from syncd.http.bodies import FileBody
from syncd.http.door import Door, origin, outcome_word
from syncd.http.failure import BrokenOffError, never_sent
from syncd.http.last_look import last_look, looking
from syncd.http.reach import Vet
from syncd.http.session import Auth, PreparedRequest, Response, Session, new_session, vetting
from syncd.http.values import Call, Gate, Guard, Judge, Limits, Listener, Recover, Request
from syncd.http.wishes import retry_after, throttled
from syncd.http.words import is_json, redacted, shortened, why

__all__ = [
    "Auth",
    "BrokenOffError",
    "Call",
    "Door",
    "FileBody",
    "Gate",
    "Guard",
    "Judge",
    "Limits",
    "Listener",
    "PreparedRequest",
    "Recover",
    "Request",
    "Response",
    "Session",
    "Vet",
    "is_json",
    "last_look",
    "looking",
    "never_sent",
    "new_session",
    "origin",
    "outcome_word",
    "redacted",
    "retry_after",
    "shortened",
    "throttled",
    "vetting",
    "why",
]
