"""Whatever comes from outside is shown as text: no markup, no template, no address of it takes effect."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from syncd.core.access import Actor
from syncd.core.model import Outcome, Result
from syncd.store.clock import now
from syncd.store.tables import cursors, links
from tests.console.conftest import link, words

EVIL = "<script>alert(1)</script>{{ 7 * 7 }}{% raw %}'\"><img src=x onerror=alert(1)>"


@pytest.fixture
def infested(house):
    store = house.api.store
    link(house, f"E-1 {EVIL}", id=900, record_number=EVIL[:60], applied={EVIL: {"sent": EVIL, "stored": EVIL + "!"}},
         applied_at=now(), cause="rejected", error=EVIL, attempts=1, site=EVIL[:200])  # fmt: skip
    with store.database.write() as connection:
        connection.execute(
            update(links).where(links.c.id == 61).values(due_at=now() + 60, failing_since=now(), held=EVIL)
        )
    store.journal.append([Outcome("ops", "10900", f"E-1 {EVIL}", Result.HELD, "x", "INC9", EVIL, fields=(EVIL,))])
    store.audit.record(Actor(EVIL, "admin"), EVIL[:60], EVIL, {EVIL: [EVIL]})
    store.access.create_token(EVIL, house.api.store.access.tokens()[0].role, Actor("x", "shell"))
    store.cursors.begin("ops", "acme")
    store.cursors.failed("ops", EVIL)
    run = store.runs.ask("ops", EVIL, None, "digest", EVIL, Actor("ann", "operator"))
    store.runs.trouble(run.id, EVIL)
    with store.database.write() as connection:
        connection.execute(update(cursors).values(alarm=EVIL))
    return house


@pytest.mark.parametrize(
    "address",
    ["/", "/links", "/issues/10900", "/parked", "/backfills", "/backfills/2", "/mappings/of/ops", "/audit",
     "/tokens"],
)  # fmt: skip
def test_what_others_wrote_is_text(infested, address):
    page = infested.visitor().see(address)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert EVIL[:40] in words(page), "it is shown, as it is"


def test_what_stands_in_the_address_is_text(infested):
    visitor = infested.visitor()
    for address in ("/links", "/audit", "/parked", "/audit/verify"):
        page = visitor.client.get(address, params={"search": EVIL, "mapping": EVIL, "hash": "<script>"}).text
        assert "<script>alert" not in page
        assert "<img" not in page
    missing = visitor.client.get(f"/issues/{EVIL.replace('/', '')}")
    assert missing.status_code == 404
    assert "<img" not in missing.text
    assert "49" not in words(missing.text).replace(EVIL, "")


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", "retried{n}", "../x"])
def test_only_known_sentences_are_said(infested, said):
    visitor = infested.visitor()
    page = visitor.client.get("/parked", params={"said": said, "n": "<b>"}).text
    assert 'class="said"' not in page
    assert "Due now: some." in visitor.client.get("/parked", params={"said": "retried", "n": "<b>"}).text


def test_a_sentence_asked_before_something_is_done_is_text(infested):
    visitor = infested.visitor()
    answer = visitor.send("/parked/drop", issue=f"E-1 {EVIL}", back=EVIL)
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "<script>alert" not in answer.text
