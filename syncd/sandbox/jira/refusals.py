"""How Jira says no. Each function is one sentence of Jira's own, so a handler reads as what it refuses."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import Flavour, Json


class RefusalError(Exception):
    """Ends the handling of a request; the door turns it into the answer."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        body: Json = None,
        html: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.body: Json = body if body is not None else {"errorMessages": list(messages), "errors": self.errors}
        self.html = html
        self.headers = dict(headers or {})
        super().__init__(f"{status} {'; '.join(messages) or self.errors}")


def bad(*messages: str, **errors: str) -> RefusalError:
    return RefusalError(400, *messages, errors=errors)


def no_issue(flavour: Flavour) -> RefusalError:
    """Deleted, hidden, asked anonymously: Cloud does not tell them apart (facts 4.4)."""
    if flavour is Flavour.CLOUD:
        return RefusalError(404, "Issue does not exist or you do not have permission to see it.")
    return RefusalError(404, "Issue Does Not Exist")


def no_comment(comment_id: str) -> RefusalError:
    return RefusalError(404, f"Can not find a comment for the id: {comment_id}.")


def no_project(key: str) -> RefusalError:
    return RefusalError(404, f"No project could be found with key '{key}'.")


def no_permission(what: str) -> RefusalError:
    return RefusalError(403, f"You do not have the permission to {what}.")


def not_on_screen(field: str) -> str:
    return f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."


def must_log_in(flavour: Flavour) -> RefusalError:
    if flavour is Flavour.CLOUD:
        body = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
        return RefusalError(401, body=body)
    return RefusalError(401, "You are not authenticated. Authentication required to perform this operation.")
