"""The Table API: rows in, rows out, for any table. Knows no incident and no Jira.

Raw values always (`sysparm_display_value=false`), references as plain sys_ids, and never a `link` or `Location`
followed: those carry the instance's own idea of its address (servicenow facts 1.28 to 1.31).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.core.model import Json
from syncd.errors import DoubtfulError, UnreadableError
from syncd.http import Door, Request
from syncd.servicenow.answer import Row, date_of, row_in, row_of, rows_in
from syncd.servicenow.query import EVERYTHING, Query, checked_column, checked_name, where

PAGE_SIZE = 500
"""Rows per page; 500 to 2,000 are advised (servicenow facts 5.14)."""

SMALLEST_PAGE = 10

PLAIN: Mapping[str, str] = {"sysparm_display_value": "false", "sysparm_exclude_reference_link": "true"}

SHOWN: Mapping[str, str] = {"sysparm_display_value": "true", "sysparm_exclude_reference_link": "true"}
"""In the language, zone and format of the calling user: for people and journals only (servicenow facts 1.30)."""

TABLE = "/api/now/table"


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer to a list query: the rows that this user may see, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
    """Rows that match, hidden ones included (servicenow facts 1.36, 1.37)."""
    at: datetime | None = None
    """When it was answered, on the server's clock."""


class TableApi:
    """The Table API over one door. Threads may share it."""

    def __init__(self, door: Door) -> None:
        self.door = door

    @property
    def connection(self) -> str:
        return self.door.connection

    def query(
        self,
        table: str,
        query: Query = EVERYTHING,
        *,
        fields: Sequence[str] = (),
        page_size: int = PAGE_SIZE,
        step: str = "",
    ) -> Iterator[Row]:
        """Every visible row, lazily, in the order of sys_id; each row that exists throughout comes exactly once.

        Pages by key, so that rows created or deleted meanwhile shift nothing. A page that is short, or empty, because
        its rows are hidden does not end the listing: the total does (servicenow facts 1.37 to 1.40).
        """
        last, offset = "", 0
        while True:
            rest = query & where("sys_id").after(last) if last else query
            try:
                page = self.page(table, rest, fields=fields, limit=page_size, offset=offset, step=step)
            except UnreadableError as error:
                if "cancelled" not in error.detail or page_size <= SMALLEST_PAGE:
                    raise
                page_size = max(page_size // 4, SMALLEST_PAGE)  # more than the instance can list in its minute (6.9)
                continue
            for row in page.rows:
                last = self._next_key(table, last, row, step)
                yield row
            if offset + page_size >= page.total:
                return
            # A page whose rows are all hidden gives no key to go on from. Half a page is overlapped, so that rows
            # deleted meanwhile cannot pull a visible one past us.
            offset = 0 if page.rows else offset + max(1, page_size // 2)

    def listing(
        self, table: str, query: Query, *, fields: Sequence[str], page_size: int = PAGE_SIZE, step: str = ""
    ) -> Listing:
        """All rows of a narrow query at once, or as many as come before the first sign of hidden ones.

        Fewer rows than the total: some are hidden from this user, and nothing may be concluded from what is missing.
        """
        first = page = self.page(table, query, fields=fields, limit=page_size, step=step)
        rows = list(page.rows)
        while len(page.rows) == page_size < page.total:
            after = query & where("sys_id").after(rows[-1]["sys_id"])
            page = self.page(table, after, fields=fields, limit=page_size, step=step)
            rows += page.rows
        return Listing(tuple(rows), first.total, first.at)

    def page(
        self,
        table: str,
        query: Query = EVERYTHING,
        *,
        fields: Sequence[str] = (),
        limit: int = PAGE_SIZE,
        offset: int = 0,
        order: str = "ORDERBYsys_id",
        display: bool = False,
        checked: bool = True,
        path: str = "",
        step: str = "",
    ) -> Listing:
        """One page. Raises UnreadableError if a row does not meet the query: the instance ignored a condition.

        `checked=False` leaves that to the caller. `display` asks for values as a person sees them. `path` is for lists
        that have an address of their own.
        """
        if not isinstance(query, Query):  # text would be sent as it is, with whatever somebody put into it
            raise TypeError(f'a query is made of conditions, like where("state").is_("2"), not of {query!r}')
        params: dict[str, Any] = {
            **(SHOWN if display else PLAIN),
            "sysparm_limit": limit,
            "sysparm_query": joined(str(query), order),
        }
        if offset:
            params["sysparm_offset"] = offset
        step = step or f"reading {table}"
        if fields:
            fields, to_check = ("sys_id", *fields, *query.columns), query
        else:
            to_check = query.without_dot_walks()
        body, headers = self._listed(
            Request("GET", path or table_path(table), "table.list", step, True, params=with_fields(params, fields))
        )
        rows = tuple(row_of(row) for row in rows_in(body))
        for row in rows:
            if not row.get("sys_id"):
                raise self._unreadable(f"shows rows of {table} without their sys_id", step)
            if checked and not to_check.met_by(row):
                raise self._unreadable(
                    "ignored a condition of the query, so the answer is about other rows: a column in it does not "
                    f"exist in {table}, or this user may not read it",
                    step,
                    str(query)[:200],
                )
        return Listing(rows, self._total(headers, step), date_of(headers))

    def get(self, table: str, sys_id: str, *, fields: Sequence[str] = (), display: bool = False, step: str = "") -> Row:
        """One row; raises NotFoundError if it does not exist or is hidden."""
        response = self.door.request(
            Request(
                "GET",
                table_path(table, sys_id),
                "table.get",
                step or f"reading {table} {sys_id}",
                True,
                params=with_fields(SHOWN if display else PLAIN, fields),
            )
        )
        return row_of(row_in(response.json()))

    def create(self, table: str, values: Mapping[str, str], *, fields: Sequence[str] = (), step: str = "") -> Row:
        """Create one row; the answer says what was stored. Sent once."""
        request = Request(
            "POST",
            table_path(table),
            "table.create",
            step or f"creating a row of {table}",
            False,
            params=with_fields(PLAIN, ("sys_id", *fields) if fields else ()),
            json=dict(values),
        )
        row = row_of(row_in(self.door.request(request).json()))
        if not row.get("sys_id"):
            raise self._doubtful("confirmed the new row without saying its sys_id", request)
        return row

    def update(
        self, table: str, sys_id: str, values: Mapping[str, str], *, fields: Sequence[str] = (), step: str = ""
    ) -> Row:
        """Write these columns of one row and no others; the answer says what was stored. Sent once."""
        request = Request(
            "PATCH",
            table_path(table, sys_id),
            "table.update",
            step or f"updating {table} {sys_id}",
            False,
            params=with_fields(PLAIN, ("sys_id", *fields) if fields else ()),
            json=dict(values),
        )
        row = row_of(row_in(self.door.request(request).json()))
        if row.get("sys_id", sys_id) != sys_id:
            raise self._doubtful(f"confirmed another row than asked for: {row['sys_id'][:40]}", request)
        return {"sys_id": sys_id, **row}

    def delete(self, table: str, sys_id: str, *, step: str = "") -> None:
        """Delete one row. Sent once."""
        self.door.request(
            Request("DELETE", table_path(table, sys_id), "table.delete", step or f"deleting {table} {sys_id}", False)
        )

    def count(self, table: str, query: Query = EVERYTHING, *, step: str = "") -> int:
        """How many rows match, hidden ones included."""
        return self.page(table, query, fields=("sys_id",), limit=1, step=step or f"counting {table}").total

    def _listed(self, request: Request) -> tuple[Json, Mapping[str, str]]:
        """The body and the headers of one page."""
        response = self.door.request(request)
        return response.json(), response.headers

    def _next_key(self, table: str, last: str, row: Row, step: str) -> str:
        key = row["sys_id"]
        if key.lower() <= last.lower():
            raise self._unreadable(f"does not list {table} in the order of sys_id, so rows could be missed", step)
        return key

    def _total(self, headers: Mapping[str, str], step: str) -> int:
        raw = headers.get("X-Total-Count", "")
        if not raw.isdecimal():
            raise self._unreadable("does not say how many rows there are (X-Total-Count), so some may be hidden", step)
        return int(raw)

    def _unreadable(self, message: str, step: str, detail: str = "") -> UnreadableError:
        return UnreadableError(message, system=self.connection, step=step, detail=detail)

    def _doubtful(self, message: str, request: Request) -> DoubtfulError:
        return DoubtfulError(message, system=self.connection, step=request.step)


def table_path(table: str, sys_id: str = "") -> str:
    """The path of a table or of one row in it."""
    path = f"{TABLE}/{checked_name(table)}"
    return f"{path}/{checked_name(sys_id)}" if sys_id else path


def with_fields(params: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """`params` asking for these columns only; none means all."""
    if not fields:
        return dict(params)
    return {**params, "sysparm_fields": ",".join(dict.fromkeys(map(checked_column, fields)))}


def joined(*terms: str) -> str:
    """Terms of an encoded query, joined by AND."""
    return "^".join(term for term in terms if term)
