"""Coupon redemptions (用券): held for an order, used when it is paid, released or refunded."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import peewee
from pydantic import Field

from store.core import clock, errors, numbers, rate_limits
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.coupons import coupons, quotes
from store.coupons.basket import Basket
from store.coupons.coupons import Coupon
from store.coupons.discounts import AppliedCoupon
from store.coupons.eligibility import CouponSnapshot
from store.coupons.quotes import PAYMENT_KIND, Quote
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.tenants import business_days, settings

# A forfeited coupon is spent although its order was refunded: its terms do not give it back.
TRANSITIONS = {
    "held": {"used", "released"},
    "used": {"returned", "forfeited"},
    "released": set(),
    "returned": set(),
    "forfeited": set(),
}
ACTIVE_STATES = ("held", "used", "forfeited")
MAX_WALLET_COUPONS = 1000  # coupons of a wallet for one quote


class QuoteSettings(settings.SettingsGroup, name="coupon_quote"):
    """How often one customer may request a quote: a large basket takes a second of CPU time."""

    max_per_customer_per_minute: int = Field(default=60, ge=1)


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
    used_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)


CouponRedemption.add_index(
    CouponRedemption.index(CouponRedemption.coupon, unique=True, name="coupon_redemption_active").where(
        peewee.SQL("state IN ('held', 'used', 'forfeited')")
    )
)


def check_quote_limit(customer: Customer) -> None:
    """Count a quote. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"coupon_quotes:{customer.id}", limit=settings.read(QuoteSettings).max_per_customer_per_minute,
        window_s=60, message="操作过于频繁，请稍后再试",
    )  # fmt: skip


def quote_wallet(*, member: Member, basket: Basket) -> Quote:
    """Return the best combination of the member's coupons for a basket, with reasons for the others.

    Of more than a thousand coupons those that expire last are left out, and the result is not proven optimal.
    """
    mine = coupons.list_wallet(member, limit=MAX_WALLET_COUPONS + 1)
    found = quotes.best_quote(basket, [to_snapshot(coupon) for coupon in mine[:MAX_WALLET_COUPONS]])
    return replace(found, is_optimal=found.is_optimal and len(mine) <= MAX_WALLET_COUPONS)


@db.transactional
def hold(
    *, member: Member, codes: Iterable[str], basket: Basket, order_number: str
) -> list[CouponRedemption]:
    """Hold exactly these coupons of a member for an order. Idempotent for the same basket.

    They are quoted while they are locked, so what is held applies. Another combination or basket needs a `release`
    first; a refunded order can hold no coupons.
    """
    wanted, member = {numbers.normalize(code) for code in codes}, members.lock(member.id)
    before = _list_active(order_number)
    if before:
        return _ensure_same_hold(before, member, wanted, basket)
    if _was_refunded(order_number):
        raise errors.DomainError("coupons_returned", "该订单已退款，不能再用券", 409)
    held = {coupon.code: coupon for coupon in coupons.lock_by_codes(member, wanted)}
    rules = {rule_id: CouponRule.find(id=rule_id) for rule_id in {row.rule_id for row in held.values()}}
    cards = [to_snapshot(coupon, rules[coupon.rule_id]) for coupon in held.values()]
    return [
        _create_hold(held[taken.coupon.code], taken, member, basket, order_number)
        for taken in quotes.quote_exactly(basket, cards).applied_coupons
    ]


@db.transactional
def commit(*, order_number: str, paid_fen: int) -> list[CouponRedemption]:
    """Use the held coupons of a paid order. `paid_fen` is the money paid. Idempotent.

    Call this before the purchase is recorded, because `first_purchase` is true for members without a purchase. A
    coupon that expired while it was held stays valid. Raises DomainError(coupons_released).
    """
    uses = _lock_active(order_number)
    if not uses and CouponRedemption.select().where(CouponRedemption.order_number == order_number).exists():
        raise errors.DomainError("coupons_released", "该订单的优惠券已释放", 409)
    return _commit_all(uses, paid_fen)


@db.transactional
def redeem(
    *, member: Member, codes: Iterable[str], basket: Basket, order_number: str
) -> list[CouponRedemption]:
    """Hold and commit at once, at a till where the order is paid on the spot."""
    uses = hold(member=member, codes=codes, basket=basket, order_number=order_number)
    paid_fen = basket.total_fen - sum(use.value_fen for use in uses)
    return _commit_all(uses, paid_fen)


@db.transactional
def release(*, order_number: str) -> list[CouponRedemption]:
    """Release the coupons of an unpaid order. Idempotent."""
    uses = _lock_active(order_number)
    for use in uses:
        _transition(use, "released", ended_at=clock.now())
        coupons.transition(coupons.lock(use.coupon_id), "issued")
    return uses


@db.transactional
def refund(*, order_number: str) -> list[CouponRedemption]:
    """Return or forfeit the coupons of a refunded order by their terms. Idempotent.

    A coupon keeps its end: one that has expired meanwhile cannot be used again.
    """
    uses = _lock_active(order_number)
    for use in uses:
        if use.state == "held":
            raise _invalid_state_error("退回")
        if use.state == "used":
            _refund_one(use)
    return uses


def list_for_order(order_number: str) -> list[CouponRedemption]:
    """Return all redemptions of an order, the first one first."""
    query = CouponRedemption.select().where(CouponRedemption.order_number == order_number)
    return list(query.order_by(CouponRedemption.id))


def voucher_payments(order_number: str) -> dict[str, int]:
    """Return what vouchers pay of an order, by payment kind."""
    paid = sum(use.value_fen for use in _list_active(order_number) if use.payment_kind == PAYMENT_KIND)
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
    )


def _list_active(order_number: str) -> list[CouponRedemption]:
    mine = (CouponRedemption.order_number == order_number) & CouponRedemption.state.in_(ACTIVE_STATES)
    return list(CouponRedemption.select().where(mine).order_by(CouponRedemption.coupon))


def _was_refunded(order_number: str) -> bool:
    """Return whether the order was refunded: a late repeat must not use the coupons again."""
    returned = (CouponRedemption.order_number == order_number) & (CouponRedemption.state == "returned")
    return bool(CouponRedemption.select().where(returned).exists())


def _lock_active(order_number: str) -> list[CouponRedemption]:
    """Lock the member, then the coupons, and return the active redemptions of an order."""
    uses = _list_active(order_number)
    if not uses:
        return []
    members.lock_row_with_member(lambda: CouponRedemption.get_by_id(uses[0].id))
    list(db.lock(Coupon.select().where(Coupon.id.in_([use.coupon_id for use in uses])).order_by(Coupon.id)))
    return _list_active(order_number)


def _ensure_same_hold(
    redemptions: Sequence[CouponRedemption], member: Member, codes: set[str], basket: Basket
) -> list[CouponRedemption]:
    mine = all(
        (use.member_id, use.basket_fingerprint) == (member.id, basket.fingerprint) for use in redemptions
    )
    if not mine or {use.coupon.code for use in redemptions} != codes:
        raise errors.DomainError("order_has_coupons", "该订单已使用其他优惠券，请先取消", 409)
    return list(redemptions)


def _create_hold(
    coupon: Coupon, applied: AppliedCoupon, member: Member, basket: Basket, order_number: str
) -> CouponRedemption:
    coupons.transition(coupon, "held")
    return CouponRedemption.create(
        coupon=coupon.id,
        member=member.id,
        order_number=order_number,
        value_fen=applied.amount_fen,
        payment_kind=PAYMENT_KIND if applied.is_payment else None,
        amounts_by_line={
            line.number: part
            for line, part in zip(basket.lines, applied.amounts_by_line, strict=True)
            if part
        },
        order_fen=basket.total_fen,
        basket_fingerprint=basket.fingerprint,
        shop_code=basket.shop,
    )


def _commit_all(redemptions: list[CouponRedemption], paid_fen: int) -> list[CouponRedemption]:
    """Commit redemptions. Requires the coupons' locks."""
    for use in redemptions:
        if use.state == "held":
            _commit_one(use, paid_fen)
        elif use.state == "forfeited":
            raise _invalid_state_error("使用")
    return redemptions


def _commit_one(redemption: CouponRedemption, paid_fen: int) -> None:
    coupon, is_first = (
        coupons.lock(redemption.coupon_id),
        members.lock(redemption.member_id).first_purchase_at is None,
    )
    _transition(redemption, "used", used_at=clock.now(), paid_fen=paid_fen, first_purchase=is_first)
    coupons.transition(coupon, "used")
    coupons.record_event(
        "coupons.used", coupon, order_number=redemption.order_number, value_fen=redemption.value_fen
    )


def _refund_one(redemption: CouponRedemption) -> None:
    coupon = coupons.lock(redemption.coupon_id)
    within = coupon.rule.terms.return_days
    back = within is not None and _days_since_use(redemption) <= within
    _transition(redemption, "returned" if back else "forfeited", ended_at=clock.now())
    if back:
        coupons.transition(coupon, "issued")
        coupons.record_event("coupons.returned", coupon, order_number=redemption.order_number)


def _days_since_use(redemption: CouponRedemption) -> int:
    return (business_days.today() - business_days.day_of(redemption.used_at)).days


def _transition(redemption: CouponRedemption, state: str, **changes: object) -> None:
    if state not in TRANSITIONS[redemption.state]:
        raise _invalid_state_error("取消")
    redemption.update_fields(state=state, **changes)


def _invalid_state_error(action: str) -> errors.DomainError:
    return errors.DomainError("coupon_use_state", f"该订单的优惠券当前不能{action}", 409)


merge_rules.register_rule(CouponRedemption.member)
