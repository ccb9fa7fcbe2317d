"""Offers on the goods of a shop (商品促销): special prices beside the former ones, tags, and a sentence each.

They are read from the price request of an order, so that goods and orders never show different prices.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from store.core import clock
from store.customers.members import Member
from store.orders import goods_lines, pricing_requests
from store.orders.goods_lines import WantedSku
from store.orders.requests import Place
from store.pricing import promotion_words, special_prices
from store.pricing.promotions import Promotion as PromotionValue
from store.pricing.request import PriceLine, PriceRequest
from store.promotions import active, former_prices, words
from store.promotions.drafts import Channel
from store.promotions.tables import Promotion
from store.shops.shops import Shop

MAX_LINES = 500  # of a price request


@dataclass(frozen=True)
class Offer:
    """A promotion as customers read it: `tag` is short, `sentence` is what an order says about its discount."""

    number: str
    kind: str
    name: str
    tag: str
    sentence: str
    limits: tuple[str, ...]
    members_only: bool
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class SkuOffers:
    """The offers on a SKU. A unit costs `special_fen` if a special price holds, for at most `limit` units of an order.

    `former_fen` is the lowest price that was paid in the seven days before the special price, None without one.
    """

    offers: tuple[Offer, ...]
    special_fen: int | None = None
    limit: int | None = None
    former_fen: int | None = None


NOTHING = SkuOffers(())
_TAGS = {"special_price": "特价", "member_day": "会员日 {}"}  # the price itself is beside the tag


def list_of_shop(shop: Shop, member: Member | None, *, channel: Channel = "online") -> list[Offer]:
    """Return the promotions that hold in a shop now, as an order counts them: the first of each step comes first."""
    now = clock.now()
    rows = {row.number: row for row in active.list_rows(shop, channel, now)}
    values = active.list_active(shop, channel, now, member) if rows else ()
    return [_to_offer(rows[value.code], value) for value in _list_open(values) if value.code in rows]


def read_of_skus(
    shop: Shop, sku_ids: Collection[int], member: Member | None, *, channel: Channel = "online"
) -> dict[int, SkuOffers]:
    """Return the offers on SKUs by row id. SKUs without any are left out."""
    now = clock.now()
    rows = {row.number: row for row in active.list_rows(shop, channel, now)} if sku_ids else {}
    sold = sorted(goods_lines.read_sold(shop=shop, sku_ids=set(sku_ids))) if rows else []
    found: dict[int, SkuOffers] = {}
    for begin in range(0, len(sold), MAX_LINES):
        request = _build_request(shop, sold[begin : begin + MAX_LINES], member, channel)
        reader = _LineReader(request, rows)
        for line in request.lines:
            offers = reader.read(line)
            if line.sku_id is not None and offers != NOTHING:
                found[line.sku_id] = offers
    return _with_former_prices(shop, found)


class _LineReader:
    """Reads the offers on the lines of a price request; each promotion is described once."""

    def __init__(self, request: PriceRequest, rows: Mapping[str, Promotion]) -> None:
        self.buyer = request.buyer
        values = _list_open(request.promotions)
        self.offers = {one.code: _to_offer(rows[one.code], one) for one in values if one.code in rows}
        others = [one for one in values if one.kind != "special_price" and one.code in rows]
        # What names the goods comes before what is for all.
        self.others = sorted(others, key=lambda one: not one.products and not one.parts)
        self.specials: dict[str, list[PromotionValue]] = {}
        for one in values:
            for price in one.prices:
                self.specials.setdefault(price.product, []).append(one)

    def read(self, line: PriceLine) -> SkuOffers:
        """Return the special price of a line if that is what a unit costs, and what else covers it."""
        (one,) = special_prices.split([line], self.specials.get(line.product, []), self.buyer)
        special = one.promotion
        others = [self.offers[o.code] for o in self.others if o.covers(line.product, line.categories)]
        if special is None:
            return SkuOffers(tuple(others))
        named = [self.offers[special.code]] if special.code in self.offers else []
        limit = next(price.limit for price in special.prices if price.product == line.product)
        return SkuOffers((*named, *others), one.unit.fen, limit)


def _build_request(
    shop: Shop, sku_ids: Sequence[int], member: Member | None, channel: Channel
) -> PriceRequest:
    lines = goods_lines.build(shop=shop, wanted=[WantedSku(sku_id, 1) for sku_id in sku_ids])
    place = Place(
        kind="till" if channel == "till" else "pickup", source="till" if channel == "till" else "miniprogram",
        shop_id=shop.id, lines=lines, member_id=member.id if member else None,
    )  # fmt: skip
    return pricing_requests.build(place, shop, member)


def _with_former_prices(shop: Shop, found: dict[int, SkuOffers]) -> dict[int, SkuOffers]:
    """Add what was paid before each special price began to act."""
    by_start: dict[datetime, list[int]] = {}
    for sku_id, one in found.items():
        if one.special_fen is not None:
            begin = next(
                (offer.starts_at for offer in one.offers if offer.kind == "special_price"), clock.now()
            )
            by_start.setdefault(begin, []).append(sku_id)
    former: dict[int, int] = {}
    for begin, sku_ids in by_start.items():
        former |= former_prices.read_former_prices(shop=shop, sku_ids=sku_ids, before=begin)
    return {sku_id: replace(one, former_fen=former.get(sku_id)) for sku_id, one in found.items()}


def _list_open(values: Sequence[PromotionValue]) -> list[PromotionValue]:
    """Return the promotions of which the buyer may have more, in the order in which they count."""
    left = [value for value in values if value.max_times != 0 and not _is_used_up(value)]
    return sorted(left, key=lambda value: value.order)


def _is_used_up(value: PromotionValue) -> bool:
    return value.kind == "special_price" and all(price.limit == 0 for price in value.prices)


def _to_offer(row: Promotion, value: PromotionValue) -> Offer:
    tag = words.describe(row.draft)
    if value.kind in _TAGS:
        tag = _TAGS[value.kind].format(tag)
    started = max(row.starts_at, row.approved_at or row.starts_at)
    return Offer(
        number=row.number, kind=row.kind, name=row.name, tag=tag, sentence=promotion_words.describe_offer(value),
        limits=tuple(words.describe_limits(row.draft)), members_only=value.needs_member, starts_at=started,
        ends_at=row.ends_at,
    )  # fmt: skip
