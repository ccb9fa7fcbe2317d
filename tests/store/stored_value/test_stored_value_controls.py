"""Negative controls of the stored-value races: without its guard each operation fails."""

from contextlib import contextmanager
from threading import Thread

import peewee

from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payment_codes, top_up_payments, top_ups
from store.stored_value import payment_records as stored_value_records
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.ledger import StoredValueEntry
from store.stored_value.payment_codes import PaymentCode
from store.tenants import registry, settings
from tests.store.stored_value.conftest import (
    balances,
    confirm_wechat_payment,
    create_paid_top_up,
    spend_by_key,
)
from tests.support import database, races


class TestControls:
    """One guard less, and the race is there: the tests above would see it."""

    def test_without_the_lock_the_day_s_limit_is_passed(self, mei, monkeypatch):
        settings.change(StoredValueSettings, daily_limit_fen=1_000)
        create_paid_top_up(mei, 10_000)
        monkeypatch.setattr(
            stored_value_records,
            "ensure_spendable",
            races.with_barrier(stored_value_records.ensure_spendable),
        )
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend_by_key(mei, 600, f"till-{n}"))
        assert stored_value_records.spent_today(mei) == 1_200

    def test_without_the_lock_the_database_itself_stops_the_second_till(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        monkeypatch.setattr(
            stored_value_records,
            "ensure_spendable",
            races.with_barrier(stored_value_records.ensure_spendable),
        )
        with without_member_lock(monkeypatch):
            outcomes = database.run_concurrently(2, lambda n: spend_by_key(mei, 600, f"till-{n}"))
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [
            peewee.IntegrityError
        ]
        assert balances(mei) == (400, 0, 0)

    def test_without_lock_and_wall_the_same_yuan_is_spent_twice(self, mei, monkeypatch):
        """The balance written as it was read, not by differences under a constraint."""
        create_paid_top_up(mei, 1_000)
        monkeypatch.setattr(
            stored_value_records,
            "ensure_spendable",
            races.with_barrier(stored_value_records.ensure_spendable),
        )
        monkeypatch.setattr(stored_value_records.ledger, "post_entry", post_without_lock)
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend_by_key(mei, 600, f"till-{n}"))
        assert balances(mei) == (400, 0, 0)
        assert stored_value_records.spent_today(mei) == 1_200

    def test_a_payment_code_that_is_checked_and_then_marked_works_twice(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        code = payment_codes.issue_code(member=mei).code
        proofs = [
            stored_value_authorization.authorize_by_payment_code(code=code, till="t")[0] for _ in range(2)
        ]
        monkeypatch.setattr(payment_codes, "consume", races.with_barrier(use_without_update))
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend_by_key(mei, 100, f"till-{n}", proofs[n]))
        assert balances(mei) == (800, 0, 0)

    def test_without_lock_and_natural_key_two_notices_credit_twice(self, mei, monkeypatch):
        asked = top_ups.request(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        look = top_up_payments._ensure_same_payment
        monkeypatch.setattr(top_up_payments, "_ensure_same_payment", races.with_barrier(look))
        with races.without_index("stored_value_entry_key"):
            with without_member_lock(monkeypatch):
                database.run_concurrently(2, lambda n: confirm_wechat_payment(asked, "p-1"))
            assert StoredValueEntry.select().where(StoredValueEntry.kind == "top_up").count() == 2

    def test_without_the_lock_a_purchase_passes_a_freeze(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        look = stored_value_records.ensure_spendable

        def frozen_meanwhile(account, amount_fen):
            look(account, amount_fen)
            run_in_thread(lambda: stored_value_accounts.freeze(member=mei, reason="手机遗失"))

        monkeypatch.setattr(stored_value_records, "ensure_spendable", frozen_meanwhile)
        with without_member_lock(monkeypatch):
            row = spend_by_key(mei, 100, "till-1")
        assert row.created_at > stored_value_accounts.find_by_member(mei).frozen_at


@contextmanager
def without_member_lock(monkeypatch):
    """Members are read without their lock, and SQLite's writers do not take turns."""
    with races.without_write_queue():
        monkeypatch.setattr(members, "lock", lambda member_id: Member.find(id=member_id))
        yield
        monkeypatch.undo()


def post_without_lock(account, moves, *, kind, key, subject, **about):
    """Books as a careless hand would: the new balance from the one that was read."""
    left = account.principal_fen + moves["principal"]
    stored_value_accounts.StoredValueAccount.update(principal_fen=left).where(
        stored_value_accounts.StoredValueAccount.id == account.id
    ).execute()


def use_without_update(code, *, payment_key):
    """What `payment_codes.use` would be if it trusted what it has read."""
    assert PaymentCode.get_by_id(code.id).used_at is None


def run_in_thread(work):
    """Do something in a thread, and so a transaction, of its own."""
    slug = db.current_tenant()

    def run():
        with registry.use_tenant(slug):
            work()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)
