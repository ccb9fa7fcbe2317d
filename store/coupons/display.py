"""Coupon display (券面): the terms as texts for customers."""

from dataclasses import dataclass

from store.core import money
from store.coupons import terms as coupon_terms
from store.coupons.terms import AmountOff, DaysAfterReceipt, Exchange, FixedDays, PercentOff, Terms, Unlimited

KIND_LABELS = {"amount_off": "满减券", "percent_off": "折扣券", "exchange": "兑换券", "voucher": "代金券"}


@dataclass(frozen=True)
class CouponDisplay:
    """`value_text` is the large text (`¥5`, `8 折`), `conditions` lists all limits, a sentence each."""

    kind: str
    kind_label: str
    value_text: str
    headline: str
    threshold: str
    validity: str
    conditions: tuple[str, ...]


def describe(terms: Terms) -> CouponDisplay:
    """Return the display of a coupon with these terms."""
    worth, headline = _describe_benefit(terms)
    return CouponDisplay(
        kind=terms.benefit.kind,
        kind_label=KIND_LABELS[terms.benefit.kind],
        value_text=worth,
        headline=headline,
        threshold=f"满 {_format_yuan(terms.threshold_fen)} 元可用" if terms.threshold_fen else "无门槛",
        validity=_describe_validity(terms),
        conditions=tuple(_describe_conditions(terms)),
    )


def _describe_benefit(terms: Terms) -> tuple[str, str]:
    benefit = terms.benefit
    if isinstance(benefit, AmountOff):
        off = _format_yuan(benefit.off_fen)
        over = f"满 {_format_yuan(terms.threshold_fen)} 元减" if terms.threshold_fen else "立减"
        return f"¥{off}", f"{over} {off} 元"
    if isinstance(benefit, PercentOff):
        fold = f"{(100 - benefit.percent) / 10:g} 折"
        return fold, fold + (f"，最多减 {_format_yuan(benefit.max_fen)} 元" if benefit.max_fen else "")
    if isinstance(benefit, Exchange):
        how = f"{_format_yuan(benefit.price_fen)} 元换购" if benefit.price_fen else "免费兑换"
        return "兑换", f"{how} {benefit.quantity} 件"
    return f"¥{_format_yuan(benefit.worth_fen)}", f"可抵 {_format_yuan(benefit.worth_fen)} 元，不找零"


def _describe_validity(terms: Terms) -> str:
    validity = terms.validity
    if isinstance(validity, FixedDays):
        return f"{validity.first_day} 至 {validity.last_day}"
    if isinstance(validity, Unlimited):
        return f"领取 {validity.after_days} 天后可用，长期有效" if validity.after_days else "长期有效"
    if not isinstance(validity, DaysAfterReceipt):
        begins = f"领取 {validity.after_days} 天后可用，" if validity.after_days else ""
        return f"{begins}有效期至 {validity.last_day}"
    if validity.after_days:
        return f"领取 {validity.after_days} 天后起 {validity.days} 天内有效"
    return f"领取后 {validity.days} 天内有效" if validity.days > 1 else "领取当天有效"


def _describe_conditions(terms: Terms) -> list[str]:
    return [
        *([f"限{coupon_terms.describe_hours(terms)} 使用"] if _is_limited_in_time(terms) else ()),
        *(["限指定门店"] if terms.shops or terms.shop_groups else ()),
        *(["限指定商品"] if terms.products or terms.product_groups else ()),
        *_describe_stacking(terms),
        "可转赠好友" if terms.gift_hours else "不可转赠",
        "退款后不退券" if terms.return_days is None else _describe_refund(terms.return_days),
    ]


def _is_limited_in_time(terms: Terms) -> bool:
    return bool(terms.hours) or 0 < len(set(terms.weekdays)) < len(coupon_terms.ALL_WEEKDAYS)


def _describe_stacking(terms: Terms) -> list[str]:
    stacking = terms.stacking
    others = {"none": ["不与其他优惠券同用"], "chosen": ["仅与指定优惠券同用"], "any": []}[stacking.others]
    return [
        *([f"每单限用 {stacking.per_order} 张"] if stacking.per_order > 1 else ()),
        *others,
        *(["不与促销同享"] if not stacking.promotions else ()),
    ]


def _describe_refund(days: int) -> str:
    return f"使用后 {days} 天内退款可退券" if days else "使用当天退款可退券"


def _format_yuan(fen: int) -> str:
    """Format yuan without zero fen: `5`, `5.50`."""
    return money.yuan(fen).removesuffix(".00")
