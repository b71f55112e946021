"""The Table API: lists, one record, create, update, delete (facts 1). Its subject: parameters, paging, headers."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from syncd.sandbox.servicenow import journal, writing
from syncd.sandbox.servicenow.coercion import Garbling
from syncd.sandbox.servicenow.database import Row, rank
from syncd.sandbox.servicenow.encoded_query import Query
from syncd.sandbox.servicenow.exchange import Answer, Call, answer
from syncd.sandbox.servicenow.filters import query_of
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_object
from syncd.sandbox.servicenow.problems import acl, api_acl, bad_parameter, invalid_table, no_record, query_denied
from syncd.sandbox.servicenow.rendering import Renderer, View
from syncd.sandbox.servicenow.search import ordered
from syncd.sandbox.servicenow.writing import Manner

DEFAULT_LIMIT = 10_000
_INTEGER = re.compile(r"\s*-?\d+\s*")


class TableApi:
    """The handlers of `/api/now[/v1|/v2]/table/{table}[/{sys_id}]`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def index(self, call: Call, version: str, table: str) -> Answer:
        """Matching records; rows that access rules hide are taken away after the limit (facts 1.37)."""
        self._open(table)
        if self._looks_empty(table, call):
            return answer(call, {"result": []}, 200, ("X-Total-Count", "0"))
        query = query_of(self._instance, call, table)
        rows = self._ordered(table, self._instance.search(table, query, call.user), query)
        limit, offset = self._page(call)
        page = [row for row in rows[offset : offset + limit] if self._shown(table, row, call)]
        renderer = Renderer(self._instance, table, View.of(call, _api(version)))
        result = [renderer.show(self._real(table, row), row) for row in page]
        if version == "v1" and not rows:
            raise no_record()  # facts 1.1: only v1 answers an empty list like this
        return answer(call, {"result": result}, 200, *self._list_headers(call, len(rows), limit, offset))

    def get(self, call: Call, version: str, table: str, sys_id: str) -> Answer:
        self._open(table)
        real, row = self._instance.visible(table, sys_id, call.user)
        return self._one(call, version, table, real, row, 200)

    def create(self, call: Call, version: str, table: str) -> Answer:
        self._open(table)
        sent = read_object(call, self._instance.options.max_body)
        row = writing.insert(self._instance, table, sent, call.user, self._manner(call, table))
        if not self._instance.may_see(self._real(table, row), row, call.user):
            raise acl("Insert")  # it is there all the same: only reading it back was refused (facts 1.25)
        location = f"{call.base_url}{_api(version)}/{table}/{row['sys_id']}"
        return self._one(call, version, table, self._real(table, row), row, 201).with_headers(("Location", location))

    def update(self, call: Call, version: str, table: str, sys_id: str) -> Answer:
        """PUT and PATCH alike: the named fields change (facts 1.2)."""
        self._open(table)
        sent = read_object(call, self._instance.options.max_body)
        row = writing.update(self._instance, table, sys_id, sent, call.user, self._manner(call, table))
        return self._one(call, version, table, self._real(table, row), row, 200)

    def delete(self, call: Call, version: str, table: str, sys_id: str) -> Answer:
        self._open(table)
        writing.delete(self._instance, table, sys_id, call.user)
        return Answer(204)

    def _open(self, table: str) -> None:
        if table not in self._instance.schema:
            raise invalid_table(table)
        if self._instance.schema.table(table).closed_to_web_services:
            raise api_acl()

    def _looks_empty(self, table: str, call: Call) -> bool:
        """Whether a table that the user may not read pretends to be empty; a plain refusal otherwise (facts 3.5)."""
        hidden = table == journal.TABLE and self._instance.options.journal_hidden and not call.user.is_admin
        if not hidden and self._instance.access.allows_table(call.user, self._instance.schema.lineage(table), "read"):
            return False
        if table != journal.TABLE or self._instance.options.journal_denied == "forbidden":
            raise query_denied()
        return self._instance.options.journal_denied == "empty"

    def _ordered(self, table: str, rows: list[Row], query: Query) -> list[Row]:
        if len(rows) < 2:
            return rows
        options = self._instance.options
        salt = self._instance.random.getrandbits(32) if options.unstable_order else options.seed
        return ordered(self._instance.database, table, rows, query.orders, salt)

    def _page(self, call: Call) -> tuple[int, int]:
        limit, offset = call.param("sysparm_limit"), call.param("sysparm_offset")
        wanted = int(limit) if _INTEGER.fullmatch(limit) else DEFAULT_LIMIT
        start = int(offset) if _INTEGER.fullmatch(offset) else 0
        if start < 0:
            raise bad_parameter("sysparm_offset", offset)
        return (wanted if wanted >= 0 else DEFAULT_LIMIT), start

    def _shown(self, table: str, row: Row, call: Call) -> bool:
        share = call.effects.hide_share
        if share and rank(row["sys_id"], 0) % 1000 < share * 1000:
            return False
        return self._instance.may_see(self._real(table, row), row, call.user)

    def _list_headers(self, call: Call, total: int, limit: int, offset: int) -> list[tuple[str, str]]:
        headers = []
        if not call.flag("sysparm_no_count"):
            headers.append(("X-Total-Count", str(total)))
        if total > limit > 0 and not call.flag("sysparm_suppress_pagination_header"):
            headers.append(("Link", _links(call, total, limit, offset)))
        return headers

    def _real(self, table: str, row: Row) -> str:
        """The table that a row of a hierarchy is really in."""
        name = row.get("sys_class_name", table)
        return name if name in self._instance.schema else table

    def _one(self, call: Call, version: str, table: str, real: str, row: Row, status: int) -> Answer:
        if call.header("x-no-response-body").lower() == "true" and call.method != "GET":
            return Answer(status)
        shown = Renderer(self._instance, table, View.of(call, _api(version))).show(real, row)
        return answer(call, {"result": shown}, status)

    def _manner(self, call: Call, table: str) -> Manner:
        effects, options = call.effects, self._instance.options
        garbled = effects.garble_emoji or effects.newlines
        return Manner(
            as_display=call.flag("sysparm_input_display_value"),
            keep_sent_stamps=call.flag("sysparm_suppress_auto_sys_field"),
            through=table,
            garbling=Garbling(
                effects.garble_emoji or options.emoji, effects.newlines or options.newlines, options.trim_blanks
            )
            if garbled
            else None,
            aborted_by=effects.aborted_by,
        )


def _api(version: str) -> str:
    return f"/api/now/{version}/table" if version else "/api/now/table"


def _links(call: Call, total: int, limit: int, offset: int) -> str:
    """The Link header: first, prev, next, last; prev and next only where there is one (facts 1.36)."""
    offsets = {"first": 0}
    if offset > 0:
        offsets["prev"] = max(offset - limit, 0)
    if offset + limit < total:
        offsets["next"] = offset + limit
    offsets["last"] = (total - 1) // limit * limit
    others = {n: v for n, v in call.params.items() if n not in ("sysparm_limit", "sysparm_offset")}
    start = urlencode({**others, "sysparm_limit": limit}, quote_via=quote)
    return ",".join(
        f'<{call.base_url}{call.path}?{start}&sysparm_offset={at}>;rel="{name}"' for name, at in offsets.items()
    )
