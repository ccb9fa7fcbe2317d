"""Goods of a store (商品): the list by category, search and sort, one product with its SKUs, and a bar code."""

from functools import partial
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import config
from miniprogram_api.goods import footprint_recording
from miniprogram_api.promotions.schemas import PromotionOffer, to_offers
from store.catalog import categories, goods_favourites, shop_goods, shop_product_list
from store.catalog.fields import Barcode
from store.catalog.products import Product
from store.catalog.rich_text import to_absolute_pictures
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core.errors import not_found
from store.customers import members
from store.customers.customers import Customer
from store.offers import goods_offers
from store.offers.goods_offers import NOTHING, SkuOffers
from store.shops import shops
from store.shops.shops import Shop
from store.stock import levels
from web import paging
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("goods", __name__, tag="商品")


class StoreQuery(RequestModel):
    """Whose goods."""

    account: Account | None = None
    store_id: Keyword = Field(min_length=1, description="门店 id")


class BarcodeQuery(StoreQuery):
    """The bar code that was scanned."""

    barcode: Barcode


class GoodsQuery(StoreQuery, PageQuery):
    """Filters and order of the goods of a store."""

    category_id: Keyword = Field(default="", description="分类 id，含下级分类")
    q: Keyword = Field(default="", description="名称、拼音、首字母、编码或条形码，多个词用空格隔开")
    sort: Literal["newest", "price", "-price", "sales"] = Field(
        default="newest", description="最新上架，价格从低到高，价格从高到低，销量从高到低"
    )
    hot: bool = Field(default=False, description="只看热销推荐")


class CategoryResponse(BaseModel):
    """A category with goods of the store. `parent_id` is null for the first level."""

    id: str
    parent_id: str | None
    name: str
    level: int


class CategoriesResponse(BaseModel):
    """All categories of a store, by level and in their order."""

    list: list[CategoryResponse]


class SkuResponse(BaseModel):
    """A variant that is sold, with its prices in the store, in fen."""

    sku_id: str
    barcode: str | None
    specification: list[str] = Field(description="与商品的 specifications 一一对应，如 500g、红色")
    list_price_fen: int = Field(description="总部零售价")
    price_fen: int = Field(description="本店售价")
    member_price_fen: int | None = Field(description="会员价，与售价相同时为 null")
    special_price_fen: int | None = Field(description="购买一件的特价，没有时为 null")
    special_limit: int | None = Field(description="每单可按特价购买的件数，不限时为 null")
    former_price_fen: int | None = Field(
        description="划线价：特价开始前 7 天内成交的最低价，没有成交时为 null"
    )
    rack: str = Field(description="货位，如“A 区 3 架”，没有时为空")
    available: int = Field(description="可售数量")


class ParameterResponse(BaseModel):
    """A line of the table of parameters, such as 保质期: 12 个月."""

    name: str
    value: str


class GoodsSummary(BaseModel):
    """A product in a list. The prices are those of its SKU that costs least in the store."""

    id: str
    name: str
    brand: str
    unit: str
    picture: str
    price_fen: int
    member_price_fen: int | None = Field(description="会员价，与售价相同时为 null")
    special_price_fen: int | None = Field(description="购买一件的特价，没有时为 null")
    former_price_fen: int | None = Field(
        description="划线价：特价开始前 7 天内成交的最低价，没有成交时为 null"
    )
    promotions: list[PromotionOffer]
    available: int = Field(description="各规格可售数量之和")
    sku_count: int
    sku_id: str = Field(description="价格最低的规格，只有一个规格时可直接加入购物车")
    is_hot: bool = Field(description="是否热销推荐")
    tags: list[str] = Field(description="商品标签，如 当季、自有品牌")
    sold: int = Field(description="本店已售数量，每十分钟更新")


class GoodsListResponse(PageResponse):
    """A page of goods."""

    list: list[GoodsSummary]


class GoodsResponse(BaseModel):
    """One product of a store."""

    id: str
    code: str
    name: str
    brand: str
    unit: str
    origin: str
    category_id: str
    pictures: list[str]
    description: str = Field(description="图文详情，已清理的 HTML")
    specifications: list[str] = Field(description="规格名称，如 净含量、颜色")
    is_hot: bool = Field(description="是否热销推荐")
    tags: list[str] = Field(description="商品标签，如 当季、自有品牌")
    parameters: list[ParameterResponse] = Field(description="商品参数，如 保质期")
    skus: list[SkuResponse]
    promotions: list[PromotionOffer]
    is_favourite: bool = Field(description="是否已收藏，未登录时为 false")


@bp.get("/api/categories")
@login_optional
@bp.doc(summary="门店的商品分类", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(StoreQuery, location="query")
@bp.output(CategoriesResponse)
def list_categories(caller: Caller, query_data: StoreQuery) -> Response:
    rows = shop_product_list.list_categories(shops.get_by_public_id(query_data.store_id))
    ids = {row.id: row.public_id for row in rows}
    found = [
        CategoryResponse(id=row.public_id, parent_id=ids.get(row.parent_id), name=row.name, level=row.level)
        for row in rows
    ]
    return json_response(CategoriesResponse(list=found))


@bp.get("/api/goods")
@login_optional
@bp.doc(summary="门店的商品", security=OPTIONAL_LOGIN, responses={404: "没有该门店或分类"})
@bp.input(GoodsQuery, location="query")
@bp.output(GoodsListResponse)
def list_goods(caller: Caller, query_data: GoodsQuery) -> Response:
    asked = query_data
    shop = shops.get_by_public_id(asked.store_id)
    category = categories.get_by_public_id(asked.category_id) if asked.category_id else None
    rows, page = paging.read_page(
        asked,
        name=f"goods.{asked.sort}",
        fetch=partial(
            shop_product_list.list_products,
            shop,
            text=asked.q,
            category=category,
            sort=asked.sort,
            hot=asked.hot,
        ),
        position=lambda product: shop_product_list.get_position(product, asked.sort),
    )
    return json_response(GoodsListResponse(list=to_summaries(shop, rows, caller.customer), **page))


@bp.get("/api/goods/barcodes")
@login_optional
@bp.doc(summary="扫条形码找商品", security=OPTIONAL_LOGIN, responses={404: "本店没有该条形码的商品"})
@bp.input(BarcodeQuery, location="query")
@bp.output(GoodsResponse)
def get_goods_by_barcode(caller: Caller, query_data: BarcodeQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id)
    product = shop_product_list.find_by_barcode(shop, query_data.barcode)
    if product is None:
        raise not_found("该条形码的商品")
    return json_response(_to_detail(shop, product, caller.customer))


@bp.get("/api/goods/<goods_id>")
@login_optional
@bp.doc(summary="商品详情", security=OPTIONAL_LOGIN, responses={404: "没有该门店，或本店不卖该商品"})
@bp.input(StoreQuery, location="query")
@bp.output(GoodsResponse)
def get_goods(caller: Caller, goods_id: str, query_data: StoreQuery) -> Response:
    shop = shops.get_by_public_id(query_data.store_id)
    product = shop_product_list.get_product(shop, goods_id)
    if caller.customer is not None:
        footprint_recording.record_later(customer=caller.customer, product=product, shop=shop)
    return json_response(_to_detail(shop, product, caller.customer))


def to_summaries(shop: Shop, rows: list[Product], customer: Customer | None = None) -> list[GoodsSummary]:
    """Return products of a store as a list shows them."""
    sold = shop_product_list.list_sold_skus(shop, [row.id for row in rows])
    left, offers = _read_available(shop, sold), _read_offers(shop, sold, customer)
    return [_to_summary(row, sold[row.id], left, offers) for row in rows if sold[row.id]]


def _read_offers(
    shop: Shop, sold: dict[int, list[tuple[Sku, ShopSku]]], customer: Customer | None
) -> dict[int, SkuOffers]:
    member = members.find_active(customer) if customer else None
    return goods_offers.read_of_skus(shop, [sku.id for pairs in sold.values() for sku, _ in pairs], member)


def _read_available(shop: Shop, sold: dict[int, list[tuple[Sku, ShopSku]]]) -> dict[int, int]:
    return levels.read_available(shop=shop, sku_ids=[sku.id for pairs in sold.values() for sku, _ in pairs])


def _to_summary(
    product: Product, sold: list[tuple[Sku, ShopSku]], left: dict[int, int], offers: dict[int, SkuOffers]
) -> GoodsSummary:
    sku, row = min(sold, key=lambda pair: _unit_fen(*pair, offers))
    prices, offer = shop_goods.read_prices(sku, row), offers.get(sku.id, NOTHING)
    return GoodsSummary(
        id=product.public_id, name=product.name, brand=product.brand, unit=product.unit,
        picture=(product.pictures or [""])[0], price_fen=prices.price_fen, member_price_fen=prices.member_fen,
        sku_count=len(sold), sku_id=sku.public_id, is_hot=product.is_hot, tags=product.tags,
        sold=sum(row.sold for _, row in sold),
        available=sum(left[one.id] for one, _ in sold),
        special_price_fen=offer.special_fen, former_price_fen=offer.former_fen,
        promotions=to_offers(offer.offers),
    )  # fmt: skip


def _unit_fen(sku: Sku, row: ShopSku, offers: dict[int, SkuOffers]) -> int:
    special = offers.get(sku.id, NOTHING).special_fen
    return shop_goods.read_prices(sku, row).price_fen if special is None else special


def _to_detail(shop: Shop, product: Product, customer: Customer | None = None) -> GoodsResponse:
    names = (
        "code", "name", "brand", "unit", "origin", "pictures", "description", "specifications", "is_hot", "tags",
        "parameters",
    )  # fmt: skip
    columns: dict[str, Any] = {name: getattr(product, name) for name in names}
    found = shop_product_list.list_sold_skus(shop, [product.id])
    left, offers = _read_available(shop, found), _read_offers(shop, found, customer)
    named = {one.number: one for sku, _ in found[product.id] for one in offers.get(sku.id, NOTHING).offers}
    return GoodsResponse(
        is_favourite=customer is not None and goods_favourites.is_favourite(customer, product),
        id=product.public_id,
        category_id=product.category.public_id,
        skus=[_to_sku(sku, row, left[sku.id], offers.get(sku.id, NOTHING)) for sku, row in found[product.id]],
        promotions=to_offers(named.values()),
        **columns | {"description": to_absolute_pictures(product.description, config.current().public_url)},
    )


def _to_sku(sku: Sku, row: ShopSku, available: int, offer: SkuOffers) -> SkuResponse:
    prices = shop_goods.read_prices(sku, row)
    return SkuResponse(
        sku_id=sku.public_id, barcode=sku.barcode, specification=sku.specification,
        list_price_fen=prices.list_fen, price_fen=prices.price_fen, member_price_fen=prices.member_fen,
        rack=shop_goods.describe_rack(row), available=available, special_price_fen=offer.special_fen,
        special_limit=offer.limit, former_price_fen=offer.former_fen,
    )  # fmt: skip
