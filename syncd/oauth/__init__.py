"""OAuth 2.0 for whichever system: tokens that are fetched, kept and renewed. Knows neither Jira nor ServiceNow.

| module     | what it does                                                              |
|------------|---------------------------------------------------------------------------|
| `bearer`   | puts a token on each request; fetches and renews it, one for all          |
| `grants`   | the ways to ask for a token                                               |
| `tokens`   | one token: how long it serves, and how processes share it                 |
| `endpoint` | the request to the token endpoint, and what its answer means              |
"""

from syncd.oauth.bearer import OAuth
from syncd.oauth.endpoint import TOKEN, TOKEN_STEP, judge_tokens
from syncd.oauth.grants import ClientCredentialsGrant, Grant, JwtGrant, PasswordGrant, RefreshTokenGrant
from syncd.oauth.tokens import Slot

__all__ = [
    "TOKEN",
    "TOKEN_STEP",
    "ClientCredentialsGrant",
    "Grant",
    "JwtGrant",
    "OAuth",
    "PasswordGrant",
    "RefreshTokenGrant",
    "Slot",
    "judge_tokens",
]
