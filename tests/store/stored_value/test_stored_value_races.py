"""Races over stored value: with threads and processes on the real database, and with each guard taken away."""

from contextlib import contextmanager
from threading import Thread

import peewee
import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers import members
from store.customers.members import Member
from store.customers.merging import merges
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payment_codes, top_up_payments, top_up_refunds, top_up_rules, top_ups
from store.stored_value import payments as stored_value_payments
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.ledger import StoredValueEntry
from store.stored_value.payment_codes import PaymentCode
from store.stored_value.payments import StoredValuePayment
from store.stored_value.top_up_refunds import TopUpRefund
from store.tenants import registry, settings
from tests.store.stored_value.conftest import balances, create_paid_top_up
from tests.support import database, races


def spend(member, amount_fen, key, proof=None):
    return stored_value_payments.spend(
        member=member, amount_fen=amount_fen, key=key, payment_authorization=proof
    )


def error_codes(outcomes):
    """The codes of those that were refused; anything else that was raised fails the test."""
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(outcome, DomainError) for outcome in raised), raised
    return sorted(outcome.code for outcome in raised)


def run_for_outcome(work, *args):
    """What a process can tell of a verb: "ok", or the code of its rejection."""
    try:
        work(*args)
    except DomainError as no:
        return no.code
    return "ok"


def spends_at_till(number, member_id):
    return run_for_outcome(spend, Member.get_by_id(member_id), 600, f"till-{number}")


def confirm_in_threads(process, top_up_number):
    """Four copies of one notice come to a process at once."""
    top_up = top_ups.TopUp.get(top_ups.TopUp.number == top_up_number)
    return database.run_concurrently(4, lambda _: run_for_outcome(confirm_payment, top_up, "p-1"))


def confirm_payment(top_up, platform_number):
    return top_up_payments.confirm(
        number=top_up.number, channel="wechat", platform_number=platform_number,
        amount_fen=top_up.principal_fen,
    )  # fmt: skip


def spends_with_proof(process, member_id, code_id):
    """Four tills of a process have read the same payment code."""
    code, member = PaymentCode.get_by_id(code_id), Member.get_by_id(member_id)
    proof = stored_value_authorization.PaymentAuthorization(
        kind="payment_code", member_id=member_id, payment_code=code
    )
    return database.run_concurrently(
        4, lambda n: run_for_outcome(spend, member, 100, f"till-{process}-{n}", proof)
    )


@pytest.mark.usefixtures("verify_afterwards")
class TestGuarded:
    """All guards on."""

    def test_two_tills_cannot_spend_the_same_yuan(self, mei):
        create_paid_top_up(mei, 1_000)
        outcomes = database.run_concurrently(8, lambda n: spend(mei, 600, f"till-{n}"))
        assert error_codes(outcomes) == ["insufficient_stored_value"] * 7
        assert balances(mei) == (400, 0, 0)

    def test_nor_can_two_processes(self, mei, process_group):
        create_paid_top_up(mei, 1_000)
        assert sorted(process_group.run_together(3, spends_at_till, mei.id)) == [
            "insufficient_stored_value",
            "insufficient_stored_value",
            "ok",
        ]
        assert balances(mei) == (400, 0, 0)

    def test_one_key_at_once_is_one_purchase(self, mei):
        create_paid_top_up(mei, 1_000)
        rows = database.run_concurrently(8, lambda n: spend(mei, 100, "o-1"))
        assert len({row.id for row in rows}) == 1
        assert balances(mei) == (900, 0, 0)

    def test_the_day_s_limit_holds(self, mei):
        settings.change(StoredValueSettings, daily_limit_fen=1_000)
        create_paid_top_up(mei, 10_000)
        outcomes = database.run_concurrently(8, lambda n: spend(mei, 600, f"till-{n}"))
        assert error_codes(outcomes) == ["daily_limit_exceeded"] * 7

    def test_a_payment_code_is_good_at_one_of_many_tills(self, mei):
        create_paid_top_up(mei, 1_000)
        code = payment_codes.issue_code(member=mei).code
        proofs = [
            stored_value_authorization.authorize_by_payment_code(code=code, till="t")[0] for _ in range(8)
        ]
        outcomes = database.run_concurrently(8, lambda n: spend(mei, 100, f"till-{n}", proofs[n]))
        assert error_codes(outcomes) == ["payment_code_ended"] * 7
        assert balances(mei) == (900, 0, 0)

    def test_and_in_one_of_many_processes(self, mei, process_group):
        create_paid_top_up(mei, 1_000)
        code = payment_codes.issue_code(member=mei).code
        proofs, _ = stored_value_authorization.authorize_by_payment_code(code=code, till="t")
        outcomes = process_group.run_together(2, spends_with_proof, mei.id, proofs.payment_code.id)
        assert sorted(one for result in outcomes for one in result) == ["ok", *["payment_code_ended"] * 7]
        assert balances(mei) == (900, 0, 0)

    def test_many_notices_at_once_credit_once(self, mei):
        asked = top_ups.request(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        rows = database.run_concurrently(8, lambda n: confirm_payment(asked, "p-1"))
        assert {row.state for row in rows} == {"paid"}
        assert balances(mei) == (1_000, 0, 0)

    def test_also_when_they_come_to_many_processes(self, mei, process_group):
        asked = top_ups.request(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        assert process_group.run_together(2, confirm_in_threads, asked.number) == [["ok"] * 4] * 2
        assert balances(mei) == (1_000, 0, 0)

    def test_two_payments_at_once_never_pass_the_limit(self, mei):
        asked = [
            top_ups.request(member=mei, amount_fen=300_000, channel="wechat", key=f"a-{n}") for n in range(4)
        ]
        rows = database.run_concurrently(4, lambda n: confirm_payment(asked[n], f"p-{n}"))
        assert sorted(row.state for row in rows) == ["paid", "refunding", "refunding", "refunding"]
        assert balances(mei) == (300_000, 0, 0)

    def test_a_bonus_for_once_is_given_once(self, mei):
        steps = [{"amount_fen": 100, "bonus_fen": 50}]
        top_up_rules.add(code="once", name="首充", steps=steps, single_use=True)
        asked = [
            top_ups.request(member=mei, amount_fen=100, channel="wechat", key=f"a-{n}") for n in range(6)
        ]
        database.run_concurrently(6, lambda n: confirm_payment(asked[n], f"p-{n}"))
        assert balances(mei) == (100, 50, 0)
        assert TopUpRefund.select().count() == 5

    def test_nothing_is_spent_after_a_freeze(self, mei):
        """A purchase took its time under the lock, so one later than the freeze was made in spite of it."""
        create_paid_top_up(mei, 10_000)
        works = [lambda n: stored_value_accounts.freeze(member=mei, reason="手机遗失")]
        works += [lambda n: spend(mei, 100, f"till-{n}")] * 9
        outcomes = database.run_concurrently(10, lambda n: works[n](n))
        assert set(error_codes(outcomes)) <= {"stored_value_frozen"}
        frozen_at = stored_value_accounts.find_by_member(mei).frozen_at
        assert not StoredValuePayment.select().where(StoredValuePayment.created_at > frozen_at).exists()

    def test_parts_of_a_refund_at_once_never_exceed_the_whole(self, mei):
        create_paid_top_up(mei, 1_000)
        spend(mei, 1_000, "o-1")
        outcomes = database.run_concurrently(
            8, lambda n: stored_value_payments.refund(key="o-1", amount_fen=300, refund_key=f"r-{n}")
        )
        assert error_codes(outcomes) == ["refund_exceeds_payment"] * 5
        assert balances(mei) == (900, 0, 0)

    def test_parts_of_a_top_up_s_refund_neither(self, mei):
        row = create_paid_top_up(mei, 1_000)
        outcomes = database.run_concurrently(8, lambda n: top_up_refunds.request(
            number=row.number, amount_fen=300, key=f"r-{n}", reason="顾客要求"))  # fmt: skip
        assert error_codes(outcomes) == ["refund_exceeds_top_up"] * 5
        assert balances(mei) == (100, 0, 0)

    def test_a_hold_is_committed_or_released_and_never_both(self, mei):
        create_paid_top_up(mei, 1_000)
        stored_value_payments.hold(member=mei, amount_fen=600, key="o-1")
        ends = [stored_value_payments.commit, stored_value_payments.release] * 4
        outcomes = database.run_concurrently(8, lambda n: ends[n](key="o-1"))
        assert error_codes(outcomes) == ["invalid_payment_state"] * 4
        assert balances(mei) in ((400, 0, 0), (1_000, 0, 0))

    def test_whatever_happens_while_two_members_are_merged_nothing_is_lost(self, mei, wang):
        """1,000 and 1,000; while they are merged 100 is spent from either and 500 topped up."""
        create_paid_top_up(mei, 1_000)
        create_paid_top_up(wang, 1_000)
        asked = top_ups.request(member=wang, amount_fen=500, channel="wechat", key="a-1")
        works = [
            lambda: merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证"),
            lambda: spend(wang, 100, "w-1"),
            lambda: spend(mei, 100, "m-1"),
            lambda: confirm_payment(asked, "p-1"),
        ]
        assert error_codes(database.run_concurrently(4, lambda n: works[n]())) == []
        assert balances(mei) == (2_300, 0, 0)


class TestControls:
    """One guard less, and the race is there: the tests above would see it."""

    def test_without_the_lock_the_day_s_limit_is_passed(self, mei, monkeypatch):
        settings.change(StoredValueSettings, daily_limit_fen=1_000)
        create_paid_top_up(mei, 10_000)
        monkeypatch.setattr(
            stored_value_payments,
            "_ensure_spendable",
            races.with_barrier(stored_value_payments._ensure_spendable),
        )
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert stored_value_payments.spent_today(mei) == 1_200

    def test_without_the_lock_the_database_itself_stops_the_second_till(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        monkeypatch.setattr(
            stored_value_payments,
            "_ensure_spendable",
            races.with_barrier(stored_value_payments._ensure_spendable),
        )
        with without_member_lock(monkeypatch):
            outcomes = database.run_concurrently(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [
            peewee.IntegrityError
        ]
        assert balances(mei) == (400, 0, 0)

    def test_without_lock_and_wall_the_same_yuan_is_spent_twice(self, mei, monkeypatch):
        """The balance written as it was read, not by differences under a constraint."""
        create_paid_top_up(mei, 1_000)
        monkeypatch.setattr(
            stored_value_payments,
            "_ensure_spendable",
            races.with_barrier(stored_value_payments._ensure_spendable),
        )
        monkeypatch.setattr(stored_value_payments.ledger, "post_entry", post_without_lock)
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert balances(mei) == (400, 0, 0)
        assert stored_value_payments.spent_today(mei) == 1_200

    def test_a_payment_code_that_is_checked_and_then_marked_works_twice(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        code = payment_codes.issue_code(member=mei).code
        proofs = [
            stored_value_authorization.authorize_by_payment_code(code=code, till="t")[0] for _ in range(2)
        ]
        monkeypatch.setattr(payment_codes, "consume", races.with_barrier(use_without_update))
        with without_member_lock(monkeypatch):
            database.run_concurrently(2, lambda n: spend(mei, 100, f"till-{n}", proofs[n]))
        assert balances(mei) == (800, 0, 0)

    def test_without_lock_and_natural_key_two_notices_credit_twice(self, mei, monkeypatch):
        asked = top_ups.request(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        look = top_up_payments._ensure_same_payment
        monkeypatch.setattr(top_up_payments, "_ensure_same_payment", races.with_barrier(look))
        with races.without_index("stored_value_entry_key"):
            with without_member_lock(monkeypatch):
                database.run_concurrently(2, lambda n: confirm_payment(asked, "p-1"))
            assert StoredValueEntry.select().where(StoredValueEntry.kind == "top_up").count() == 2

    def test_without_the_lock_a_purchase_passes_a_freeze(self, mei, monkeypatch):
        create_paid_top_up(mei, 1_000)
        look = stored_value_payments._ensure_spendable

        def frozen_meanwhile(account, amount_fen):
            look(account, amount_fen)
            run_in_thread(lambda: stored_value_accounts.freeze(member=mei, reason="手机遗失"))

        monkeypatch.setattr(stored_value_payments, "_ensure_spendable", frozen_meanwhile)
        with without_member_lock(monkeypatch):
            row = spend(mei, 100, "till-1")
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


def use_without_update(code):
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
