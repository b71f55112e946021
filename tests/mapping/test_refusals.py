"""What a mapping may not say, and the sentence that it gets for it. Line 4 is the first line of each text."""

from __future__ import annotations

import pytest

from tests.mapping.build import HEAD, problems

FIELDS = {
    "no source of the value": ("{}", "needs exactly one of from, value, template; it has none"),
    "two sources": ("{from: a, value: b}", "needs exactly one of from, value, template; it has from and value"),
    "a field that is only text": ("summary", "must be a set of keys with values, not summary"),
    "a template as value": ('{value: "{{ issue.key }}"}', "say `template:` instead of `value:`"),
    "a map beside value": ("{value: x, map: {a: b}}", "map has no use beside value"),
    "a key of the map twice in another case": ("{from: a, map: {Hi: 1, hi: 2}}", "which differ only in case"),
    "an empty map": ("{from: a, map: {}}", "the map is empty"),
    "a path with two dots": ("{from: a..b}", "'a..b' is not a path"),
    "an unknown transform": ("{from: a, transform: [shout]}", "step 1: there is no transform 'shout'; there are date,"),
    "an argument too much": ("{from: a, transform: [{upper: 1}]}", "step 1: upper takes no argument"),
    "an argument too little": ("{from: a, transform: [strip, truncate]}", "step 2: truncate needs an argument"),
    "a length that is none": ("{from: a, transform: {truncate: 0}}", "truncate needs a whole number of at least 1"),
    "a length in words": ("{from: a, transform: {truncate: many}}", "truncate needs a whole number"),
    "half a replacement": ('{from: a, transform: {replace: ["x"]}}', "replace needs the old and the new text"),
    "html that would be cut": ("{from: a, format: html, transform: {truncate: 9}}", "would break the markup"),
    "html of a template": ("{template: x, format: html}", "format: html goes with from alone"),
    "an unknown format": ("{from: a, format: markdown}", "must be text or html, not markdown"),
    "an unknown lookup": ("{from: a, lookup: person}", "is user, group, or {table: ..., column: ...}"),
    "a lookup without its column": ("{from: a, lookup: {table: cmn_location}}", "is user, group, or"),
    "an unknown policy for conflicts": (
        "{from: a, conflict: win}",
        "must be source_wins, target_wins or hold, not win",
    ),
    "a condition in braces": ('{from: a, when: "{{ issue.x }}"}', "is an expression without braces"),
    "a condition that is none": ('{from: a, when: "issue.x ="}', "is not a valid template"),
    "a template that does not end": ('{template: "{{ issue.key"}', "is not a valid template"),
    "a word that is no truth value": ("{from: a, required: maybe}", "must be true or false, not maybe"),
    "a misspelt key": ("{from: a, requird: true}", "there is no such key; did you mean required?"),
    "the rest of a text with a comma": ("{value: a, b}", "a text with a comma inside { } needs quotes"),
    "a key of nowhere": ("{from: a, zzz: 1}", "there is no such key; there are from, value, template"),
}


@pytest.mark.parametrize(("spec", "said"), FIELDS.values(), ids=FIELDS)
def test_a_field(spec: str, said: str) -> None:
    (problem,) = problems(f"fields:\n  u_x: {spec}")
    assert problem.startswith("5: fields.u_x")
    assert said in problem


COLUMNS = {
    "short_Description": "is the name in lower case",
    "caller_id.email": "is not the name of a column",
    "work_notes": "is a journal",
    "comments": "comments go there through `comments:`",
    "sys_id": "is written by ServiceNow or by syncd itself",
    "correlation_id": "is written by ServiceNow or by syncd itself",
}


@pytest.mark.parametrize("block", ["fields", "on_create"])
@pytest.mark.parametrize(("column", "said"), COLUMNS.items())
def test_a_column_that_may_not_be_written(block: str, column: str, said: str) -> None:
    (problem,) = problems(f"{block}:\n  {column}: {{value: x}}")
    assert problem.startswith(f"5: {block}.{column}")
    assert said in problem


def test_a_status_may_not_write_a_journal_either() -> None:
    (problem,) = problems("status:\n  map:\n    Done:\n      work_notes: closed\n")
    assert problem.startswith("7: status.map.Done.work_notes: is a journal")


BLOCKS = {
    "status without a column": ("status: {otherwise: keep}", "4: status: sets no column; give it a map or by_category"),
    "an unknown category": (
        "status: {by_category: {finished: {state: 6}}}",
        "4: status.by_category.finished: there is no such key; there are new, indeterminate, done",
    ),
    "an unknown word": (
        "status: {map: {Done: {state: 6}}, otherwise: ignore}",
        "4: status.otherwise: must be keep or error, not ignore",
    ),
    "a block that is wrong": (
        "status: {map: {Done: {state: 6}}, otherwise: {state: {}}}",
        "4: status.otherwise.state: needs exactly one of from, value, template; it has none",
    ),
    "statuses that differ in case only": (
        "status: {map: {Done: {state: 6}, DONE: {state: 7}}}",
        "4: status: the map has 'Done' and 'DONE', which differ only in case; values match in any case",
    ),
    "a column of fields and of status": (
        "fields: {state: {value: 1}}\nstatus: {map: {Done: {state: 6}}}",
        "1: state: set by fields and by status; say it in one of them",
    ),
    "a conflict about what is written once": (
        "on_create: {x: {value: 1, conflict: hold}}",
        "1: on_create.x has `conflict`, but is written only once: take it out",
    ),
    "an unknown journal": ("comments: {to: u_notes}", "4: comments.to: must be work_notes or comments, not u_notes"),
    "comments that are neither on nor off": ("comments: maybe", "4: comments: must be off, not maybe"),
    "a misspelt key of comments": (
        "comments: {intrnal: skip}",
        "4: comments.intrnal: there is no such key; did you mean internal?",
    ),
    "a misspelt key of status": ("status: {formm: x}", "4: status.formm: there is no such key; did you mean from?"),
    "a misspelt key of a status's column": (
        "status: {map: {Done: {state: {valeu: 6}}}}",
        "4: status.map.Done.state.valeu: there is no such key; did you mean value?",
    ),
    "fields in a list": ("fields: [summary]", "4: fields: must be a set of keys with values, not a list"),
    "an empty block": ("fields:", "4: fields: must be a set of keys with values, not empty"),
    "a list as a text": ("fields: {x: {value: [a]}}", "4: fields.x.value: must be a text or a number"),
    "an unknown policy": (
        "policy: mirror",
        "4: policy: must be full, create_only, notes_only or observe, not mirror",
    ),
    "internal comments for customers": (
        "comments: {to: comments, internal: send}",
        "4: comments: internal: send would show private comments to customers, who read `comments`; "
        "send them to work_notes, or skip them",
    ),
    "restricted comments for customers": (
        "comments: {to: comments, restricted: send}",
        "4: comments: restricted: send would show private comments to customers, who read `comments`; "
        "send them to work_notes, or skip them",
    ),
    "a user map that is not there": ("users: {file: gone.csv}", "4: users.file: there is no file"),
}


@pytest.mark.parametrize(("body", "said"), BLOCKS.values(), ids=BLOCKS)
def test_a_block(body: str, said: str) -> None:
    (problem,) = problems(body)
    assert problem.startswith(said)


HEADS = {
    "a name with a blank": (HEAD.replace("name: m", "name: my mapping"), "1: name: must be 1 to 40 letters"),
    "a name that correlation ids have no room for": (
        HEAD.replace("name: m", "name: " + "m" * 41),
        "1: name: must be 1 to 40",
    ),
    "no name": (HEAD.replace("name: m\n", ""), "1: name: is missing"),
    "no jql": (HEAD.replace("jql: project = OPS", "jql: ''"), "2: source.jql: must be a JQL query"),
    "an order": (
        HEAD.replace("project = OPS", "project = OPS ORDER  BY created"),
        "2: source.jql: must not say ORDER BY",
    ),
    "a since that is none": (
        HEAD.replace("jql: project = OPS", "jql: x, since: yesterday"),
        "2: source.since: must be a day such as",
    ),
    "a table in capitals": (HEAD.replace("incident", "Incident"), "3: target.table: is not the name of a table"),
    "a misspelt key of source": (
        HEAD.replace("jql:", "jpl:"),
        "2: source.jpl: there is no such key; did you mean jql?",
    ),
}


@pytest.mark.parametrize(("head", "said"), HEADS.values(), ids=HEADS)
def test_a_head(head: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems("", head))


def test_the_words_order_by_inside_a_text_are_no_order() -> None:
    assert problems("fields: {x: {}}", HEAD.replace("project = OPS", "'summary ~ \"order by mail\"'")) == [
        "4: fields.x: needs exactly one of from, value, template; it has none"
    ]
