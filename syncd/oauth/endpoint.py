"""The token endpoint: the request that asks it, and what its answers mean. Keeps no token."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.model import Json
from syncd.errors import AuthError, UnavailableError, UnreadableError
from syncd.http import Door, Judge, Request, Response, shortened

TOKEN = "oauth.token"
TOKEN_STEP = "asking for an access token"


def ask(door: Door, form: Mapping[str, str]) -> Mapping[str, Json]:
    """Send the form to the endpoint that `door` leads to. Raises AuthError if it says no."""
    # Repeated like a read. Where each use spends a refresh token, the one before serves some minutes longer for just
    # that: the answer was lost (jira facts 10.3); elsewhere asking again changes nothing (servicenow facts 7.4).
    request = Request("POST", "", TOKEN, TOKEN_STEP, True, data=form)
    try:
        body = door.request(request).json()
    except UnreadableError as error:
        # Whatever needed the token was not sent, and "unreadable" would say that its answer was.
        raise _no_token(door.connection, str(error)) from error
    if not (isinstance(body, dict) and body.get("access_token")):
        raise _no_token(door.connection, "the answer has no access_token")
    return body


def judge_tokens(connection: str, judge: Judge) -> Judge:
    """The judge of a token endpoint: its refusals have a form of their own; the rest is up to `judge`."""

    def judge_token(response: Response, request: Request) -> None:
        if response.status_code in (400, 401, 403):
            known = _object(response)
            words = [str(known[key]) for key in ("error", "error_description") if known.get(key)]
            raise AuthError(
                _refusal(request.data, str(known.get("error", ""))),
                system=connection,
                step=request.step,
                status=response.status_code,
                detail=shortened(": ".join(words)),
            )
        judge(response, request)

    return judge_token


def _refusal(form: Mapping[str, str], error: str) -> str:
    """ServiceNow says the same whatever the cause (servicenow facts 7.4); others name a refresh token that is spent."""
    if form.get("grant_type") == "refresh_token":
        if error == "invalid_grant":
            return (
                "gives no token: the refresh token is spent, expired or revoked; make a new one and set refresh_token"
            )
        return "gives no token: the client id, its secret or the refresh token is not right, or has expired"
    return "gives no token: the client id, its secret, the user, the password, the key or the grant is not right"


def _object(response: Response) -> Mapping[str, Json]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _no_token(connection: str, detail: str) -> UnavailableError:
    return UnavailableError("does not give a token now", system=connection, step=TOKEN_STEP, detail=detail)
