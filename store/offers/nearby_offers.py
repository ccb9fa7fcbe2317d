"""Promotions nearby (附近促销): the goods that promotions name, in the open stores around a place, nearest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from store.catalog.products import Product
from store.catalog.shop_goods import ShopProduct
from store.core import clock
from store.core.keyset import Position
from store.promotions import active
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import Bundle, SpecialPrices
from store.shops import nearby
from store.shops.coordinates import Coordinates
from store.shops.nearby import NearbyShop
from store.shops.shops import Shop

MAX_SHOPS = 50  # the nearest ones
MAX_PRODUCTS = 500


@dataclass(frozen=True)
class PromotedGoods:
    """A product that a promotion names, in a store that sells it, with the distance in metres."""

    shop: Shop
    metres: int
    product: Product


def list_promoted(
    origin: Coordinates, *, radius_m: float = nearby.DEFAULT_RADIUS_M, page: int = 1, page_size: int = 20,
    after: Position | None = None,
) -> tuple[list[PromotedGoods], int]:  # fmt: skip
    """Return one page of promoted goods, or what comes after a position, and the total.

    Promotions of a whole store, a category or a group name no goods. Raises DomainError(invalid).
    """
    around = nearby.search_shops(origin, radius_m=radius_m, limit=MAX_SHOPS).shops
    codes = {row.shop.id: _list_named(row.shop) for row in around}
    goods = _find_products(set().union(*codes.values()))
    keys = sorted(_list_keys(around, codes, goods))
    begin = (page - 1) * page_size
    if after is not None:
        begin = sum(key <= tuple(after) for key in keys)
    shops = {row.shop.id: row.shop for row in around}
    products = {product.id: product for product in goods.values()}
    chosen = keys[begin : begin + page_size]
    return [PromotedGoods(shops[shop], metres, products[product]) for metres, shop, product in chosen], len(
        keys
    )


def get_position(row: PromotedGoods) -> Position:
    """Return the position of a listed product: distance, store and product."""
    return (row.metres, row.shop.id, row.product.id)


def _list_named(shop: Shop) -> set[str]:
    """Return the codes of the products that the promotions of a shop name."""
    rows = active.list_rows(shop, "online", clock.now())
    return {code for row in rows for code in _list_codes(row.draft)}


def _list_codes(draft: PromotionDraft) -> Iterable[str]:
    match draft.parameters:
        case SpecialPrices(prices=prices):
            return [row.product for row in prices]
        case Bundle(parts=parts):
            return [code for part in parts for code in part.products]
        case _:
            return draft.products


def _find_products(codes: set[str]) -> dict[str, Product]:
    if not codes:
        return {}
    query = Product.select().where(Product.code << sorted(codes)).order_by(Product.id).limit(MAX_PRODUCTS)
    return {product.code: product for product in query}


def _list_keys(
    around: list[NearbyShop], codes: dict[int, set[str]], goods: dict[str, Product]
) -> list[tuple[int, int, int]]:
    """Return distance, shop id and product id of what the shops sell of the named goods."""
    if not goods:
        return []
    named = (ShopProduct.shop << sorted(codes)) & (ShopProduct.product << [one.id for one in goods.values()])
    sold: Any = ShopProduct.select(ShopProduct.shop, ShopProduct.product).where(named).tuples()
    by_id = {product.id: code for code, product in goods.items()}
    away = {row.shop.id: row.metres for row in around}
    return [
        (away[shop_id], shop_id, product_id)
        for shop_id, product_id in sold
        if by_id[product_id] in codes[shop_id]
    ]
