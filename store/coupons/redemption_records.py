"""Coupon redemptions as rows (用券记录): the table, and the look-ups of what an order uses."""

from collections.abc import Iterable

import peewee

from store.core import clock
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.coupons import coupons
from store.coupons.coupons import Coupon
from store.coupons.eligibility import CouponSnapshot
from store.coupons.quotes import PAYMENT_KIND
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules

# A forfeited coupon is spent although its order was refunded: its terms do not give it back.
TRANSITIONS = {
    "held": {"used", "released"},
    "used": {"returned", "forfeited"},
    "released": set(),
    "returned": set(),
    "forfeited": set(),
}
ACTIVE_STATES = ("held", "used", "forfeited")


class CouponRedemption(Model):
    """The redemption of one coupon for an order.

    `value_fen` is the discount, or the payment if `payment_kind` is set. `amounts_by_line` divides it over lines.

    `order_fen` is the goods before coupons, `paid_fen` what the order was paid with in money.
    """

    coupon = peewee.ForeignKeyField(Coupon, backref="redemptions")
    member = peewee.ForeignKeyField(Member)
    order_number = peewee.CharField(max_length=64, index=True)
    state = peewee.CharField(
        max_length=10, default="held", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    value_fen = peewee.BigIntegerField(constraints=[peewee.Check("value_fen > 0")])
    payment_kind = peewee.CharField(max_length=20, null=True)
    amounts_by_line = JsonField()
    order_fen = peewee.BigIntegerField()
    paid_fen = peewee.BigIntegerField(null=True)
    basket_fingerprint = peewee.CharField(max_length=64)
    shop_code = peewee.CharField(max_length=64)
    first_purchase = peewee.BooleanField(null=True)
    held_at = UtcDateTimeField(default=clock.now)
    used_at = UtcDateTimeField(null=True, index=True)
    ended_at = UtcDateTimeField(null=True)


CouponRedemption.add_index(
    CouponRedemption.index(CouponRedemption.coupon, unique=True, name="coupon_redemption_active").where(
        peewee.SQL("state IN ('held', 'used', 'forfeited')")
    )
)


def list_for_order(order_number: str) -> list[CouponRedemption]:
    """Return all redemptions of an order, the first one first."""
    return sorted(CouponRedemption.find_all(order_number=order_number), key=lambda row: row.id)


def voucher_payments(order_number: str) -> dict[str, int]:
    """Return what vouchers pay of an order, by payment kind."""
    paid = sum(use.value_fen for use in list_active(order_number) if use.payment_kind == PAYMENT_KIND)
    return {PAYMENT_KIND: paid} if paid else {}


def to_snapshot(coupon: Coupon, rule: CouponRule | None = None) -> CouponSnapshot:
    """Return a coupon as quotes need it."""
    rule = rule or coupon.rule
    return CouponSnapshot(
        code=coupon.code,
        rule=rule.public_id,
        terms=rule.terms,
        state=coupon.state,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        is_stopped=rule.stopped_at is not None,
    )


def list_active(order_number: str) -> list[CouponRedemption]:
    """Return the held, used and forfeited coupons of an order."""
    return select_active(CouponRedemption.find_all(order_number=order_number))


def select_active(redemptions: Iterable[CouponRedemption]) -> list[CouponRedemption]:
    """Return the held, used and forfeited ones of redemptions, in the order of the coupons' ids."""
    active = (row for row in redemptions if row.state in ACTIVE_STATES)
    return sorted(active, key=lambda row: int(row.coupon_id))


def lock_active(order_number: str) -> list[CouponRedemption]:
    """Lock the member, then the coupons, and return the active redemptions of an order."""
    uses = list_active(order_number)
    if not uses:
        return []
    members.lock_row_with_member(lambda: CouponRedemption.get_by_id(uses[0].id))
    for use in uses:  # in the order of the coupons' ids
        coupons.lock(use.coupon_id)
    return list_active(order_number)


merge_rules.register_rule(CouponRedemption.member)
