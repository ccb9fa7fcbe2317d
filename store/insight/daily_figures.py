"""Figures of business days (经营数据): followers, members, check-ins, sales, payments and coupons, with definitions.

A figure is read for many days at once, in one query for each table. Past days change where their rows do: a coupon
that came back is no longer used.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from peewee import SQL, fn

from store.check_ins.check_ins import CheckIn
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.customers import member_scope
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.members import Member
from store.orders.tables import Order
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.shops import shops
from store.tenants import business_days

ShopIds = frozenset[int] | None
Read = Callable[[Sequence[date], ShopIds], dict[date, tuple[int, ...]]]
_ONE = fn.COUNT(SQL("1"))
_shop_of_follower = fn.COALESCE(Customer.managing_shop_id, Customer.first_shop_id)
_shop_of_member = member_scope.shop_of_member()


@dataclass(frozen=True)
class Figure:
    """A figure of a day. `unit` is people, count or fen, and `right` is that of the list with its rows."""

    key: str
    title: str
    unit: str
    right: str
    definition: str


@dataclass(frozen=True)
class _Source:
    """A table that brings one or two figures."""

    figures: tuple[Figure, ...]
    read: Read


def read_days(
    days: Iterable[date], *, shop_ids: ShopIds = None, rights: Iterable[str] | None = None
) -> dict[Figure, dict[date, int]]:
    """Return the figures of business days, in their order, that an account with these rights may see.

    `shop_ids` limits them to shops, None means all. The shop of a person is the managing shop, or else that of the
    registration.
    """
    chosen, held = sorted(set(days)), None if rights is None else set(rights)
    found: dict[Figure, dict[date, int]] = {}
    for source in _SOURCES:
        if held is None or source.figures[0].right in held:
            rows = source.read(chosen, shop_ids)
            for place, figure in enumerate(source.figures):
                found[figure] = {day: rows[day][place] if day in rows else 0 for day in chosen}
    return found


def _sum_by_day(query: Any, moment: Any, days: Sequence[date], columns: Sequence[Any]) -> dict[date, tuple]:
    """Return the columns of a query by the business day of a moment: one search of the index for each day."""
    parts = [
        query.select(SQL(str(number)), *columns).where(
            moment >= business_days.start_of(day), moment < business_days.end_of(day)
        )
        for number, day in enumerate(days)
    ]
    rows = reduce(lambda whole, part: whole.union_all(part), parts).tuples()
    return {days[number]: tuple(int(value or 0) for value in values) for number, *values in rows}


def _limit(query: Any, column: Any, shop_ids: ShopIds) -> Any:
    return query if shop_ids is None else query.where(column.in_(sorted(shop_ids)))


def _read_followers(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = Follow.select()
    if shop_ids is not None:
        query = _limit(query.join(Customer), _shop_of_follower, shop_ids)
    return _sum_by_day(query, Follow.followed_at, days, (_ONE,))


def _read_members(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = Member.select().where(Member.joined_at.is_null(False), Member.merged_into.is_null())
    if shop_ids is not None:
        query = _limit(query.join(Customer), _shop_of_member, shop_ids)
    return _sum_by_day(query, Member.joined_at, days, (_ONE,))


def _read_check_ins(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = CheckIn.select(CheckIn.day, _ONE).where(CheckIn.day.in_(days)).group_by(CheckIn.day)
    if shop_ids is not None:
        query = _limit(query.join(Member).join(Customer), _shop_of_member, shop_ids)
    return {day: (int(count),) for day, count in query.tuples()}


def _read_sales(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query = _limit(Order.select().where(Order.direction == "sale"), Order.shop, shop_ids)
    return _sum_by_day(query, Order.paid_at, days, (_ONE, fn.SUM(Order.total_fen)))


def _read_returns(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query = _limit(Order.select().where(Order.direction == "return"), Order.shop, shop_ids)
    return _sum_by_day(query, Order.completed_at, days, (fn.SUM(Order.total_fen),))


def _read_payments(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    paid: Any = PaymentAttempt.select().where(PaymentAttempt.state == "succeeded")
    query = _limit(paid, PaymentAttempt.shop_id, shop_ids)
    return _sum_by_day(query, PaymentAttempt.paid_at, days, (fn.SUM(PaymentAttempt.paid_fen),))


def _read_refunds(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = Refund.select().where(Refund.state == "succeeded")
    if shop_ids is not None:  # as the payment report: a refund belongs to the shop that was paid
        query = _limit(query.join(PaymentAttempt), PaymentAttempt.shop_id, shop_ids)
    return _sum_by_day(query, Refund.done_at, days, (fn.SUM(Refund.amount_fen),))


def _read_issued(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = Coupon.select()
    if shop_ids is not None:
        joined = query.join(Member, on=Coupon.received_by == Member.id).join(Customer)
        query = _limit(joined, _shop_of_member, shop_ids)
    return _sum_by_day(query, Coupon.received_at, days, (_ONE,))


def _read_used(days: Sequence[date], shop_ids: ShopIds) -> dict[date, tuple[int, ...]]:
    query: Any = CouponRedemption.select().where(CouponRedemption.state == "used")
    if shop_ids is not None:
        codes = [shop.code for shop in shops.find_by_ids(sorted(shop_ids)).values()]
        query = query.where(CouponRedemption.shop_code.in_(codes))
    return _sum_by_day(query, CouponRedemption.used_at, days, (_ONE, fn.SUM(CouponRedemption.value_fen)))


_SOURCES = (
    _Source((
        Figure("followers", "新增关注", "people", "members.read",
               "当天关注公众号的人数。同一人取消后再关注，按最近一次关注的日期计。"),
    ), _read_followers),
    _Source((
        Figure("members", "新增会员", "people", "members.read", "当天开卡的会员账号数，已合并到其他账号的不计。"),
    ), _read_members),
    _Source((
        Figure("check_ins", "签到", "people", "members.read", "签到日期为当天的会员数，含补签。"),
    ), _read_check_ins),
    _Source((
        Figure("sales_count", "成交订单", "count", "orders.read", "当天付清的订单数，不扣除退单。"),
        Figure("sales_fen", "销售额", "fen", "orders.read",
               "当天付清的订单的商品金额，已减去优惠；含用券、积分和储值付的部分，不扣除退货。"),
    ), _read_sales),
    _Source((
        Figure("returns_fen", "退货额", "fen", "orders.read", "当天完成的退单的商品金额，已减去相应的优惠。"),
    ), _read_returns),
    _Source((
        Figure("received_fen", "收款", "fen", "payments.read",
               "当天支付成功的金额：微信、支付宝、现金、银行卡等，含储值充值；不含储值和积分抵扣，不扣除退款。"),
    ), _read_payments),
    _Source((
        Figure("refunded_fen", "退款", "fen", "payments.read", "当天退款成功的金额，不论订单是哪天付的。"),
    ), _read_refunds),
    _Source((
        Figure("coupons_issued", "发券", "count", "coupons.read", "当天领取或发放的优惠券张数，转赠不重复计。"),
    ), _read_issued),
    _Source((
        Figure("coupons_used", "用券", "count", "coupons.read", "当天核销且没有退回的优惠券张数。"),
        Figure("coupons_fen", "用券优惠", "fen", "coupons.read", "当天核销且没有退回的优惠券抵扣的金额。"),
    ), _read_used),
)  # fmt: skip
