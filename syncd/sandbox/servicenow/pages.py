"""Two plain pages, so that a person can look: the newest incidents, and one record with its journal. Read-only."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, unquote, urlsplit

from syncd.sandbox.servicenow import journal
from syncd.sandbox.servicenow.access import SYSTEM
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.display import display
from syncd.sandbox.servicenow.exchange import HTML, Answer, Call
from syncd.sandbox.servicenow.instance import Instance

_LISTED = 100
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem;color:#1d2b33}"
    "h1{font-size:1.3rem}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3e6;vertical-align:top}"
    "pre{white-space:pre-wrap;margin:0;font:inherit}nav a{margin-right:1rem}.quiet{color:#6a7a83}"
)
_TABS = ("incident", "change_request", "problem")


class Pages:
    """The HTML face of the instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def handle(self, call: Call) -> Answer | None:
        """The page of this path, None if it is none."""
        if call.method not in ("GET", "HEAD"):
            return None
        if call.path == "/":
            return self._list(call.param("table", "incident"))
        target, params = call.path.lstrip("/"), dict(call.params)
        if target == "nav_to.do":
            split = urlsplit(unquote(params.get("uri", "")))
            target, params = split.path.lstrip("/"), dict(parse_qsl(split.query))
        table = target.removesuffix(".do").removesuffix("_list")
        if not target.endswith(".do") or table not in self._instance.schema:
            return None
        return self._record(table, params["sys_id"]) if "sys_id" in params else self._list(table)

    def _list(self, table: str) -> Answer:
        if table not in self._instance.schema or not self._instance.schema.table(table).number:
            return _page("Not found", "<p>There is no such list.</p>", 404)
        rows = sorted(self._instance.database.rows(table), key=lambda r: r["sys_updated_on"], reverse=True)
        lines = "".join(self._line(table, row) for row in rows[:_LISTED])
        tabs = "".join(f'<a href="/?table={name}">{name}</a>' for name in _TABS)
        head = "<tr><th>Number</th><th>Short description</th><th>State</th><th>Priority</th><th>Updated</th></tr>"
        title = f"{self._instance.schema.table(table).label}: {len(rows)}"
        return _page(title, f"<nav>{tabs}</nav><h1>{escape(title)}</h1><table>{head}{lines}</table>")

    def _line(self, table: str, row: Row) -> str:
        link = f'<a href="/{table}.do?sys_id={row["sys_id"]}">{escape(row.get("number", row["sys_id"]))}</a>'
        shown = (self._shown(table, row, name) for name in ("short_description", "state", "priority"))
        cells = "".join(f"<td>{cell}</td>" for cell in (link, *map(escape, shown), row["sys_updated_on"]))
        return f"<tr>{cells}</tr>"

    def _record(self, table: str, sys_id: str) -> Answer:
        found = self._instance.database.find(table, sys_id)
        if found is None:
            return _page("Record not found", "<h1>Record not found</h1>", 404)
        real, row = found
        fields = "".join(
            f"<tr><th>{escape(column.label)}</th><td class=quiet>{column.name}</td>"
            f"<td><pre>{escape(self._shown(real, row, column.name))}</pre></td></tr>"
            for column in self._instance.schema.columns(real).values()
            if row.get(column.name)
        )
        notes = "".join(self._note(entry) for entry in reversed(journal.entries(self._instance.database, sys_id)))
        title = f"{row.get('number', sys_id)} {row.get('short_description', '')}"
        body = f'<nav><a href="/?table={real}">{real}</a></nav><h1>{escape(title)}</h1>'
        return _page(title, f"{body}<h2>Activity</h2><table>{notes}</table><h2>Fields</h2><table>{fields}</table>")

    def _note(self, entry: Row) -> str:
        who = journal.author(self._instance.database, entry["sys_created_by"])
        head = f"{entry['sys_created_on']}<br>{escape(who)}<br>{escape(entry['element'])}"
        return f"<tr><td class=quiet>{head}</td><td><pre>{escape(entry.get('value', ''))}</pre></td></tr>"

    def _shown(self, table: str, row: Row, name: str) -> str:
        column = self._instance.schema.columns(table)[name]
        database, choices = self._instance.database, self._instance.choices
        return display(database, choices, table, column, row.get(name, ""), SYSTEM)


def _page(title: str, body: str, status: int = 200) -> Answer:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    return Answer(status, f"{head}<style>{_STYLE}</style></head><body>{body}</body></html>".encode(), HTML)
