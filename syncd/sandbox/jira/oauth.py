"""OAuth 2.0 as Atlassian does it: refresh tokens that change with every use (facts 10.3), and the gateway's map."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

from syncd.sandbox.jira.model import Json
from syncd.sandbox.jira.refusals import RefusalError
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.logins import decoded

CLIENT_ID = "jira-client"
CLIENT_SECRET = "jira-client-secret"
LIFETIME = 3600


def tenant_info(site: Site, call: Call) -> Reply:
    return answer({"cloudId": site.options.cloud_id})


def token(site: Site, call: Call) -> Reply:
    """Client credentials in the body or as Basic; a rotated refresh token or 403."""
    body = _parameters(call)
    if (body.get("client_id"), body.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise RefusalError(401, body={"error": "access_denied", "error_description": "Unauthorized"})
    if body.get("grant_type") == "client_credentials":
        return answer(_granted(site))
    if body.get("grant_type") != "refresh_token":
        raise RefusalError(400, body={"error": "unsupported_grant_type", "error_description": "Unsupported grant type"})
    fresh = f"refresh-{site.random.randbytes(12).hex()}"
    if not site.refresh_tokens.use(str(body.get("refresh_token")), fresh, site.clock.now()):
        said = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
        raise RefusalError(403, body=said)
    return answer(_granted(site) | {"refresh_token": site.refresh_tokens.current})


def resources(site: Site, call: Call) -> Reply:
    token = call.headers.get("authorization", "").removeprefix("Bearer ")
    if not site.logins.is_access_token(token, site.clock.now()):
        raise RefusalError(401, body={"code": 401, "message": "Unauthorized"})
    resource = {"id": site.options.cloud_id, "url": call.site_base, "name": "sandbox", "scopes": ["read:jira-work"]}
    return answer([resource | {"avatarUrl": f"{call.site_base}/avatar.png"}])


def _parameters(call: Call) -> dict[str, Json]:
    """A form or JSON; the client may also name itself in the Authorization header."""
    if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        found: dict[str, Json] = dict(parse_qsl(call.body.decode("latin-1")))
    else:
        found = call.object()
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        name, secret = decoded(credentials)
        found = {"client_id": name, "client_secret": secret} | found
    return found


def _granted(site: Site) -> dict[str, object]:
    access = f"access-{site.random.randbytes(16).hex()}"
    site.logins.grant(access, site.people.bot, site.clock.now() + timedelta(seconds=LIFETIME))
    scope = "read:jira-work write:jira-work offline_access"
    return {"access_token": access, "expires_in": LIFETIME, "token_type": "Bearer", "scope": scope}
