"""Ineligibility reasons (不可用原因): why a coupon does not apply to a basket, with a message."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from store.core import money
from store.coupons import coupons
from store.coupons import terms as coupon_terms
from store.coupons.basket import Basket, BasketLine
from store.coupons.terms import Exchange, Terms


@dataclass(frozen=True)
class CouponSnapshot:
    """A coupon as quotes need it; `rule` is the public id of its rule, which may be stopped (紧急暂停)."""

    code: str
    rule: str
    terms: Terms
    state: str
    starts_at: datetime
    ends_at: datetime
    is_stopped: bool = False


@dataclass(frozen=True)
class IneligibilityReason:
    """`code` is stable; `message` is shown to the customer."""

    code: str
    message: str


def find_ineligibility_reason(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    """Return the first reason against a coupon for a basket, or None."""
    return find_coupon_ineligibility_reason(coupon, basket) or find_terms_ineligibility_reason(
        coupon.terms, basket
    )


def find_coupon_ineligibility_reason(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    """Return the first reason of the coupon itself, or None."""
    return next(filter(None, (test(coupon, basket) for test in _COUPON_CHECKS)), None)


def find_terms_ineligibility_reason(terms: Terms, basket: Basket) -> IneligibilityReason | None:
    """Return the first reason of its terms for a basket, or None."""
    return next(filter(None, (test(terms, basket) for test in _TERMS_CHECKS)), None)


def eligible_lines(terms: Terms, basket: Basket) -> list[int]:
    """Return the indexes of the lines that a coupon discounts."""
    if isinstance(terms.benefit, Exchange):
        goods = terms.benefit.products
        return [place for place in _combinable_lines(terms, basket) if basket.lines[place].product in goods]
    return _counting_lines(terms, basket)


def _counting_lines(terms: Terms, basket: Basket) -> list[int]:
    """Return the indexes of the lines that count towards a coupon."""
    shared = _combinable_lines(terms, basket)
    if not terms.products and not terms.product_groups:
        return shared
    return [place for place in shared if _matches_line(terms, basket.lines[place])]


def _combinable_lines(terms: Terms, basket: Basket) -> list[int]:
    """Return the indexes of the lines whose promotions a coupon may be combined with."""
    both = terms.stacking.promotions
    return [place for place, line in enumerate(basket.lines) if both or not line.promoted]


def _matches_line(terms: Terms, line: BasketLine) -> bool:
    return _matches(line.product, line.groups, terms.products, terms.product_groups)


def _matches(
    code: str, groups: Iterable[str], wanted_codes: tuple[str, ...], wanted_groups: tuple[str, ...]
) -> bool:
    """Return whether a code or group is in the lists; both empty mean everything."""
    return (
        (not wanted_codes and not wanted_groups)
        or code in wanted_codes
        or any(group in wanted_groups for group in groups)
    )


def _check_state(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    return (
        None
        if coupon.state == "issued"
        else IneligibilityReason("state", f"该券{coupons.LABELS[coupon.state]}")
    )


def _check_not_stopped(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    return IneligibilityReason("stopped", "该券暂停使用") if coupon.is_stopped else None


def _check_started(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    if basket.local_time >= coupon.starts_at:
        return None
    begins = coupon.starts_at.astimezone(basket.local_time.tzinfo)
    return IneligibilityReason("not_yet", f"{begins:%Y-%m-%d} 起可用")


def _check_not_ended(coupon: CouponSnapshot, basket: Basket) -> IneligibilityReason | None:
    return None if basket.local_time < coupon.ends_at else IneligibilityReason("ended", "该券已过期")


def _check_hours(terms: Terms, basket: Basket) -> IneligibilityReason | None:
    if coupon_terms.is_valid_at(terms, basket.local_time):
        return None
    return IneligibilityReason("hours", f"限{coupon_terms.describe_hours(terms)} 使用")


def _check_shop(terms: Terms, basket: Basket) -> IneligibilityReason | None:
    meant = _matches(basket.shop, basket.shop_groups, terms.shops, terms.shop_groups)
    return None if meant else IneligibilityReason("shop", "本门店不可用")


def _check_products(terms: Terms, basket: Basket) -> IneligibilityReason | None:
    places = eligible_lines(terms, basket)
    if any(basket.lines[place].total_fen for place in places):
        return None
    if any(line.promoted for line in basket.lines) and not terms.stacking.promotions:
        return IneligibilityReason("promotions", "不与促销同享，没有其他可用商品")
    return IneligibilityReason("products", "没有可用商品")


def _check_threshold(terms: Terms, basket: Basket) -> IneligibilityReason | None:
    """Check the threshold over the covered lines, after promotions and before coupons."""
    threshold = terms.threshold_fen
    missing = threshold - sum(basket.lines[place].total_fen for place in _counting_lines(terms, basket))
    if missing <= 0:
        return None
    return IneligibilityReason(
        "threshold", f"满 {money.yuan(threshold)} 元可用，还差 {money.yuan(missing)} 元"
    )


_COUPON_CHECKS: tuple[Callable[[CouponSnapshot, Basket], IneligibilityReason | None], ...] = (
    _check_state,
    _check_not_stopped,
    _check_started,
    _check_not_ended,
)
_TERMS_CHECKS: tuple[Callable[[Terms, Basket], IneligibilityReason | None], ...] = (
    _check_hours,
    _check_shop,
    _check_products,
    _check_threshold,
)
