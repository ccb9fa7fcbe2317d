"""Coupon redemptions (用券): held for an order, used when it is paid, released or refunded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import Field

from store.core import clock, errors, numbers, rate_limits
from store.core.database import db
from store.coupons import coupons, quotes
from store.coupons.basket import Basket
from store.coupons.coupons import Coupon
from store.coupons.discounts import AppliedCoupon
from store.coupons.eligibility import CouponSnapshot
from store.coupons.quotes import PAYMENT_KIND, Quote
from store.coupons.redemption_records import (
    TRANSITIONS,
    CouponRedemption,
    list_for_order,
    lock_active,
    select_active,
    to_snapshot,
)
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import business_days, settings

MAX_WALLET_COUPONS = 1000  # coupons of a wallet for one quote


class QuoteSettings(settings.SettingsGroup, name="coupon_quote"):
    """How often one customer may request a quote: a large basket takes a second of CPU time."""

    max_per_customer_per_minute: int = Field(default=60, ge=1, le=10_000)


def check_quote_limit(customer: Customer) -> None:
    """Count a quote. Raises DomainError(too_many)."""
    rate_limits.consume(
        name=f"coupon_quotes:{customer.id}", limit=settings.read(QuoteSettings).max_per_customer_per_minute,
        window_s=60, message="操作过于频繁，请稍后再试",
    )  # fmt: skip


def quote_wallet(*, member: Member, basket: Basket) -> Quote:
    """Return the best combination of the member's coupons for a basket, with reasons for the others.

    A frozen account has none. Of more than a thousand coupons those that expire last are left out, and the result is
    not proven optimal.
    """
    mine = [] if member.is_frozen else coupons.list_wallet(member, limit=MAX_WALLET_COUPONS + 1)
    found = quotes.best_quote(basket, [to_snapshot(coupon) for coupon in mine[:MAX_WALLET_COUPONS]])
    return replace(found, is_optimal=found.is_optimal and len(mine) <= MAX_WALLET_COUPONS)


@db.transactional
def hold(
    *,
    member: Member,
    codes: Iterable[str],
    basket: Basket,
    order_number: str,
    held_as_of: datetime | None = None,
) -> list[CouponRedemption]:
    """Hold exactly these coupons of a member for an order. Idempotent for the same basket.

    They are quoted while they are locked, so what is held applies. Coupons are judged as of the moment when the order
    first held coupons, or as of `held_as_of`. Raises DomainError(hold_differs, coupon_held, coupons_returned,
    coupon_not_applicable, member_frozen, not_found).
    """
    wanted, member = {numbers.normalize(code) for code in codes}, members.lock(member.id)
    earlier = list_for_order(order_number)
    before = select_active(earlier)
    if before:
        return _ensure_same_hold(before, member, wanted, basket)
    if any(use.state == "returned" for use in earlier):  # a late repeat must not use the coupons again
        raise errors.DomainError("coupons_returned", "该订单已退款，不能再用券", 409)
    members.ensure_open(member)
    members.ensure_can_spend(member)
    held = {coupon.code: coupon for coupon in coupons.lock_by_codes(member, wanted)}
    _ensure_free(held.values())
    rules = {rule_id: CouponRule.find(id=rule_id) for rule_id in {row.rule_id for row in held.values()}}
    cards = [to_snapshot(coupon, rules[coupon.rule_id]) for coupon in held.values()]
    judged = _as_first_held(cards, basket, earlier, held_as_of)
    first_held = {use.coupon_id: use.held_at for use in reversed(earlier)}
    return [
        _create_hold(held[taken.coupon.code], taken, member, basket, order_number, first_held)
        for taken in quotes.quote_exactly(judged, cards).applied_coupons
    ]


@db.transactional
def change(*, order_number: str, codes: Iterable[str], basket: Basket) -> list[CouponRedemption]:
    """Hold other coupons, or the same for another basket, for the same order. Idempotent.

    Raises DomainError(hold_released, coupon_use_state) and what `hold` raises; then the coupons stay as they were.
    """
    uses, wanted = lock_active(order_number), {numbers.normalize(code) for code in codes}
    if not uses:
        raise _released_error()
    member = Member.get_by_id(uses[0].member_id)
    same_goods = all(use.basket_fingerprint == basket.fingerprint for use in uses)
    if same_goods and {use.coupon.code for use in uses} == wanted:
        return uses
    release(order_number=order_number)
    return hold(member=member, codes=wanted, basket=basket, order_number=order_number)


@db.transactional
def commit(*, order_number: str, received_fen: int) -> list[CouponRedemption]:
    """Use the held coupons of a paid order. `received_fen` is money and the principal of stored value. Idempotent.

    Call this before the purchase is recorded, because `first_purchase` is true for members without a purchase. A
    coupon that expired while it was held stays valid. Raises DomainError(hold_released, key_reused).
    """
    uses = lock_active(order_number)
    if not uses and CouponRedemption.select().where(CouponRedemption.order_number == order_number).exists():
        raise _released_error()
    if any(use.state == "used" and use.paid_fen != received_fen for use in uses):
        raise errors.DomainError("key_reused", "该订单的优惠券已按其他金额核销", 422, key=order_number)
    return _commit_all(uses, received_fen)


@db.transactional
def redeem(
    *, member: Member, codes: Iterable[str], basket: Basket, order_number: str
) -> list[CouponRedemption]:
    """Hold and commit at once, where nothing but money pays the rest. A till holds and commits instead."""
    uses = hold(member=member, codes=codes, basket=basket, order_number=order_number)
    paid_fen = basket.total_fen - sum(use.value_fen for use in uses)
    return _commit_all(uses, paid_fen)


@db.transactional
def release(*, order_number: str) -> list[CouponRedemption]:
    """Release the coupons of an unpaid order. Idempotent."""
    uses = lock_active(order_number)
    for use in uses:
        _transition(use, "released", ended_at=clock.now())
        coupons.transition(coupons.lock(use.coupon_id), "issued")
    return uses


@db.transactional
def refund(
    *, order_number: str, return_number: str = "", lines_back: Collection[str] | None = None
) -> list[CouponRedemption]:
    """Return or forfeit the coupons of an order whose lines have all come back, by their terms. Idempotent.

    `lines_back` are the lines that are wholly back after this return, None is the whole order. A coupon keeps its
    end: one that has expired meanwhile cannot be used again.
    """
    uses = lock_active(order_number)
    for use in uses:
        if use.state == "held":
            raise _invalid_state_error("退回")
        is_back = lines_back is None or set(use.amounts_by_line) <= set(lines_back)
        if use.state == "used" and is_back:
            _refund_one(use, return_number)
    return uses


def _ensure_same_hold(
    redemptions: Sequence[CouponRedemption], member: Member, codes: set[str], basket: Basket
) -> list[CouponRedemption]:
    mine = all(
        (use.member_id, use.basket_fingerprint) == (member.id, basket.fingerprint) for use in redemptions
    )
    if not mine or {use.coupon.code for use in redemptions} != codes:
        raise errors.DomainError("hold_differs", "该订单已使用其他优惠券，请先取消", 409)
    return list(redemptions)


def _ensure_free(held: Iterable[Coupon]) -> None:
    """Raise DomainError(coupon_held) that names the order which holds one of the coupons."""
    for coupon in held:
        if coupon.state == "held":
            use = CouponRedemption.get(
                (CouponRedemption.coupon == coupon.id) & (CouponRedemption.state == "held")
            )
            raise errors.DomainError(
                "coupon_held", f"该优惠券已被订单 {use.order_number} 占用", 409, coupon=coupon.code,
                order_number=use.order_number, held_since=use.held_at.isoformat(),
            )  # fmt: skip


def _as_first_held(
    cards: Sequence[CouponSnapshot],
    basket: Basket,
    earlier: Sequence[CouponRedemption],
    held_as_of: datetime | None,
) -> Basket:
    """Return the basket at the moment when the order first held coupons.

    Raises DomainError for a coupon that it has never held and that does not apply now.
    """
    moment = held_as_of or min((use.held_at for use in earlier), default=None)
    if moment is None:
        return basket
    known = {use.coupon.code for use in earlier}
    if held_as_of is None:
        quotes.ensure_applicable(basket, [card for card in cards if card.code not in known])
    return replace(basket, local_time=moment.astimezone(basket.local_time.tzinfo))


def _released_error() -> errors.DomainError:
    return errors.DomainError("hold_released", "该订单的优惠券已释放", 409)


def _create_hold(
    coupon: Coupon,
    applied: AppliedCoupon,
    member: Member,
    basket: Basket,
    order_number: str,
    first_held: Mapping[int, datetime],
) -> CouponRedemption:
    """Hold a coupon. One that the order held before keeps the moment of its first hold."""
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
        held_at=first_held.get(coupon.id, clock.now()),
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


def _refund_one(redemption: CouponRedemption, return_number: str) -> None:
    coupon = coupons.lock(redemption.coupon_id)
    within = coupon.rule.terms.return_days
    back = within is not None and _days_since_use(redemption) <= within
    _transition(redemption, "returned" if back else "forfeited", ended_at=clock.now())
    if back:
        coupons.transition(coupon, "issued")
        coupons.record_event(
            "coupons.returned", coupon, order_number=redemption.order_number, return_number=return_number
        )


def _days_since_use(redemption: CouponRedemption) -> int:
    return (business_days.today() - business_days.day_of(redemption.used_at)).days


def _transition(redemption: CouponRedemption, state: str, **changes: object) -> None:
    if state not in TRANSITIONS[redemption.state]:
        raise _invalid_state_error("取消")
    redemption.update_fields(state=state, **changes)


def _invalid_state_error(action: str) -> errors.DomainError:
    return errors.DomainError("coupon_use_state", f"该订单的优惠券当前不能{action}", 409)
