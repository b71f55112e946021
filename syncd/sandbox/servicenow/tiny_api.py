"""Short URLs for long queries: `POST /api/now/tinyurl` (facts 1.27)."""

from __future__ import annotations

from urllib.parse import urlsplit

from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_object
from syncd.sandbox.servicenow.problems import Problem


class TinyApi:
    """Remembers a URL's query under a short name; `sysparm_tiny` brings it back."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def shorten(self, call: Call, version: str) -> Answer:
        url = str(read_object(call, self._instance.options.max_body).get("url", ""))
        split = urlsplit(url)
        if not split.path:
            raise Problem(400, "Missing url", None)
        name = self._instance.new_id()
        self._instance.tiny[name] = split.query
        return answer(call, {"result": f"{split.path.rpartition('/')[2]}?sysparm_tiny={name}"})
