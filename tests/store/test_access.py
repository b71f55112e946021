"""Tokens and sessions: only digests are kept, and what ended is over at once, in every process."""

import pytest
from sqlalchemy import select, update

from syncd.core.access import Actor, Role
from syncd.store import Store
from syncd.store.access import IDLE_SECONDS, REFUSED_SECONDS, SESSION_SECONDS, TICKET_SECONDS, Access
from syncd.store.clock import now
from syncd.store.tables import audit, sessions, tokens

ANN = Actor("ann", "shell")


@pytest.fixture
def made(store: Store):
    return store.access.create_token("ci", Role.OPERATOR, ANN)


def age(store: Store, table, **columns: float) -> None:
    """As if so many seconds had gone by."""
    with store.database.write() as connection:
        connection.execute(update(table).values({name: now() - seconds for name, seconds in columns.items()}))


class TestTokens:
    def test_a_token_says_who_carries_it(self, store, made):
        token, text = made
        identity = store.access.identify(text)
        assert (identity.token_id, identity.label, identity.role) == (token.id, "ci", Role.OPERATOR)

    def test_only_its_digest_is_kept(self, store, made):
        _, text = made
        with store.database.read() as connection:
            kept = repr(connection.execute(select(tokens)).all()) + repr(connection.execute(select(audit)).all())
        assert text not in kept
        assert text.removeprefix("syncd_") not in kept

    @pytest.mark.parametrize("text", ["", "syncd_", "x" * 5000, "syncd_\ud800", "' OR 1=1 --"])
    def test_anything_else_is_nobody(self, store, made, text):
        assert store.access.identify(text) is None

    def test_a_revoked_one_is_nobody(self, store, made):
        token, text = made
        assert store.access.revoke(token.id, ANN).revoked_at is not None
        assert store.access.identify(text) is None

    def test_revoking_twice_is_told_once(self, store, made):
        token, _ = made
        first = store.access.revoke(token.id, ANN)
        assert store.access.revoke(token.id, ANN) == first
        assert [trace.action for trace in store.audit.newest()] == ["token.revoke", "token.create"]

    def test_there_is_nothing_to_revoke(self, store):
        assert store.access.revoke(7, ANN) is None

    def test_an_expired_one_is_nobody(self, store):
        _, text = store.access.create_token("short", Role.ADMIN, ANN, expires_in=3600)
        assert store.access.identify(text) is not None
        age(store, tokens, expires_at=1)
        assert store.access.identify(text) is None
        assert not store.access.any_token()
        assert [token.usable for token in store.access.tokens()] == [False]

    def test_its_use_is_noted(self, store, made):
        _, text = made
        assert store.access.tokens()[0].last_used_at is None
        store.access.identify(text)
        assert store.access.tokens()[0].last_used_at is not None


class TestSessions:
    def test_a_session_is_the_token_with_a_form_secret(self, store, made):
        session = store.access.sign_in(made[1])
        assert store.access.session(session.secret) == session.identity
        assert session.identity.csrf

    def test_who_has_no_token_gets_none(self, store):
        assert store.access.sign_in("syncd_wrong") is None
        assert store.access.session("wrong") is None

    def test_two_sessions_have_their_own_form_secrets(self, store, made):
        one, other = (store.access.sign_in(made[1]) for _ in range(2))
        assert one.identity.csrf != other.identity.csrf

    def test_signing_out_ends_it(self, store, made):
        session = store.access.sign_in(made[1])
        store.access.sign_out(session.secret)
        assert store.access.session(session.secret) is None

    def test_revoking_its_token_ends_it_at_once(self, store, made):
        session = store.access.sign_in(made[1])
        store.access.revoke(made[0].id, ANN)
        assert store.access.session(session.secret) is None

    def test_the_end_of_its_token_ends_it(self, store, made):
        session = store.access.sign_in(made[1])
        age(store, tokens, expires_at=1)
        assert store.access.session(session.secret) is None

    def test_it_ends_when_nobody_uses_it(self, store, made):
        session = store.access.sign_in(made[1])
        age(store, sessions, seen_at=IDLE_SECONDS + 1)
        assert store.access.session(session.secret) is None

    def test_being_used_keeps_it(self, store, made):
        session = store.access.sign_in(made[1])
        age(store, sessions, seen_at=IDLE_SECONDS - 60)
        assert store.access.session(session.secret) is not None
        with store.database.read() as connection:
            idle = connection.execute(select(now() - sessions.c.seen_at)).scalar_one()
        assert idle < IDLE_SECONDS / 2

    def test_it_ends_after_a_working_day_however_it_is_used(self, store, made):
        session = store.access.sign_in(made[1])
        age(store, sessions, expires_at=1, created_at=SESSION_SECONDS + 1)
        assert store.access.session(session.secret) is None

    def test_what_is_over_is_forgotten(self, store, made):
        store.access.sign_in(made[1])
        assert store.access.prune() == 0
        age(store, sessions, seen_at=IDLE_SECONDS + 1)
        assert store.access.prune() == 1


class TestTickets:
    def test_a_ticket_becomes_a_session_once(self, store, made):
        ticket = store.access.ticket(made[0].id)
        session = store.access.redeem(ticket)
        assert store.access.session(session.secret).token_id == made[0].id
        assert store.access.redeem(ticket) is None

    def test_a_ticket_is_no_session_and_a_session_no_ticket(self, store, made):
        assert store.access.session(store.access.ticket(made[0].id)) is None
        assert store.access.redeem(store.access.sign_in(made[1]).secret) is None

    def test_an_old_ticket_is_worth_nothing(self, store, made):
        ticket = store.access.ticket(made[0].id)
        age(store, sessions, expires_at=1, created_at=TICKET_SECONDS)
        assert store.access.redeem(ticket) is None

    def test_a_ticket_of_a_revoked_token_is_worth_nothing(self, store, made):
        ticket = store.access.ticket(made[0].id)
        store.access.revoke(made[0].id, ANN)
        assert store.access.redeem(ticket) is None


def test_after_ten_tries_at_once_one_has_to_wait(store):
    assert [store.access.attempt("192.0.2.1") for _ in range(10)] == [0.0] * 10
    assert store.access.attempt("192.0.2.1") > 0
    assert store.access.attempt("192.0.2.2") == 0.0, "others need not"


def test_a_flood_of_tries_is_no_flood_of_transactions(store):
    """What strangers send must not keep the work waiting for the database's one writer."""
    moment, asked = 0.0, []
    access = Access(store.database, clock=lambda: moment)
    grant = access._quotas.grant
    access._quotas.grant = lambda *about, **more: asked.append(1) or grant(*about, **more)
    for _ in range(200):
        refused = access.attempt("192.0.2.1")
    assert refused > 0
    assert len(asked) == 11
    moment = REFUSED_SECONDS
    assert access.attempt("192.0.2.1") > 0
    assert len(asked) == 12, "after a while the database is asked again"
