"""Receipts, cash of a shift and news of payments, from the rows of sales."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from store.core import clock
from store.core.events import Event
from store.orders import orders
from store.payments import cash
from store.payments.attempts import PaymentAttempt
from store.tenants import settings
from store.tills import cash_sums, news, payment_news, sale_receipts, sales, shifts
from store.tills.sales import SaleParameters
from store.tills.shifts import CashSums
from store.tills.till_settings import TillSettings
from tests.support import order_fixtures


@pytest.fixture
def sell(terminal, cashier):
    """Opens sales of an amount."""

    def run(amount_fen=1_280, key="k1", **more):
        wanted = SaleParameters(lines=(sales.amount_line(amount_fen),), **more)
        sale = sales.open_sale(terminal=terminal, cashier=cashier, parameters=wanted, key=key)
        return orders.get(sale.order.number)

    return run


@pytest.fixture
def take_cash(terminal, cashier):
    def run(order, received_fen, key="c1"):
        return cash.record_cash(
            payable_kind="order", payable_number=order.number, received_fen=received_fen, key=key,
            terminal_id=terminal.id, cashier_id=cashier.id,
        )  # fmt: skip

    return run


def test_a_receipt_shows_lines_tenders_cash_and_change(sell, take_cash, terminal, cashier):
    settings.change(TillSettings, receipt_footer="谢谢惠顾")
    mei = order_fixtures.create_rich_member()
    order = sell(member_id=mei.id, points=80)
    take_cash(order, 2_000)
    order = orders.get(order.number)
    receipt = sale_receipts.build(order)
    assert (receipt.number, receipt.cashier, receipt.terminal) == (order.number, cashier.name, terminal.code)
    assert [(line.name, line.total_fen) for line in receipt.lines] == [("商品", 1_280)]
    (paid,) = receipt.payments
    assert (paid.received_fen, paid.change_fen) == (2_000, 800)
    assert [row.fen for row in receipt.tenders] == [80]
    assert (receipt.footer, receipt.is_reprint) == ("谢谢惠顾", False)
    assert mei.card_number not in receipt.card
    assert sale_receipts.build(order, is_reprint=True).is_reprint


def test_a_receipt_without_a_member_shows_no_account(sell, take_cash):
    order = sell()
    take_cash(order, 1_280)
    receipt = sale_receipts.build(orders.get(order.number))
    assert (receipt.card, receipt.points_balance, receipt.stored_value_fen) == ("", None, None)


def test_only_payments_that_paid_are_on_the_receipt(sell, take_cash):
    order = sell()
    order_fixtures.settle(order_fixtures.start_attempt(order, "A1"), "closed")
    take_cash(order, 1_280)
    assert [row.kind for row in sale_receipts.list_payments(order)] == ["cash"]


class TestCashSums:
    @pytest.fixture
    def shift(self, terminal, cashier):
        return shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key="s1")

    def test_cash_of_the_terminal_since_the_opening_is_summed(self, sell, take_cash, terminal, cashier):
        take_cash(sell(key="before"), 1_280, key="before")
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            shift = shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=0, key="s1")
            attempt = take_cash(sell(), 2_000)
            order_fixtures.pay_cash(order_fixtures.place(terminal.shop, order_fixtures.line(999)))
            cash.hand_back(
                number="h1",
                attempt_number=attempt.number,
                amount_fen=280,
                reason="退货",
                terminal_id=terminal.id,
            )
            assert cash_sums.sum_cash(shift) == CashSums(1_280, 0, 280)

    def test_a_shift_without_cash_has_zeros_and_a_closed_one_stays(self, shift, sell, take_cash, cashier):
        assert cash_sums.sum_cash(shift) == CashSums(0, 0, 0)
        closed = shifts.close(shift=shift, cashier=cashier, counted_fen=0)
        with time_machine.travel(clock.now() + timedelta(minutes=1)):
            take_cash(sell(), 1_280)
            assert cash_sums.sum_cash(closed) == CashSums(0, 0, 0)


class TestPaymentNews:
    def notify(self, kind, attempt):
        event = SimpleNamespace(kind=kind, properties={"number": attempt.number})
        payment_news.notify(event)

    @pytest.fixture
    def attempt(self, sell, terminal):
        attempt = order_fixtures.start_attempt(sell(), "A1")
        attempt.update_fields(terminal_id=terminal.id)
        return attempt

    @pytest.mark.parametrize(
        ("event", "kind", "message"),
        [
            ("payments.succeeded", "payment_succeeded", "微信网页支付已收款 12.80 元"),
            ("payments.failed", "payment_failed", "微信网页支付 12.80 元未付成：顾客未完成支付"),
            ("payments.closed", "payment_reversed", "微信网页支付 12.80 元已撤销"),
            ("payments.surplus", "surplus", "微信网页支付多收 0.00 元，已自动退款"),
        ],
    )
    def test_news_tells_what_became_of_a_payment(self, attempt, terminal, event, kind, message):
        self.notify(event, attempt)
        (row,) = news.list_after(terminal=terminal, after=0)
        assert (row.kind, row.message, row.sale_number) == (kind, message, attempt.payable_number)

    def test_cash_and_payments_without_a_terminal_are_no_news(self, attempt, sell, take_cash, terminal):
        self.notify("payments.succeeded", take_cash(sell(key="k2"), 1_280))
        attempt.update_fields(terminal_id=None)
        self.notify("payments.succeeded", attempt)
        assert news.list_after(terminal=terminal, after=0) == []

    def test_the_events_of_payments_have_their_sentences(self, sell, take_cash):
        take_cash(sell(), 1_280)
        kinds = {event.kind for event in Event.select() if event.kind.startswith("payments.")}
        assert kinds <= payment_news._SENTENCES.keys()
        assert PaymentAttempt.select().count() == 1
