"""Many payments whose notices are lost, repeated, doubled, shuffled and late: each has its effect exactly once."""

import random
import time

import pytest

import payment_calls
from store.core import clock
from store.core.events import Event
from store.payments import attempts
from store.payments.attempts import LIVE, PaymentAttempt
from store.payments.notices import PaymentNotice
from store.payments.refunds import Refund
from tests.store.payments.conftest import FakeSale
from tests.support.payment_shop import PLATFORMS, PaymentShop, count_events, money_of

COUNTED = 60
SHUFFLE_S = 0.05


@pytest.mark.parametrize(
    "count", [COUNTED, pytest.param(1_000, marks=[pytest.mark.deep, pytest.mark.timeout(1_800)])]
)
def test_payments_have_one_effect_each_whatever_becomes_of_their_notices(shop, count):
    chance, orders = random.Random(20261128), []
    shop.sandbox.state.wallets.configure("xiaomei", balance_fen=10**9)
    for number in range(count):
        order = shop.order(chance.randint(1, 50_000))
        orders.append(order)
        _pay(shop, order, PLATFORMS[number % 2], chance)
    shop.wait_for_notices()
    _query_all(shop)
    _assert_each_order_paid_once(shop, orders)
    assert PaymentNotice.select().count() >= count // 2
    assert count_events("payments.notice_rejected") == count_events("payments.evidence_rejected") == 0


def _pay(shop: PaymentShop, order: FakeSale, platform: str, chance: random.Random) -> None:
    """Pay an order whose notice is dropped (30 %), repeated up to 16 times, shuffled, or comes after the close."""
    attempt = shop.start(platform, order)
    code = payment_calls.create_qr_code(attempt)
    fate = chance.random()
    if fate < 0.3:
        shop.fault("notice", "drop")
    elif fate < 0.5:
        shop.fault("notice", "duplicate", copies=chance.randint(2, 16))
    elif fate < 0.7:
        shop.fault("notice", "shuffle", delay_s=SHUFFLE_S)
    elif fate < 0.85:
        shop.fault("notice", "reorder", delay_s=SHUFFLE_S)
    if chance.random() < 0.1:
        order.update_fields(is_closed=True)
    shop.confirm(attempt, code)
    if chance.random() < 0.3:  # doubled within the second, both at the same moment
        last = shop.sandbox.state.payment_notices.list_all()[-1]
        if last.state != "dropped":
            shop.sandbox.state.payment_notices.repeat(last.id, copies=2, in_parallel=True)


def _query_all(shop: PaymentShop) -> None:
    """Let the background work run until nothing is open, without waiting for the times of the schedule."""
    until = time.monotonic() + 900
    while time.monotonic() < until:
        PaymentAttempt.update(next_query_at=clock.now()).where(PaymentAttempt.state.in_(LIVE)).execute()
        open_refunds = Refund.state.in_(("asked", "sent"))
        Refund.update(next_try_at=clock.now()).where(open_refunds).execute()
        if not shop.work():
            return
        shop.wait_for_notices()


def _assert_each_order_paid_once(shop: PaymentShop, orders: list[FakeSale]) -> None:
    """Compare our rows with an independent sum over the ledger of the sandbox."""
    charges = {charge.request.number: charge for charge in shop.sandbox.state.wallets.list_charges()}
    assert len(charges) == len(orders)
    for order in orders:
        (attempt,) = attempts.list_for("sale", order.number)
        charge = charges[attempt.number]
        is_closed = FakeSale.get_by_id(order.id).is_closed
        assert (attempt.state, attempt.paid_fen) == ("succeeded", charge.request.amount_fen)
        assert money_of(order) == (0 if is_closed else order.total_fen)
        assert charge.refunded_fen == (order.total_fen if is_closed else 0)
    assert shop.paid_fen() == sum(money_of(order) for order in orders)
    succeeded = Event.select().where(Event.kind == "payments.succeeded")
    numbers = [event.properties["number"] for event in succeeded]
    assert sorted(numbers) == sorted(charges)
    closed = FakeSale.select().where(FakeSale.is_closed).count()
    assert count_events("payments.surplus") == count_events("refunds.succeeded") == closed > 0
