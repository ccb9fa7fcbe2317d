"""The cart as a page shows it (购物车列表): by shop, with current prices, problems and the total of what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.carts.carts import MAX_QUANTITY, CartLine
from store.catalog import shop_goods
from store.catalog.products import Product
from store.catalog.shop_goods import Prices
from store.catalog.skus import Sku
from store.customers import customers, members
from store.customers.customers import Customer
from store.offers import goods_offers
from store.offers.goods_offers import NOTHING, SkuOffers
from store.orders import goods_lines, orders
from store.orders.goods_lines import SoldSku, WantedSku
from store.orders.requests import Place
from store.pricing.price import Price
from store.shops import shops
from store.shops.shops import Shop
from store.stock import levels


@dataclass(frozen=True)
class ListedLine:
    """A line with what it costs now. `problem` is off_sale, sold_out or short, empty if it can be ordered."""

    row: CartLine
    sku: Sku
    product: Product
    prices: Prices
    available: int
    problem: str
    offers: SkuOffers = NOTHING


@dataclass(frozen=True)
class ShopCart:
    """The lines of a shop. `price` is that of the selected lines which can be ordered, None without any."""

    shop: Shop
    lines: tuple[ListedLine, ...]
    price: Price | None


def read(customer: Customer) -> list[ShopCart]:
    """Return the cart by shop, the one with the latest line first."""
    owner = customers.survivor(customer)
    rows = list(CartLine.select().where(CartLine.customer == owner.id).order_by(CartLine.id.desc()))
    return _read_shops(owner, rows)


def read_visitor(wanted: Sequence[tuple[Shop, Sku, int]]) -> list[ShopCart]:
    """Return the cart that a visitor's browser keeps, as `read` shows one. Its total is that without a membership."""
    units: dict[tuple[int, int], int] = {}
    for shop, sku, quantity in wanted:
        units[shop.id, sku.id] = min(units.get((shop.id, sku.id), 0) + quantity, MAX_QUANTITY)
    rows = [
        CartLine(shop=shop_id, sku=sku_id, quantity=quantity, price_fen=0, is_selected=True)
        for (shop_id, sku_id), quantity in units.items()
    ]
    return _read_shops(None, rows)


def _read_shops(owner: Customer | None, rows: Sequence[CartLine]) -> list[ShopCart]:
    by_shop: dict[int, list[CartLine]] = {}
    for row in rows:
        by_shop.setdefault(row.shop_id, []).append(row)
    found = shops.find_by_ids(list(by_shop))
    skus = {sku.id: sku for sku in Sku.by_ids(sorted({row.sku_id for row in rows}))}
    goods = {
        product.id: product for product in Product.by_ids(sorted({sku.product_id for sku in skus.values()}))
    }
    return [
        _read_shop(owner, found[shop_id], [row for row in lines if row.sku_id in skus], skus, goods)
        for shop_id, lines in by_shop.items()
        if shop_id in found
    ]


def count(customer: Customer) -> int:
    """Return the number of units in the cart."""
    owner = customers.survivor(customer)
    return sum(row.quantity for row in CartLine.find_all(customer=owner.id))


def _read_shop(
    owner: Customer | None,
    shop: Shop,
    rows: Sequence[CartLine],
    skus: dict[int, Sku],
    goods: dict[int, Product],
) -> ShopCart:
    ids = {row.sku_id for row in rows}
    sold, left = goods_lines.read_sold(shop=shop, sku_ids=ids), levels.read_available(shop=shop, sku_ids=ids)
    offers = goods_offers.read_of_skus(shop, sorted(sold), members.find_active(owner) if owner else None)
    lines = tuple(
        ListedLine(
            row, skus[row.sku_id], goods[skus[row.sku_id].product_id],
            shop_goods.read_prices(skus[row.sku_id], sold[row.sku_id].row if row.sku_id in sold else None),
            left[row.sku_id], _find_problem(row, sold.get(row.sku_id), left[row.sku_id]),
            offers.get(row.sku_id, NOTHING),
        )
        for row in rows
    )  # fmt: skip
    wanted = [
        WantedSku(line.row.sku_id, line.row.quantity)
        for line in lines
        if line.row.is_selected and not line.problem
    ]
    return ShopCart(shop, lines, _price(owner, shop, wanted) if wanted else None)


def _find_problem(row: CartLine, sold: SoldSku | None, left: int) -> str:
    if sold is None:
        return "off_sale"
    if not left:
        return "sold_out"
    return "short" if row.quantity > left else ""


def _price(owner: Customer | None, shop: Shop, wanted: Sequence[WantedSku]) -> Price:
    """Return the price as an order of these lines would have it, a member's with the best coupons."""
    return orders.preview(
        Place(
            kind="pickup", source="miniprogram", shop_id=shop.id,
            lines=goods_lines.build(shop=shop, wanted=wanted),
            member_id=members.get_or_create(owner).id if owner is not None else None,
            coupon_codes="best" if owner is not None else frozenset(),
        )
    )  # fmt: skip
