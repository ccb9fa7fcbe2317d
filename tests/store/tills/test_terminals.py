"""Terminals and the sessions of cashiers at them."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.shops import shops
from store.tenants.audit import AuditEntry
from store.tills import cashiers, sessions, terminals
from store.tills.sessions import TillSession
from store.tills.terminals import Terminal
from tests.store.tills.conftest import PIN


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


@pytest.fixture
def verified(issued, cashier):
    return sessions.verify(terminal_code="T1", secret=issued.secret, cashier_number="1001", pin=PIN)


@pytest.fixture
def opened(verified):
    return sessions.open_session(verified)


def test_the_secret_is_shown_once_and_only_its_hash_is_stored(issued, shop):
    assert issued.secret.startswith("acme.")
    assert issued.secret not in str(vars(Terminal.get_by_id(issued.terminal.id))["__data__"])
    again = terminals.add(code="T1", name="一号台", shop=shop)
    assert (again.terminal, again.secret) == (issued.terminal, "")
    assert issued.secret not in repr(issued)


def test_another_terminal_of_the_same_code_is_rejected(issued, shop):
    with expect_error("already_exists"):
        terminals.add(code="T1", name="二号台", shop=shop)
    with expect_error("invalid"):
        terminals.add(code="T 1", name="二号台", shop=shop)


def test_a_closed_shop_gets_no_terminal(shop):
    shops.close(shop)
    with expect_error("shop_closed"):
        terminals.add(code="T1", name="一号台", shop=shop)


@pytest.mark.parametrize("wrong", [{"secret": "acme.x"}, {"terminal_code": "T9"}, {"secret": ""}])
def test_a_wrong_terminal_is_answered_alike_and_counts_no_pin(issued, cashier, wrong):
    right = {"terminal_code": "T1", "secret": issued.secret, "cashier_number": "1001", "pin": "000001"}
    with expect_error("terminal_unknown"):
        sessions.verify(**right | wrong)
    assert cashiers.get_by_number("1001").failed_attempts == 0


def test_a_session_knows_terminal_shop_and_cashier(opened, shop, cashier):
    found = sessions.get_by_token(opened.token)
    assert (found.terminal.code, found.terminal.shop, found.cashier) == ("T1", shop, cashier)
    assert opened.token not in repr(opened)
    assert not TillSession.select().where(TillSession.token_hash == opened.token).exists()


def test_a_session_ends_after_twelve_hours(opened, monkeypatch):
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(hours=11, minutes=59))
    assert sessions.get_by_token(opened.token)
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(hours=12, seconds=1))
    with expect_error("unauthorized"):
        sessions.get_by_token(opened.token)
    assert (sessions.purge_expired(), sessions.purge_expired()) == (1, 0)


def test_signing_out_twice_ends_it_once(opened):
    sessions.close(opened.session)
    sessions.close(opened.session)
    with expect_error("unauthorized"):
        sessions.get_by_token(opened.token)


@pytest.mark.parametrize(
    "end",
    [
        lambda opened: terminals.disable(opened.session.terminal),
        lambda opened: terminals.renew_secret(opened.session.terminal),
        lambda opened: cashiers.disable(opened.session.cashier),
        lambda opened: cashiers.set_pin(opened.session.cashier, pin="975310"),
    ],
)
def test_what_is_disabled_or_renewed_ends_its_sessions_for_good(opened, end):
    end(opened)
    with expect_error("unauthorized"):
        sessions.get_by_token(opened.token)
    terminals.renew_secret(opened.session.terminal)
    cashiers.set_pin(opened.session.cashier, pin=PIN)
    with expect_error("unauthorized"):
        sessions.get_by_token(opened.token)


@pytest.mark.parametrize("what", ["terminal", "cashier"])
def test_a_sign_in_that_was_verified_before_it_was_disabled_opens_nothing(verified, what):
    {"terminal": terminals, "cashier": cashiers}[what].disable(getattr(verified, what))
    with expect_error("unauthorized"):
        sessions.open_session(verified)
    assert TillSession.select().count() == 0


def test_a_renewed_secret_replaces_the_old_one(issued, cashier):
    renewed = terminals.renew_secret(terminals.disable(issued.terminal))
    with expect_error("terminal_unknown"):
        terminals.verify_secret(code="T1", secret=issued.secret)
    assert terminals.verify_secret(code="T1", secret=renewed.secret) == issued.terminal


def test_disabling_twice_is_audited_once(terminal):
    terminals.disable(terminal)
    terminals.disable(terminal)
    assert AuditEntry.select().where(AuditEntry.action == "terminals.disable").count() == 1
    with expect_error("not_found"):
        terminals.get_by_code("T9")


def test_a_sign_in_is_not_verified_inside_a_transaction(issued, cashier):
    with db.database.transaction(), pytest.raises(RuntimeError):
        sessions.verify(terminal_code="T1", secret=issued.secret, cashier_number="1001", pin=PIN)
