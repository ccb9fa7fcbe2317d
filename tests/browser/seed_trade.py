"""What the browser test of trade finds: `python -m tests.browser.seed_trade TENANT`.

A till of shop S4 with a shift that lacks a yuan, a sale in cash of the first member with a coupon, a payment over
WeChat whose refund waits for a person, stored value with a top-up and a refund request, and cashiers. Prints the
number of the sale and of the shift as JSON.
"""

import json
import sys
from datetime import timedelta

import config
from bootstrap import bootstrap
from store.core import actors, clock
from store.core.database import db
from store.coupons import coupons
from store.customers import identities, members, phones
from store.customers.members import Member
from store.orders import orders
from store.orders.requests import Place, PlaceLine
from store.payments import attempts, cash, merchants, refunds, settlement
from store.shops import shops
from store.shops.shops import Shop
from store.stored_value import refund_requests, top_up_payments, top_up_rules
from store.stored_value.top_ups import TopUp
from store.tenants import registry
from store.tills import cashiers, shifts, terminals
from store.tills.cashiers import Cashier
from store.tills.terminals import Terminal
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_console import FIRST_PHONE
from tests.support import coupon_fixtures

TEA_FEN, CAKE_FEN = 1_500, 2_800


def seed_trade() -> dict[str, str]:
    """Make everything by operations."""
    shop = shops.get_by_code("S4")
    customer = identities.find_by_phone(phones.normalize(str(FIRST_PHONE)))
    assert customer is not None
    member = members.get_or_create(customer)
    terminal = terminals.add(code="TR1", name="二号收银台", shop=shop).terminal
    cashier = cashiers.add(number="1301", name="小周", pin="258036", rights=["sell", "refund"], shop=shop)
    cashiers.add(number="1302", name="老郑", pin="741852", rights=["manager"], shop=shop)
    shift = shifts.open_shift(terminal=terminal, cashier=cashier, opening_fen=20_000, key="seed-trade")
    sale = _sell(shop, member, terminal, cashier)
    shifts.close(shift=shift, cashier=cashier, counted_fen=shifts.sum_cash(shift).total_fen + 19_900)
    _leave_abnormal_refund(shop)
    _seed_stored_value(member, shop)
    return {"sale": sale, "shift": str(shift.id), "card": member.card_number}


def _sell(shop: Shop, member: Member, terminal: Terminal, cashier: Cashier) -> str:
    """Sell two teas and a cake with a coupon for cash, and return the number of the order."""
    coupon = coupons.issue(
        rule=coupon_fixtures.create_listed_rule(name="到店立减"), member=member, key="seed-trade"
    )
    request = Place(
        kind="till", source="till", shop_id=shop.id, member_id=member.id, cashier_id=cashier.id,
        terminal_id=terminal.id, coupon_codes=frozenset({coupon.code}),
        lines=(
            PlaceLine(product="tea", name="茉莉花茶", unit_price_fen=TEA_FEN, quantity=2),
            PlaceLine(product="cake", name="桂花糕", unit_price_fen=CAKE_FEN),
        ),
    )  # fmt: skip
    order = orders.place(request=request, key="seed-trade")
    cash.record_cash(
        payable_kind="order", payable_number=order.number, received_fen=10_000, key="seed-trade",
        terminal_id=terminal.id, cashier_id=cashier.id,
    )  # fmt: skip
    return str(order.number)


@db.transactional
def _leave_abnormal_refund(shop: Shop) -> None:
    """Pay an order over WeChat and leave a refund that the platform cannot do, before a worker sends it."""
    request = Place(
        kind="till", source="till", shop_id=shop.id,
        lines=(PlaceLine(product="tea", name="茉莉花茶", unit_price_fen=TEA_FEN),),
    )  # fmt: skip
    order = orders.place(request=request, key="seed-trade-wechat")
    merchant = merchants.choose(platform="wechat_pay", shop_id=shop.id)
    attempt = attempts.start(
        payable_kind="order", payable_number=order.number, kind="wechat_native", merchant=merchant,
        key="seed-trade-wechat",
    )  # fmt: skip
    evidence = settlement.Evidence(
        source="query", attempt_number=attempt.number, outcome="succeeded", merchant_id=merchant.id,
        platform_number="4200000000202611280000000001", amount_fen=attempt.amount_fen,
    )  # fmt: skip
    settlement.settle(evidence)
    refunds.ask(number="seedtrade1", attempt_number=attempt.number, amount_fen=500, reason="少送一件")
    refunds.record_result(number="seedtrade1", outcome="abnormal", message="用户账户已注销，请用其他方式退款")


def _seed_stored_value(member: Member, shop: Shop) -> None:
    """Top up with a bonus, long ago, so that the request for the money waits for staff."""
    steps = [{"amount_fen": 10_000, "bonus_fen": 1_000}]
    top_up_rules.add(code="trade", name="充百送十", steps=steps)
    top_up = top_up_payments.take_cash(member=member, amount_fen=20_000, key="seed-trade", shop_id=shop.id)
    TopUp.update(paid_at=clock.now() - timedelta(days=90)).where(TopUp.id == top_up.id).execute()
    refund_requests.request(member=member, key="seed-trade")


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(seed_trade()) + "\n")
