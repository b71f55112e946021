"""How the tests talk to a sandbox: as the integration user, over real HTTP, one session a test."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import requests

from syncd.sandbox.jira import JiraSandbox
from syncd.sandbox.serve import Server

CREDENTIALS = {"cloud": ("bot@example.com", "jira-token"), "datacenter": ("svc_syncd", "jira-password")}


def adf(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


class Talk:
    """A running sandbox and a client of it. `get("issue/OPS-1")` is relative to `/rest/api/2`; a leading / is not."""

    def __init__(self, sandbox: JiraSandbox) -> None:
        self.sandbox = sandbox
        self.server = Server(sandbox.app)
        self.session = requests.Session()
        self.begin_again()

    def begin_again(self) -> None:
        """The first day of the site, and a client with the right credentials."""
        self.sandbox.reset()
        self.session.headers.pop("Authorization", None)
        self.session.auth = CREDENTIALS[self.sandbox.options.flavour]

    @property
    def act(self) -> Any:
        return self.sandbox.act

    @property
    def cloud(self) -> bool:
        return self.sandbox.options.flavour == "cloud"

    def url(self, path: str, version: int = 2) -> str:
        return self.server.url + (path if path.startswith("/") else f"/rest/api/{version}/{path}")

    def send(self, method: str, path: str, *, version: int = 2, **details: Any) -> requests.Response:
        details.setdefault("allow_redirects", False)
        details.setdefault("timeout", 10)
        return self.session.request(method, self.url(path, version), **details)

    def get(self, path: str, *, version: int = 2, **params: Any) -> requests.Response:
        return self.send("GET", path, version=version, params=params)

    def post(self, path: str, body: Any, *, version: int = 2, **params: Any) -> requests.Response:
        return self.send("POST", path, version=version, json=body, params=params)

    def put(self, path: str, body: Any, *, version: int = 2, **params: Any) -> requests.Response:
        return self.send("PUT", path, version=version, json=body, params=params)

    def delete(self, path: str, **params: Any) -> requests.Response:
        return self.send("DELETE", path, params=params)

    def issue(self, key: str, *, version: int = 2, **params: Any) -> dict[str, Any]:
        answer = self.get(f"issue/{key}", version=version, **params)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def find(self, jql: str, **more: Any) -> requests.Response:
        """One page of a search, in the flavour's own way."""
        if self.cloud:
            return self.post("search/jql", {"jql": jql, "fields": ["summary", "updated"], **more})
        return self.post("search", {"jql": jql, "fields": ["summary", "updated"], **more})

    def keys(self, jql: str, **more: Any) -> list[str]:
        answer = self.find(jql, **more)
        assert answer.status_code == 200, answer.text
        return [issue["key"] for issue in answer.json()["issues"]]

    def __enter__(self) -> Talk:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        self.server.stop()
