"""Two pages for people: the newest issues, and one issue with its comments. They show everything to whoever looks."""

from __future__ import annotations

from html import escape

from syncd.sandbox.jira.markup import to_html
from syncd.sandbox.jira.model import Comment, Issue, Rich
from syncd.sandbox.jira.shapes.rendered import links_of, spoken
from syncd.sandbox.jira.shapes.view import View
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, page

_SHOWN = 100
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#172b4d;margin:0;background:#f7f8f9}
header{background:#0747a6;color:#fff;padding:.7rem 2rem}header a{color:#fff;text-decoration:none;font-weight:600}
main{max-width:62rem;margin:1.5rem auto;padding:0 1.5rem}
table.list{width:100%;border-collapse:collapse;background:#fff}
table.list th,table.list td{padding:.45rem .7rem;text-align:left;border-bottom:1px solid #dfe1e6}
.card{background:#fff;border:1px solid #dfe1e6;border-radius:4px;padding:.8rem 1.2rem;margin:1rem 0}
.meta{color:#5e6c84;font-size:.9em}.lock{color:#bf2600;font-weight:600}
.status{border-radius:3px;padding:.1rem .4rem;font-size:.8em;font-weight:600;background:#dfe1e6}
.status.indeterminate{background:#deebff;color:#0747a6}.status.done{background:#e3fcef;color:#006644}
pre{overflow:auto;background:#f4f5f7;padding:.6rem}img{max-width:100%}
"""


def newest(site: Site, call: Call) -> Reply:
    view = site.view(call)
    issues = sorted(site.world.issues.values(), key=lambda issue: issue.updated, reverse=True)[:_SHOWN]
    rows = "".join(_row(issue, view) for issue in issues)
    head = "<tr><th>Key</th><th>Summary</th><th>Type</th><th>Status</th><th>Priority</th><th>Updated</th></tr>"
    note = f"<p class='meta'>{len(site.world.issues)} issues, the {len(issues)} last changed first</p>"
    return _page("Issues", f"<h1>Issues</h1>{note}<table class='list'>{head}{rows}</table>", site)


def one(site: Site, call: Call) -> Reply:
    issue = site.world.issue(call.params["issue"])
    if issue is None:
        return _page("Not found", "<h1>No such issue</h1><p>It may have been deleted.</p>", site, 404)
    view = site.view(call)
    links = links_of(issue, view)
    summary = escape(str(issue.fields.get("summary") or ""))
    facts = [
        _name(issue, "issuetype"),
        _name(issue, "priority"),
        f"reported by {_person(issue.fields.get('reporter'), view)}",
        f"assigned to {_person(issue.fields.get('assignee'), view)}",
        f"updated {spoken(issue.updated, view)}",
    ]
    description = issue.fields.get("description")
    body = to_html(description.wiki, links) if isinstance(description, Rich) else "<p class='meta'>No description.</p>"
    lock = f" <span class='lock'>security: {escape(issue.security.name)}</span>" if issue.security else ""
    comments = "".join(_comment(comment, issue, view) for comment in issue.comments)
    html = (
        f"<h1>{escape(issue.key)} {summary}</h1>"
        f"<p>{_status(issue)} <span class='meta'>{' · '.join(facts)}</span>{lock}</p>"
        f"<div class='card'>{body}</div><h2>Comments ({len(issue.comments)})</h2>{comments}"
    )
    return _page(f"{issue.key} {summary}", html, site)


def _row(issue: Issue, view: View) -> str:
    cells = (
        f"<a href='/browse/{escape(issue.key)}'>{escape(issue.key)}</a>",
        escape(str(issue.fields.get("summary") or "")),
        _name(issue, "issuetype"),
        _status(issue),
        _name(issue, "priority"),
        spoken(issue.updated, view),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _status(issue: Issue) -> str:
    return f"<span class='status {issue.status.category.key}'>{escape(issue.status.name)}</span>"


def _name(issue: Issue, field: str) -> str:
    return escape(getattr(issue.fields.get(field), "name", None) or "—")


def _person(key: str | None, view: View) -> str:
    user = view.people.get(key)
    return escape(user.display_name) if user else "nobody"


def _comment(comment: Comment, issue: Issue, view: View) -> str:
    marks = []
    if comment.internal:
        marks.append("<span class='lock'>internal note</span>")
    if comment.visibility:
        marks.append(
            f"<span class='lock'>only {escape(comment.visibility.type)} {escape(comment.visibility.value)}</span>"
        )
    edited = f", edited {spoken(comment.updated, view)}" if comment.updated != comment.created else ""
    head = f"{_person(comment.author, view)} · {spoken(comment.created, view)}{edited} {' '.join(marks)}"
    return f"<div class='card'><p class='meta'>{head}</p>{to_html(comment.body.wiki, links_of(issue, view))}</div>"


def _page(title: str, body: str, site: Site, status: int = 200) -> Reply:
    name = {"cloud": "Jira Cloud", "datacenter": "Jira Data Center"}[site.options.flavour]
    return page(
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        f"<style>{_STYLE}</style></head>"
        f"<body><header><a href='/'>{name} (sandbox)</a></header><main>{body}</main></body></html>",
        status,
    )
