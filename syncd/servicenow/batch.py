"""Many requests in one call: the Batch API.

It saves round trips, not work: the instance handles the parts one after the other and cuts the whole off after 30
seconds (servicenow facts 5.1 to 5.7). Its own status says nothing about the parts; each is judged by itself, by the
same judge as a request of its own. Parts may come back in any order, or not at all.

| a part that was               | a read            | a write                                       |
|-------------------------------|-------------------|-----------------------------------------------|
| serviced                      | judged            | judged                                        |
| listed as unserviced, or lost | asked again once  | Doubtful: it may have been cut off half-way   |
| in a batch that broke off     | Unavailable       | Doubtful, as a single request would be        |
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from syncd.core.model import Json
from syncd.errors import DoubtfulError, RemoteError, ThrottledError, UnavailableError
from syncd.http import Request, Response
from syncd.servicenow.answer import Row, row_of
from syncd.servicenow.chunks import chunked
from syncd.servicenow.judge import BATCH
from syncd.servicenow.query import where
from syncd.servicenow.records import Records
from syncd.servicenow.table import PLAIN, table_path, with_fields

BATCH_PATH = "/api/now/v1/batch"

MAX_READS = 40
MAX_WRITES = 10
"""A write takes 1 to 3 seconds by its business rules, and the whole has 30 (servicenow facts 5.3)."""

CREATE_ROUNDS = 3

MAX_URL = 8000
"""Characters of an address; proxies refuse longer ones, and the instance answers a page (servicenow facts 1.27)."""

MAX_BYTES = 3_000_000
"""Well under the limit of 5 MB for a part and 10 MB for a request (servicenow facts 5.2, 1.26)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one part: an answer that the judge accepted, or the error of a request that was sent alone."""

    body: Json = None
    headers: Mapping[str, str] | None = None
    error: RemoteError | None = None


class Batch(Records):
    """Many requests in one call."""

    def batch(self, requests: Sequence[Request]) -> tuple[Answered, ...]:
        """Answers in the order of the requests. Reads and writes are not mixed in one call."""
        answers: dict[int, Answered] = {}
        for reads, most in ((True, MAX_READS), (False, MAX_WRITES)):
            numbered = [(number, request) for number, request in enumerate(requests) if request.reads is reads]
            for chunk in chunked(numbered, lambda part: _size(part[1]), MAX_BYTES, most):
                answers |= self._sent(dict(chunk), reads)
        return tuple(answers[number] for number in range(len(requests)))

    def create_many(
        self, table: str, rows: Sequence[Mapping[str, str]], *, fields: Sequence[str] = ()
    ) -> tuple[Row | RemoteError, ...]:
        """Create rows; each comes back as stored or as the reason why it is not there.

        What is in doubt is asked for in one call, by the `sys_id` that a row carries or is given here. Only what is
        then certainly absent is sent again.
        """
        rows = [{"sys_id": uuid.uuid4().hex, **row} for row in rows]
        wanted = ("sys_id", *fields) if fields else ()
        created: dict[str, Row | RemoteError] = {}
        missing = list(rows)
        for _ in range(CREATE_ROUNDS):
            answers = dict(
                zip((row["sys_id"] for row in missing), self.batch(_posts(table, missing, wanted)), strict=True)
            )
            doubtful = [sys_id for sys_id, answer in answers.items() if isinstance(answer.error, DoubtfulError)]
            there = {row["sys_id"]: row for row in self._present(table, doubtful, wanted)}
            created |= {sys_id: _settled(answer, there.get(sys_id)) for sys_id, answer in answers.items()}
            missing = [row for row in missing if _may_be_sent_again(created[row["sys_id"]])]
        return tuple(created[row["sys_id"]] for row in rows)

    def _listed(self, request: Request) -> tuple[Json, Mapping[str, str]]:
        """An address that is too long for what stands in front of an instance travels in the body of a batch."""
        if len(self.door.url + request.path + _query_of(request)) <= MAX_URL:
            return super()._listed(request)
        (answered,) = self.batch([request])
        if answered.error is not None:
            raise answered.error
        return answered.body, answered.headers or {}

    def _present(self, table: str, sys_ids: Sequence[str], fields: Sequence[str]) -> Iterator[Row]:
        for chunk in chunked(sys_ids, len):
            yield from self.query(table, where("sys_id").is_one_of(chunk), fields=fields, step=f"looking in {table}")

    def _sent(self, parts: Mapping[int, Request], reads: bool, again: bool = True) -> dict[int, Answered]:
        outer = Request(
            "POST",
            BATCH_PATH,
            BATCH,
            f"sending {len(parts)} requests at once",
            reads,
            json={"batch_request_id": "1", "rest_requests": [_encoded(n, part) for n, part in parts.items()]},
        )
        try:
            serviced = _serviced(self.door.request(outer).json())
        except ThrottledError:
            raise
        except (DoubtfulError, UnavailableError) as error:
            return {number: Answered(error=error) for number in parts}
        answers = {number: self._judged(part, serviced[number]) for number, part in parts.items() if number in serviced}
        lost = {number: part for number, part in parts.items() if number not in serviced}
        if lost and reads and again:
            return answers | self._sent(lost, reads, again=False)
        return answers | {number: Answered(error=self._lost(part)) for number, part in lost.items()}

    def _judged(self, part: Request, item: Mapping[str, Json]) -> Answered:
        response = _response(item)
        try:
            self.door.judge(response, part)
        except RemoteError as error:
            return Answered(error=error)
        return Answered(body=response.json() if response.content else None, headers=response.headers)

    def _lost(self, part: Request) -> RemoteError:
        message = "did not get to this part of the batch"
        if part.reads:
            return UnavailableError(message, system=self.connection, step=part.step)
        # The batch as a whole has been answered, so the part is not under way any more.
        return DoubtfulError(message, system=self.connection, step=part.step)


def _encoded(number: int, part: Request) -> dict[str, Json]:
    item: dict[str, Json] = {
        "id": str(number),
        "method": part.method,
        "url": part.path + _query_of(part),
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Accept", "value": "application/json"},
        ],
    }
    if part.json is not None:
        item["body"] = base64.b64encode(json.dumps(part.json).encode()).decode("ascii")
    return item


def _query_of(part: Request) -> str:
    return f"?{urlencode(part.params)}" if part.params else ""


def _size(part: Request) -> int:
    return len(json.dumps(_encoded(0, part)))


def _serviced(body: Json) -> dict[int, Mapping[str, Json]]:
    """The parts that were answered, by number; anything that is not one of ours is left out, and so counts as lost."""
    items = body.get("serviced_requests") if isinstance(body, dict) else None
    found: dict[int, Mapping[str, Json]] = {}
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and str(item.get("id", "")).isdecimal():
            found[int(item["id"])] = item
    return found


def _response(item: Mapping[str, Json]) -> Response:
    """The part's answer in the shape that the judge knows."""
    response = Response()
    status = item.get("status_code")
    response.status_code = status if isinstance(status, int) else 0
    for header in item.get("headers") or ():
        response.headers[str(header.get("name", ""))] = str(header.get("value", ""))
    try:
        response._content = base64.b64decode(item.get("body") or "", validate=False)
    except (binascii.Error, ValueError):
        response._content = b""
    response.headers.setdefault("Content-Type", "application/json")
    return response


def _posts(table: str, rows: Sequence[Mapping[str, str]], fields: Sequence[str]) -> list[Request]:
    params = with_fields(PLAIN, fields)
    return [
        Request(
            "POST",
            table_path(table),
            "table.create",
            f"creating {row['sys_id']} in {table}",
            False,
            params=params,
            json=dict(row),
        )
        for row in rows
    ]


def _settled(answer: Answered, found: Row | None) -> Row | RemoteError:
    if answer.error is None:
        return row_of(answer.body["result"])
    if isinstance(answer.error, DoubtfulError):
        return found or answer.error.if_absent or answer.error
    return answer.error


def _may_be_sent_again(outcome: Row | RemoteError) -> bool:
    """Asked for, not there, and nothing that could still bring it there."""
    return isinstance(outcome, DoubtfulError) and outcome.settles_after == 0
