"""Random histories of one sale: whatever comes in which order, the sums hold and nothing is lost."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from store.core.database import db
from store.core.errors import DomainError
from store.integrity import payments as payment_checks
from store.payments import attempts, cash, refunds, reversals
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from tests.store.payments.conftest import FakeSale, settle

FEN = st.sampled_from([100, 300, 1_000])


class Payments(RuleBasedStateMachine):
    """A customer, a cashier and two platforms that lose, repeat and shuffle what they say."""

    till = merchants = None

    def __init__(self):
        super().__init__()
        for model in (Refund, PaymentAttempt, FakeSale):
            model.delete().execute()
        self.sale, self.arrived, self.count = self.till.sale(1_000), {}, 0

    def attempted(self, work):
        try:
            return work()
        except DomainError:
            return None

    def any_attempt(self, data):
        rows = [row for row in attempts.list_for("sale", self.sale.number) if row.merchant_id]
        return data.draw(st.sampled_from(rows)) if rows else None

    @rule(which=st.integers(0, 1), fen=FEN, code=st.booleans())
    def start(self, which, fen, code):
        self.count += 1
        merchant = self.merchants[which]
        kind = {"wechat_pay": "wechat", "alipay": "alipay"}[merchant.platform]
        values = {"kind": f"{kind}_code", "auth_code": f"13{self.count:016}"} if code else {}
        self.attempted(lambda: self.till.start(self.sale, merchant, amount_fen=fen, **values))

    @rule(data=st.data(), outcome=st.sampled_from(["succeeded", "closed", "failed", "pending", "not_found"]),
          source=st.sampled_from(["notice", "query"]))  # fmt: skip
    def hear(self, data, outcome, source):
        row = self.any_attempt(data)
        if row is not None and settle(row, outcome=outcome, source=source).effect in (
            "paid", "part_paid", "surplus",
        ):  # fmt: skip
            self.arrived[row.number] = row.amount_fen

    @rule(data=st.data(), is_final=st.booleans(), must_repeat=st.booleans())
    def reverse(self, data, is_final, must_repeat):
        row = self.any_attempt(data)
        if row is not None:
            reversals.request_reversal(number=row.number)
            reversals.mark_reversal(number=row.number, is_final=is_final, must_repeat=must_repeat)

    @rule(fen=FEN)
    def take_cash(self, fen):
        self.count += 1
        row = self.attempted(lambda: self.till.cash(self.sale, fen, f"cash-{self.count}"))
        if row is not None:
            self.arrived[row.number] = row.amount_fen

    @rule(data=st.data(), fen=FEN)
    def refund(self, data, fen):
        row = self.any_attempt(data)
        if row is not None:
            self.count += 1
            self.attempted(lambda: refunds.ask(
                number=f"r{self.count}", attempt_number=row.number, amount_fen=fen, reason="退货"))  # fmt: skip

    @rule(
        data=st.data(),
        outcome=st.sampled_from(["succeeded", "processing", "failed", "abnormal", "not_enough"]),
    )
    def hear_of_refund(self, data, outcome):
        rows = list(Refund.select().where(Refund.method == "original"))
        if rows:
            refunds.record_result(number=data.draw(st.sampled_from(rows)).number, outcome=outcome)

    @rule(data=st.data(), fen=FEN)
    def hand_back(self, data, fen):
        row = self.any_attempt(data)
        if row is not None:
            self.count += 1
            self.attempted(lambda: cash.hand_back(
                number=f"h{self.count}", attempt_number=row.number, amount_fen=fen, reason="退货"))  # fmt: skip

    @precondition(lambda self: not self.sale.is_closed)
    @rule()
    def close(self):
        attempts.request_closing(payable_kind="sale", payable_number=self.sale.number)
        self.sale.update_fields(is_closed=True)

    @invariant()
    def sums_hold(self):
        rows = attempts.list_for("sale", self.sale.number)
        paid = {row.number: row.paid_fen for row in rows if row.state == "succeeded"}
        assert paid == self.arrived
        assert FakeSale.get_by_id(self.sale.id).money_fen == sum(row.taken_fen for row in rows) <= 1_000
        broken = [
            found
            for check in payment_checks.CHECKS
            if not check.is_warning
            for found in check.list_violations()
        ]
        assert not broken, broken


@pytest.mark.usefixtures("acme")
def test_sums_hold_in_random_histories(till, wechat, alipay, monkeypatch):
    monkeypatch.setattr(Payments, "till", till)
    monkeypatch.setattr(Payments, "merchants", (wechat, alipay))
    with db.database.atomic() as undo:
        run_state_machine_as_test(
            Payments,
            settings=settings(max_examples=8, stateful_step_count=15, derandomize=True, deadline=None),
        )
        undo.rollback()
