"""What a customer gives up or gets back by closing the membership (注销), as it is shown before the request."""

import hashlib
import json
from dataclasses import asdict, dataclass

import peewee

from store.core import money
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.points import payments as point_payments
from store.points import points
from store.stored_value import accounts, payment_methods, payouts

GIVEN_UP_STATES = ("issued", "gifting")


@dataclass(frozen=True)
class PointsLine:
    """The points of one group."""

    name: str
    available: int


@dataclass(frozen=True)
class CouponLine:
    """The coupons of one rule."""

    name: str
    count: int


@dataclass(frozen=True)
class RefundLine:
    """The principal that goes back through one channel."""

    channel: str
    label: str
    amount_fen: int


@dataclass(frozen=True)
class ClosingListing:
    """All amounts of a customer, over all programmes. `open_things` are sentences about what has to end first."""

    principal_fen: int
    bonus_fen: int
    refunds: tuple[RefundLine, ...]
    points: tuple[PointsLine, ...]
    coupons: tuple[CouponLine, ...]
    open_things: tuple[str, ...]

    @property
    def version(self) -> str:
        """Return a hash of the amounts, by which a request names what the person has seen."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def build(customer: Customer) -> ClosingListing:
    """Return the listing of a customer as it is now."""
    own = members.list_for_customer(customer)
    held = [account for member in own if (account := accounts.find_by_member(member))]
    return ClosingListing(
        principal_fen=sum(account.principal_fen for account in held),
        bonus_fen=sum(account.bonus_fen for account in held),
        refunds=_refund_lines(own),
        points=tuple(
            PointsLine(name=account.group.name, available=account.available)
            for member in own
            for account in points.list_accounts(member)
            if account.available
        ),
        coupons=_coupon_lines(own),
        open_things=tuple(sentence for member in own for sentence in list_open_things(member)),
    )


def list_open_things(member: Member) -> list[str]:
    """Return a sentence about each thing that has to end before the membership can."""
    account, found = accounts.find_by_member(member), []
    if account and account.held_fen:
        found.append(f"有未完成的订单占用储值 {money.yuan(account.held_fen)} 元")
    held_points = point_payments.held_points(member)
    if held_points:
        found.append(f"有未完成的订单占用 {held_points} 积分")
    held_coupons = select_coupons(member, ("held",)).count()
    if held_coupons:
        found.append(f"有未完成的订单占用 {held_coupons} 张优惠券")
    return found


def select_coupons(member: Member, states: tuple[str, ...] = GIVEN_UP_STATES) -> "peewee.ModelSelect[Coupon]":
    """Return the query of a member's coupons in these states."""
    return Coupon.select().where((Coupon.member == member.id) & Coupon.state.in_(states))


def _refund_lines(own: list[Member]) -> tuple[RefundLine, ...]:
    amounts: dict[str, int] = {}
    for member in own:
        for channel, fen in payouts.quote_refunds(member).items():
            amounts[channel] = amounts.get(channel, 0) + fen
    return tuple(RefundLine(method, _refund_label(method), fen) for method, fen in sorted(amounts.items()))


def _refund_label(method: str) -> str:
    return "到店领取现金" if method == "cash" else payment_methods.label(method)


def _coupon_lines(own: list[Member]) -> tuple[CouponLine, ...]:
    counts: dict[str, int] = {}
    for member in own:
        for coupon in select_coupons(member).order_by(Coupon.id):
            name = coupon.rule.terms.title or coupon.rule.terms.name
            counts[name] = counts.get(name, 0) + 1
    return tuple(CouponLine(name, count) for name, count in sorted(counts.items()))
