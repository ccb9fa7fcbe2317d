"""Coupon quotes (用券方案): the best combination for a basket, and why others do not apply.

Pure: no database access.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from store.core import errors
from store.coupons import best_combination, eligibility
from store.coupons.basket import Basket
from store.coupons.best_combination import Combination
from store.coupons.discounts import AppliedCoupon
from store.coupons.eligibility import CouponSnapshot, IneligibilityReason

PAYMENT_KIND = "voucher"  # 代金券: how what a voucher pays is called among the payments of an order
_NOTHING_LEFT = IneligibilityReason("nothing_left", "已没有可抵扣的金额")
_NOT_COMPARED = IneligibilityReason("not_compared", "可用的券较多，未逐一比较")


@dataclass(frozen=True)
class Quote:
    """`discount_fen` is the discount, `paid_fen` is paid by vouchers; `is_optimal` if no combination is better.

    `reasons` says by code why each of the `unused_coupons` is not applied.
    """

    total_fen: int
    applied_coupons: tuple[AppliedCoupon, ...]
    unused_coupons: tuple[CouponSnapshot, ...] = ()
    reasons: dict[str, IneligibilityReason] = field(default_factory=dict)
    is_optimal: bool = True

    @property
    def discount_fen(self) -> int:
        return sum(taken.amount_fen for taken in self.applied_coupons if not taken.is_payment)

    @property
    def paid_fen(self) -> int:
        return sum(taken.amount_fen for taken in self.applied_coupons if taken.is_payment)

    @property
    def payable_fen(self) -> int:
        return self.total_fen - self.discount_fen - self.paid_fen


def best_quote(basket: Basket, coupons: Sequence[CouponSnapshot]) -> Quote:
    """Return the combination that leaves the least to pay, and the reasons for the others."""
    against = _ineligibility_reasons(basket, coupons)
    best = best_combination.search_best(basket, [card for card in coupons if not against[card.code]])
    codes = {one.coupon.code for one in best.applied_coupons}
    others = tuple(card for card in coupons if card.code not in codes)
    return Quote(
        total_fen=basket.total_fen,
        applied_coupons=best.applied_coupons,
        unused_coupons=others,
        reasons={card.code: against[card.code] or _reason_unused(card, best) for card in others},
        is_optimal=best.is_optimal,
    )


def quote_exactly(basket: Basket, coupons: Sequence[CouponSnapshot]) -> Quote:
    """Return the quote of exactly these coupons. Raises DomainError(coupon_not_applicable)."""
    for card in coupons:
        reason = eligibility.find_ineligibility_reason(
            card, basket
        ) or best_combination.find_stacking_conflict(card, coupons)
        if reason is not None:
            raise _not_applicable_error(card, reason)
    taken = best_combination.best_order(basket, coupons)
    for one in taken:
        if not one.amount_fen:
            raise _not_applicable_error(one.coupon, _NOTHING_LEFT)
    return Quote(total_fen=basket.total_fen, applied_coupons=taken)


def ensure_applicable(basket: Basket, coupons: Sequence[CouponSnapshot]) -> None:
    """Raise DomainError(coupon_not_applicable) for a coupon that does not apply by itself."""
    for card in coupons:
        reason = eligibility.find_ineligibility_reason(card, basket)
        if reason is not None:
            raise _not_applicable_error(card, reason)


def _ineligibility_reasons(
    basket: Basket, coupons: Sequence[CouponSnapshot]
) -> dict[str, IneligibilityReason | None]:
    """Return the reason against each coupon by itself; the terms of a rule are checked once."""
    of_terms = {
        rule: eligibility.find_terms_ineligibility_reason(card.terms, basket)
        for rule, card in {card.rule: card for card in coupons}.items()
    }
    return {
        card.code: eligibility.find_coupon_ineligibility_reason(card, basket) or of_terms[card.rule]
        for card in coupons
    }


def _reason_unused(card: CouponSnapshot, best: Combination) -> IneligibilityReason:
    """Return the reason why an eligible coupon is not in the best combination.

    A conflict alone would suggest that the combinations with the coupon were compared and are not better.
    """
    chosen = [one.coupon for one in best.applied_coupons]
    conflict = best_combination.find_stacking_conflict(card, [*chosen, card])
    if conflict is None:
        return _NOTHING_LEFT if best.is_optimal else _NOT_COMPARED
    if conflict.code == "per_order" or card.rule in best.compared_rules:
        return conflict
    return IneligibilityReason(_NOT_COMPARED.code, f"{conflict.message}，{_NOT_COMPARED.message}")


def _not_applicable_error(coupon: CouponSnapshot, reason: IneligibilityReason) -> errors.DomainError:
    return errors.DomainError(
        "coupon_not_applicable",
        f"「{coupon.terms.name}」{reason.message}",
        409,
        coupon=coupon.code,
        reason=reason.code,
    )
