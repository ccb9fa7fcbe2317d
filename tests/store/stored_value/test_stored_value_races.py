"""Races over stored value: with threads and processes on the real database, and with each guard taken away."""

import pytest

from store.core.errors import DomainError
from store.customers.members import Member
from store.customers.merging import merges
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payment_codes, top_up_refunds, top_up_rules, top_ups
from store.stored_value import payments as stored_value_payments
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.payment_codes import PaymentCode
from store.stored_value.payment_records import StoredValuePayment
from store.stored_value.top_up_refunds import TopUpRefund
from store.tenants import settings
from tests.store.stored_value.conftest import (
    balances,
    confirm_wechat_payment,
    create_paid_top_up,
    spend_by_key,
)
from tests.support import database


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
    return run_for_outcome(spend_by_key, Member.get_by_id(member_id), 600, f"till-{number}")


def confirm_in_threads(process, top_up_number):
    """Four copies of one notice come to a process at once."""
    top_up = top_ups.TopUp.get(top_ups.TopUp.number == top_up_number)
    return database.run_concurrently(4, lambda _: run_for_outcome(confirm_wechat_payment, top_up, "p-1"))


def spends_with_proof(process, member_id, code_id):
    """Four tills of a process have read the same payment code."""
    code, member = PaymentCode.get_by_id(code_id), Member.get_by_id(member_id)
    proof = stored_value_authorization.PaymentAuthorization(
        kind="payment_code", member_id=member_id, payment_code=code
    )
    return database.run_concurrently(
        4, lambda n: run_for_outcome(spend_by_key, member, 100, f"till-{process}-{n}", proof)
    )


@pytest.mark.usefixtures("verify_afterwards")
class TestGuarded:
    """All guards on."""

    def test_two_tills_cannot_spend_the_same_yuan(self, mei):
        create_paid_top_up(mei, 1_000)
        outcomes = database.run_concurrently(8, lambda n: spend_by_key(mei, 600, f"till-{n}"))
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
        rows = database.run_concurrently(8, lambda n: spend_by_key(mei, 100, "o-1"))
        assert len({row.id for row in rows}) == 1
        assert balances(mei) == (900, 0, 0)

    def test_the_day_s_limit_holds(self, mei):
        settings.change(StoredValueSettings, daily_limit_fen=1_000)
        create_paid_top_up(mei, 10_000)
        outcomes = database.run_concurrently(8, lambda n: spend_by_key(mei, 600, f"till-{n}"))
        assert error_codes(outcomes) == ["daily_limit_exceeded"] * 7

    def test_a_payment_code_is_good_at_one_of_many_tills(self, mei):
        create_paid_top_up(mei, 1_000)
        code = payment_codes.issue_code(member=mei).code
        proofs = [
            stored_value_authorization.authorize_by_payment_code(code=code, till="t")[0] for _ in range(8)
        ]
        outcomes = database.run_concurrently(8, lambda n: spend_by_key(mei, 100, f"till-{n}", proofs[n]))
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
        rows = database.run_concurrently(8, lambda n: confirm_wechat_payment(asked, "p-1"))
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
        rows = database.run_concurrently(4, lambda n: confirm_wechat_payment(asked[n], f"p-{n}"))
        assert sorted(row.state for row in rows) == ["paid", "refunding", "refunding", "refunding"]
        assert balances(mei) == (300_000, 0, 0)

    def test_a_bonus_for_once_is_given_once(self, mei):
        steps = [{"amount_fen": 100, "bonus_fen": 50}]
        top_up_rules.add(code="once", name="首充", steps=steps, single_use=True)
        asked = [
            top_ups.request(member=mei, amount_fen=100, channel="wechat", key=f"a-{n}") for n in range(6)
        ]
        database.run_concurrently(6, lambda n: confirm_wechat_payment(asked[n], f"p-{n}"))
        assert balances(mei) == (100, 50, 0)
        assert TopUpRefund.select().count() == 5

    def test_nothing_is_spent_after_a_freeze(self, mei):
        """A purchase took its time under the lock, so one later than the freeze was made in spite of it."""
        create_paid_top_up(mei, 10_000)
        works = [lambda n: stored_value_accounts.freeze(member=mei, reason="手机遗失")]
        works += [lambda n: spend_by_key(mei, 100, f"till-{n}")] * 9
        outcomes = database.run_concurrently(10, lambda n: works[n](n))
        assert set(error_codes(outcomes)) <= {"stored_value_frozen"}
        frozen_at = stored_value_accounts.find_by_member(mei).frozen_at
        assert not StoredValuePayment.select().where(StoredValuePayment.created_at > frozen_at).exists()

    def test_parts_of_a_refund_at_once_never_exceed_the_whole(self, mei):
        create_paid_top_up(mei, 1_000)
        spend_by_key(mei, 1_000, "o-1")
        outcomes = database.run_concurrently(
            8, lambda n: stored_value_payments.refund_by_key(key="o-1", amount_fen=300, refund_key=f"r-{n}")
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
        stored_value_payments.hold(member=mei, amount_fen=600, order_number="o-1")
        ends = [stored_value_payments.commit, stored_value_payments.release] * 4
        outcomes = database.run_concurrently(8, lambda n: ends[n](order_number="o-1"))
        assert set(error_codes(outcomes)) <= {"invalid_payment_state", "hold_released"}
        assert balances(mei) in ((400, 0, 0), (1_000, 0, 0))

    def test_whatever_happens_while_two_members_are_merged_nothing_is_lost(self, mei, wang):
        """1,000 and 1,000; while they are merged 100 is spent from either and 500 topped up."""
        create_paid_top_up(mei, 1_000)
        create_paid_top_up(wang, 1_000)
        asked = top_ups.request(member=wang, amount_fen=500, channel="wechat", key="a-1")
        works = [
            lambda: merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证"),
            lambda: spend_by_key(wang, 100, "w-1"),
            lambda: spend_by_key(mei, 100, "m-1"),
            lambda: confirm_wechat_payment(asked, "p-1"),
        ]
        assert error_codes(database.run_concurrently(4, lambda n: works[n]())) == []
        assert balances(mei) == (2_300, 0, 0)
