"""Active promotions (生效的促销): what holds in a shop and a channel at a moment, as values for `store/pricing`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from store.catalog import shop_goods
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.customers.members import Member
from store.pricing import promotions as pricing
from store.promotions import uses
from store.promotions.drafts import Channel, Hours, PromotionDraft
from store.promotions.parameters import (
    Bundle,
    BuyGet,
    Discount,
    FullGift,
    GiftRow,
    MemberDay,
    Reduction,
    SecondHalf,
    SpecialPrices,
)
from store.promotions.tables import Promotion
from store.promotions.uses import Used
from store.shops.shops import Shop
from store.stock import levels
from store.tenants import business_days
from store.tiers.tiers import Tier

_ACTIVE = (
    "state = 'approved' AND starts_at <= ? AND ends_at > ? AND {channel} AND (all_shops OR EXISTS (SELECT 1 "
    "FROM promotion_shop WHERE promotion_shop.promotion_id = promotion.id AND promotion_shop.shop_id = ?))"
)
_CONDITIONS = {channel: _ACTIVE.format(channel=channel) for channel in ("online", "till")}


def list_active(
    shop: Shop,
    channel: Channel,
    moment: datetime,
    member: Member | None = None,
    *,
    order_number: str | None = None,
    reserved: Mapping[int, int] | None = None,
) -> tuple[pricing.Promotion, ...]:
    """Return the promotions that hold in a shop and channel, with what is left of their limits for a member.

    What the order `order_number` has itself counts as free. `reserved` is by SKU id how many units the goods of the
    order take from what is available for gifts.
    """
    rows = list_rows(shop, channel, moment)
    if not rows:
        return ()
    used = uses.read_used([row.id for row in rows], member, without_order=order_number)
    gifts = _Gifts(shop, [row.draft for row in rows], reserved or {})
    tiers = _read_tier_names({code for row in rows for code in row.draft.tiers})
    return tuple(
        _to_value(row, row.draft, used, gifts, tiers) for row in rows if _has_content(row.draft, gifts, tiers)
    )


def list_rows(shop: Shop, channel: Channel, moment: datetime) -> list[Promotion]:
    """Return the rows of the promotions that hold in a shop and channel at a moment, in the order of creation."""
    rows = Promotion.find_where(_CONDITIONS[channel], moment, moment, shop.id)
    local = business_days.to_local(moment) if rows else moment
    return sorted((row for row in rows if holds_at(row.draft, local)), key=lambda row: int(row.id))


def holds_at(draft: PromotionDraft, local: datetime) -> bool:
    """Return whether the days and hours of a promotion include a moment, as the clocks in the shop show it."""
    if draft.weekdays and local.isoweekday() not in draft.weekdays:
        return False
    if draft.month_days and local.day not in draft.month_days:
        return False
    return draft.hours is None or _is_within(draft.hours, local)


def _is_within(hours: Hours, local: datetime) -> bool:
    now = f"{local:%H:%M}"
    if hours.begins < hours.ends:
        return hours.begins <= now < hours.ends
    return now >= hours.begins or now < hours.ends


class _Gifts:
    """The gifts of promotions with their names, values and what is in stock of them."""

    def __init__(self, shop: Shop, found: Iterable[PromotionDraft], reserved: Mapping[int, int]) -> None:
        codes = {gift.sku for draft in found for gift in _list_gifts(draft)}
        self.skus = _find_skus(codes)
        ids = {sku.id for sku in self.skus.values()}
        self.products = {
            one.id: one for one in Product.by_ids(sorted({s.product_id for s in self.skus.values()}))
        }
        self.prices = shop_goods.find_of_shop(shop, ids) if ids else {}
        available = levels.read_available(shop=shop, sku_ids=ids) if ids else {}
        self.left = {sku_id: max(0, units - reserved.get(sku_id, 0)) for sku_id, units in available.items()}

    def to_value(self, row: GiftRow) -> pricing.Gift | None:
        """Return a gift, or None for a SKU that is not sold any more."""
        sku = self.skus.get(row.sku)
        if sku is None:
            return None
        sku.product = self.products[sku.product_id]
        value = row.value_fen
        if value is None:
            value = shop_goods.read_prices(sku, self.prices.get(sku.id)).price_fen
        return pricing.Gift(
            product=sku.product.code, name=sku.full_name, value_fen=value, quantity=row.quantity, sku_id=sku.id,
            available=self.left[sku.id], picture=(sku.product.pictures or [""])[0],
        )  # fmt: skip


def _has_content(draft: PromotionDraft, gifts: _Gifts, tiers: Mapping[str, frozenset[str]]) -> bool:
    """Return whether tiers and gifts of a promotion still exist: without them it would be for all, or of nothing."""
    if draft.tiers and not any(tiers[code] for code in draft.tiers):
        return False
    return not isinstance(draft.parameters, FullGift) or bool(_read_gift_steps(draft.parameters, gifts))


def _find_skus(codes: Collection[str]) -> dict[str, Sku]:
    if not codes:
        return {}
    marks = ", ".join("?" * len(codes))
    return {
        sku.code: sku for sku in Sku.find_where(f"state = 'active' AND code IN ({marks})", *sorted(codes))
    }


def _list_gifts(draft: PromotionDraft) -> list[GiftRow]:
    steps = draft.parameters.steps if isinstance(draft.parameters, FullGift) else ()
    return [gift for step in steps for gift in step.gifts]


def _read_tier_names(codes: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the names of tiers by code: pricing knows the tier of a buyer by its name."""
    if not codes:
        return {}
    found: dict[str, set[str]] = {code: set() for code in codes}
    marks = ", ".join("?" * len(codes))
    for tier in Tier.find_where(f"code IN ({marks})", *sorted(codes)):
        found[tier.code].add(tier.name)
    return {code: frozenset(names) for code, names in found.items()}


def _to_value(
    row: Promotion,
    draft: PromotionDraft,
    used: Used,
    gifts: _Gifts,
    tiers: Mapping[str, frozenset[str]],
) -> pricing.Promotion:
    limit = draft.limit_per_member
    is_special = isinstance(draft.parameters, SpecialPrices)
    names = [tiers[code] for code in draft.tiers]
    return pricing.Promotion(
        kind=cast(pricing.PromotionKind, row.kind), code=row.number, name=row.name, priority=draft.priority,
        created=row.id,
        exclusive=draft.exclusive, with_coupons=draft.with_coupons, with_points=draft.with_points,
        with_member_prices=draft.with_member_prices, products=frozenset(draft.products),
        categories=frozenset((*draft.categories, *draft.product_groups)), tiers=frozenset().union(*names),
        members_only=draft.members_only or bool(draft.tiers), cost_centre=draft.cost_centre,
        max_times=None if limit is None or is_special else max(0, limit - used.count(row.id)),
        recalculates=draft.recalculates, **_read_parameters(row, draft, used, gifts),
    )  # fmt: skip


def _read_parameters(row: Promotion, draft: PromotionDraft, used: Used, gifts: _Gifts) -> dict[str, Any]:
    """Return the fields of a value that belong to its kind."""
    match draft.parameters:
        case SpecialPrices(prices=prices):
            return {"prices": tuple(
                pricing.SpecialPrice(one.product, one.price_fen, used.units_left(row.id, draft, one))
                for one in prices
            )}  # fmt: skip
        case SecondHalf(per_product=per_product):
            return {"per_product": per_product}
        case BuyGet() as one:
            return {"buy": one.buy, "get": one.get, "percent": one.percent, "per_product": one.per_product}
        case Bundle(parts=parts, price_fen=price_fen):
            return {
                "parts": tuple(pricing.BundlePart(frozenset(part.products), part.quantity) for part in parts),
                "price_fen": price_fen,
            }
        case Reduction(steps=steps, repeats=repeats):
            return {"repeats": repeats, "steps": tuple(
                pricing.Step(step.from_fen, step.from_units, off_fen=step.off_fen) for step in steps
            )}  # fmt: skip
        case Discount(steps=steps) | MemberDay(steps=steps):
            return {"steps": tuple(
                pricing.Step(step.from_fen, step.from_units, percent=step.percent) for step in steps
            )}  # fmt: skip
        case FullGift() as full:
            return {"repeats": full.repeats, "steps": _read_gift_steps(full, gifts)}
    raise AssertionError(f"{row.kind} is no kind of promotion")


def _read_gift_steps(full: FullGift, gifts: _Gifts) -> Sequence[pricing.Step]:
    found = []
    for step in full.steps:
        given = tuple(gift for row in step.gifts if (gift := gifts.to_value(row)) is not None)
        if given:
            found.append(pricing.Step(step.from_fen, step.from_units, gifts=given))
    return tuple(found)
