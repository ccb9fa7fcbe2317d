"""The texts of promotions for staff (促销说明): one sentence that explains the rule, and the facts to be approved."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.categories import Category
from store.catalog.product_groups import ProductGroup
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import money
from store.core.weekdays import format_weekdays
from store.pricing.promotion_words import format_short
from store.pricing.unit_prices import format_fold
from store.promotions import references, words
from store.promotions.drafts import CHANNEL_LABELS, PromotionDraft
from store.promotions.parameters import (
    KIND_LABELS,
    Bundle,
    BundlePartRow,
    Discount,
    FullGift,
    GiftStep,
    MemberDay,
    Reduction,
    SecondHalf,
    SpecialPriceRow,
    SpecialPrices,
    StepRow,
)
from store.shops.shops import Shop
from store.tenants import business_days, cost_centres
from store.tiers.tiers import Tier

MAX_NAMED = 5


@dataclass(frozen=True)
class Names:
    """The names of what drafts refer to, by code. What is missing is shown by its code."""

    products: Mapping[str, str]
    skus: Mapping[str, str]
    categories: Mapping[str, str]
    product_groups: Mapping[str, str]
    tiers: Mapping[str, str]
    shops: Mapping[str, str]


def read_names(*drafts: PromotionDraft) -> Names:
    """Return the names of all that drafts refer to."""
    return Names(
        products=_read(Product.code, {code for draft in drafts for code in references.list_products(draft)}),
        skus=_read_skus({code for draft in drafts for code in references.list_gift_skus(draft)}),
        categories=_read(Category.code, {code for draft in drafts for code in draft.categories}),
        product_groups=_read(ProductGroup.code, {code for draft in drafts for code in draft.product_groups}),
        tiers=_read(Tier.code, {code for draft in drafts for code in draft.tiers}),
        shops=_read(Shop.code, {code for draft in drafts for code in draft.shops}),
    )


def explain(draft: PromotionDraft, names: Names) -> str:
    """Return one sentence that says when, where and for whom a promotion gives what."""
    where = _join(draft.shops, names.shops, unit="家门店") or "全部门店"
    if len(draft.channels) == 1:
        where += f"（仅{CHANNEL_LABELS[draft.channels[0]].partition('（')[0]}）"
    goods = "" if draft.kind in ("special_price", "bundle") else f"{describe_goods(draft, names)}，"
    times = _format_times(draft)
    when = format_period(draft) + (f"（{times}）" if times else "")
    parts = [when, where, f"{describe_buyers(draft, names)}购买{goods}"]
    sentence = "，".join(parts) + describe_benefit(draft, names)
    return "，".join([sentence, *_list_limits(draft)]) + "。"


def list_texts(draft: PromotionDraft, names: Names) -> list[tuple[str, str]]:
    """Return the facts of a promotion as pairs of label and text."""
    centre = cost_centres.name_of(draft.cost_centre) if draft.cost_centre else ""
    facts = [
        ("名称", draft.name), ("类型", KIND_LABELS[draft.kind]), ("优惠内容", describe_benefit(draft, names)),
        ("时间", format_period(draft)), ("生效时段", _format_times(draft) or "全天"),
        ("门店", _join(draft.shops, names.shops, unit="家门店") or "全部门店"),
        ("渠道", "、".join(CHANNEL_LABELS[one] for one in draft.channels)),
        ("适用商品", describe_goods(draft, names)), ("适用顾客", describe_buyers(draft, names)),
        ("每人限", _format_limit(draft) or "不限"), ("优先级", str(draft.priority)),
        ("与其他促销", "不可同享" if draft.exclusive else "可同享"),
        ("与优惠券", _yes(draft.with_coupons)), ("与积分", _yes(draft.with_points)),
        ("与会员价", _yes(draft.with_member_prices)),
        ("退货后", "不满足条件时重新计算" if draft.recalculates else "不重新计算"), ("成本中心", centre),
        ("活动说明", draft.rules_text),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


def compare(before: PromotionDraft | None, after: PromotionDraft) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what differs."""
    names = read_names(*[one for one in (before, after) if one is not None])
    known = dict(list_texts(before, names)) if before is not None else {}
    wanted = dict(list_texts(after, names))
    pairs = ((label, known.get(label, ""), wanted.get(label, "")) for label in {**wanted, **known})
    return [pair for pair in pairs if pair[1] != pair[2]]


def format_period(draft: PromotionDraft) -> str:
    """Return from when to when a promotion lasts, as the clocks in the shops show it."""
    first, last = (business_days.to_local(one) for one in (draft.starts_at, draft.ends_at))
    return f"{first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M}"


def describe_goods(draft: PromotionDraft, names: Names) -> str:
    """Return which goods a promotion is for."""
    if draft.kind in ("special_price", "bundle"):
        return "见优惠内容"
    found = [
        _join(draft.products, names.products, unit="种商品"),
        _join(draft.categories, names.categories, unit="个分类", suffix="分类"),
        _join(draft.product_groups, names.product_groups, unit="个商品组", suffix="商品组"),
    ]
    return "、".join(filter(None, found)) or "全部商品"


def describe_buyers(draft: PromotionDraft, names: Names) -> str:
    """Return who may have a promotion."""
    if draft.tiers:
        return f"{_join(draft.tiers, names.tiers, unit='个等级')}会员"
    return "会员" if draft.members_only or draft.kind == "member_day" else "所有顾客"


def describe_benefit(draft: PromotionDraft, names: Names) -> str:
    """Return what a promotion gives, with the names of its goods."""
    match draft.parameters:
        case SpecialPrices(prices=prices):
            return _shorten([_describe_price(row, names) for row in prices], unit="种商品")
        case SecondHalf(per_product=per_product):
            return "第二件半价（同款）" if per_product else "第二件半价（可混搭）"
        case Bundle(parts=parts, price_fen=price_fen):
            return f"{' + '.join(_describe_part(row, names) for row in parts)}，组合价 {money.yuan(price_fen)} 元"
        case FullGift(steps=steps, repeats=repeats):
            return "，".join(f"{_begin(step, repeats)}送{_join_gifts(step, names)}" for step in steps)
        case Reduction(steps=steps, repeats=repeats):
            return "，".join(f"{_begin(step, repeats)}减 {format_short(step.off_fen)} 元" for step in steps)
        case Discount(steps=steps) | MemberDay(steps=steps):
            return "，".join(f"{_begin(step)}打 {format_fold(step.percent)}" for step in steps)
    return words.describe(draft)


def _describe_price(row: SpecialPriceRow, names: Names) -> str:
    limits = [
        f"每单限 {row.per_order} 件" if row.per_order else "",
        f"共 {row.quantity} 件" if row.quantity else "",
    ]
    limited = "，".join(filter(None, limits))
    name = names.products.get(row.product, row.product)
    return f"“{name}”特价 {money.yuan(row.price_fen)} 元" + (f"（{limited}）" if limited else "")


def _describe_part(row: BundlePartRow, names: Names) -> str:
    return f"{_join(row.products, names.products, unit='种商品', between='或')} {row.quantity} 件"


def _join_gifts(step: GiftStep, names: Names) -> str:
    return "、".join(f"“{names.skus.get(row.sku, row.sku)}”{row.quantity} 件" for row in step.gifts)


def _begin(step: StepRow, repeats: bool = False) -> str:
    every = "每满" if repeats else "满"
    if step.from_units:
        return f"{every} {step.from_units} 件"
    return f"{every} {format_short(step.from_fen)} 元" if step.from_fen else ""


def _list_limits(draft: PromotionDraft) -> list[str]:
    found = [f"每人限 {_format_limit(draft)}"] if draft.limit_per_member else []
    barred = [
        name
        for name, is_allowed in (
            ("其他促销", not draft.exclusive), ("优惠券", draft.with_coupons), ("积分", draft.with_points),
            ("会员价", draft.with_member_prices),
        )
        if not is_allowed
    ]  # fmt: skip
    return [*found, f"不与{'、'.join(barred)}同享"] if barred else found


def _format_limit(draft: PromotionDraft) -> str:
    if draft.limit_per_member is None:
        return ""
    return f"{draft.limit_per_member} {'件' if draft.kind == 'special_price' else '次'}"


def _format_times(draft: PromotionDraft) -> str:
    month_days = "、".join(str(day) for day in sorted(draft.month_days))
    parts = [
        format_weekdays(draft.weekdays), f"每月 {month_days} 日" if month_days else "",
        f"{draft.hours.begins}–{draft.hours.ends}" if draft.hours else "",
    ]  # fmt: skip
    return " ".join(filter(None, parts))


def _yes(is_allowed: bool) -> str:
    return "可同享" if is_allowed else "不可同享"


def _join(
    codes: Sequence[str], names: Mapping[str, str], *, unit: str, suffix: str = "", between: str = "、"
) -> str:
    return _shorten([f"“{names.get(code, code)}”{suffix}" for code in codes], unit=unit, between=between)


def _shorten(texts: Sequence[str], *, unit: str, between: str = "、") -> str:
    """Join texts, of many the first few and their number."""
    shown = between.join(texts[:MAX_NAMED])
    return shown if len(texts) <= MAX_NAMED else f"{shown}等 {len(texts)} {unit}"


def _read(column: Any, codes: Collection[str]) -> dict[str, str]:
    if not codes:
        return {}
    rows: Iterable[tuple[str, str]] = column.model.select(column, column.model.name).where(
        column.in_(sorted(codes))
    ).tuples()  # fmt: skip
    return dict(rows)


def _read_skus(codes: Collection[str]) -> dict[str, str]:
    if not codes:
        return {}
    query: Any = Sku.select(Sku, Product).join(Product).where(Sku.code.in_(sorted(codes)))
    return {sku.code: sku.full_name for sku in query}
