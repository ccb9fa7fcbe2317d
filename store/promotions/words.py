"""The words of promotions (促销文案): one sentence for goods, such as `满 30 减 5` and `第二件半价`."""

from store.core import money
from store.core.weekdays import format_weekdays
from store.pricing.promotion_words import format_short
from store.pricing.unit_prices import format_fold
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import (
    Bundle,
    BuyGet,
    Discount,
    FullGift,
    MemberDay,
    Reduction,
    SecondHalf,
    SpecialPrices,
    StepRow,
)


def describe(draft: PromotionDraft, *, product: str | None = None) -> str:
    """Return what a promotion gives. `product` names the goods whose special price is said."""
    match draft.parameters:
        case SpecialPrices(prices=prices):
            row = next((one for one in prices if one.product == product), None)
            return f"特价 {money.yuan(row.price_fen)} 元" if row is not None else "限量特价"
        case SecondHalf():
            return "第二件半价"
        case BuyGet() as one:
            return _describe_buy_get(one)
        case Bundle() as one:
            units = sum(part.quantity for part in one.parts)
            return f"{units} 件组合价 {format_short(one.price_fen)} 元"
        case Reduction(steps=steps, repeats=repeats):
            return "，".join(f"{_begin(step, repeats)}减 {format_short(step.off_fen)}" for step in steps)
        case Discount(steps=steps) | MemberDay(steps=steps):
            return "，".join(_describe_fold(step, step.percent) for step in steps)
        case FullGift(steps=steps, repeats=repeats):
            return "，".join(f"{_begin(step, repeats)}送赠品" for step in steps)
    raise AssertionError("a draft has parameters of a kind")


def describe_limits(draft: PromotionDraft) -> list[str]:
    """Return who may have a promotion, when and how often: `限会员`, `每人限 2 次`, `每周二`."""
    found = []
    if draft.tiers or draft.members_only or draft.kind == "member_day":
        found.append("限指定等级会员" if draft.tiers else "限会员")
    if draft.limit_per_member is not None:
        unit = "件" if draft.kind == "special_price" else "次"
        found.append(f"每人限 {draft.limit_per_member} {unit}")
    if draft.weekdays:
        found.append(format_weekdays(draft.weekdays))
    if draft.month_days:
        found.append("每月 " + "、".join(str(day) for day in sorted(draft.month_days)) + " 日")
    if draft.hours is not None:
        found.append(f"{draft.hours.begins}–{draft.hours.ends}")
    if not draft.with_coupons:
        found.append("不与优惠券同享")
    return found


def _describe_fold(step: StepRow, percent: int) -> str:
    begin = _begin(step)
    return f"{begin}打 {format_fold(percent)}" if begin else format_fold(percent)


def _describe_buy_get(one: BuyGet) -> str:
    if one.percent == 100:
        return f"买 {one.buy} 送 {one.get}"
    fold = "半价" if one.percent == 50 else f" {format_fold(one.percent)}"
    return f"第 {one.buy + 1} 件{fold}" if one.get == 1 else f"买 {one.buy} 件后 {one.get} 件{fold}"


def _begin(step: StepRow, repeats: bool = False) -> str:
    every = "每满" if repeats else "满"
    if step.from_units:
        return f"{every} {step.from_units} 件"
    return f"{every} {format_short(step.from_fen)} " if step.from_fen else ""
