"""Orders for tests: a shop, a member with points, coupons and stored value, and cash that pays."""

from itertools import count
from typing import Any, Literal

from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.customers.members import Member
from store.orders import orders
from store.orders.requests import Place, PlaceLine
from store.orders.tables import Order, OrderLine
from store.payments import attempts, merchants, settlement
from store.payments import cash as cash_payments
from store.payments.attempts import PaymentAttempt
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import top_up_payables, top_ups
from tests.support import coupon_fixtures

_numbers = count(1)


def create_shop(code: str = "S1") -> Shop:
    """A shop in which orders are placed."""
    return shops.create_shop(code=code, name=f"门店{code}", location=Coordinates(121.4737, 31.2304))


def create_rich_member(number: int = 1, *, point_count: int = 10_000, value_fen: int = 10_000) -> Member:
    """A member with points and with stored value."""
    member = coupon_fixtures.create_member(number)
    if point_count:
        points.earn(member=member, kind="behaviour_increase", value=point_count, key=f"rich-{number}")
    if value_fen:
        top_up(member, value_fen)
    return member


def top_up(member: Member, amount_fen: int) -> None:
    """Stored value paid in through a platform."""
    number = next(_numbers)
    asked = top_ups.request(member=member, amount_fen=amount_fen, key=f"order-top-up-{number}")
    top_up_payables.take(
        asked.number, attempt_number=f"order{number}", kind="wechat_web", amount_fen=amount_fen
    )


def issue_coupon(member: Member, **changes: Any) -> Coupon:
    """A coupon of a rule with these terms."""
    rule = coupon_fixtures.create_listed_rule(**changes)
    return coupons.issue(rule=rule, member=member, key=f"order-{next(_numbers)}")


def line(unit_price_fen: int, quantity: int = 1, product: str = "tea", **more: Any) -> PlaceLine:
    return PlaceLine(
        product=product, name=f"商品{product}", unit_price_fen=unit_price_fen, quantity=quantity, **more
    )


def make_request(shop: Shop, *lines: PlaceLine, member: Member | None = None, **more: Any) -> Place:
    """A sale of the till: one tea for 100 yuan, or these lines."""
    facts = {"kind": "till", "source": "till", **more}
    return Place(
        shop_id=shop.id, member_id=member.id if member else None, lines=lines or (line(10_000),), **facts
    )


def place(shop: Shop, *lines: PlaceLine, key: str | None = None, **more: Any) -> Order:
    return orders.place(request=make_request(shop, *lines, **more), key=key or f"order-{next(_numbers)}")


def pay_cash(order: Order, fen: int | None = None) -> Order:
    """Cash at the till, all that is due unless said otherwise."""
    due = orders.get(order.number).due_fen
    cash_payments.record_cash(
        payable_kind="order", payable_number=order.number, received_fen=due if fen is None else fen,
        key=f"cash-{next(_numbers)}",
    )  # fmt: skip
    return orders.get(order.number)


def list_lines(order: Order) -> list[OrderLine]:
    return list(OrderLine.select().where(OrderLine.order == order.id).order_by(OrderLine.id))


def value_of(member: Member) -> int:
    """What a member has in stored value, without what is held."""
    account = stored_value_accounts.find_by_member(member)
    return account.principal_fen + account.bonus_fen if account else 0


def start_attempt(order: Order, key: str) -> PaymentAttempt:
    """A payment over WeChat that is asked for and pends."""
    merchant = merchants.Merchant.find(key="pay") or merchants.add(
        platform="wechat_pay", name="商户", merchant_id="1900000109", app_id="wx1", key="pay",
        credentials={
            "private_key_pem": "k", "certificate_serial": "1", "api_v3_keys": ["k" * 32], "public_keys": {"1": "k"},
        },
    )  # fmt: skip
    return attempts.start(
        payable_kind="order", payable_number=order.number, kind="wechat_web", merchant=merchant, key=key
    )


def settle(attempt: PaymentAttempt, outcome: Literal["succeeded", "closed"]) -> settlement.Settlement:
    """What a query of the platform says about an attempt."""
    evidence = settlement.Evidence(
        source="query", attempt_number=attempt.number, outcome=outcome, merchant_id=attempt.merchant_id,
        platform_number=f"42{attempt.number}", amount_fen=attempt.amount_fen,
    )  # fmt: skip
    return settlement.settle(evidence)
