"""Goods at a till: found by bar code, name, pinyin or initials, with their prices in the shop."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.catalog import shop_goods, shop_product_list
from store.catalog.products import Product
from store.stock import levels
from till.auth import ERRORS, TillCaller, till_session_required
from web.responses import json_response
from web.schemas import Keyword, RequestModel

bp = APIBlueprint("till_goods", __name__, tag="收银台", url_prefix="/till")

PAGE_SIZE = 20


class TillGoodsQuery(RequestModel):
    """A bar code, or a part of a name."""

    q: Keyword = Field(min_length=1)


class TillGoodsItem(BaseModel):
    """A SKU that the shop sells."""

    sku_id: str
    barcode: str | None
    name: str
    specification: str
    price_fen: int
    member_price_fen: int | None
    available: int
    rack: str


class TillGoodsResponse(BaseModel):
    """The SKUs of the first products found."""

    list: list[TillGoodsItem]


@bp.get("/goods")
@till_session_required
@bp.doc(summary="查找商品", security="till", responses=ERRORS)
@bp.input(TillGoodsQuery, location="query")
@bp.output(TillGoodsResponse)
def find_goods(caller: TillCaller, query_data: TillGoodsQuery) -> Response:
    exact = shop_product_list.find_by_barcode(caller.shop, query_data.q)
    if exact is not None:
        found = [item for item in _to_items(caller, [exact]) if item.barcode == query_data.q]
    else:
        rows, _ = shop_product_list.list_products(caller.shop, text=query_data.q, page_size=PAGE_SIZE)
        found = _to_items(caller, rows)
    return json_response(TillGoodsResponse(list=found))


def _to_items(caller: TillCaller, rows: list[Product]) -> list[TillGoodsItem]:
    sold = shop_product_list.list_sold_skus(caller.shop, [row.id for row in rows])
    left = levels.read_available(
        shop=caller.shop, sku_ids=[sku.id for pairs in sold.values() for sku, _ in pairs]
    )
    return [
        TillGoodsItem(
            sku_id=sku.public_id, barcode=sku.barcode, name=product.name,
            specification=" ".join(sku.specification), price_fen=prices.price_fen,
            member_price_fen=prices.member_fen, available=left[sku.id], rack=shop_goods.describe_rack(row),
        )
        for product in rows
        for sku, row in sold[product.id]
        for prices in (shop_goods.read_prices(sku, row),)
    ]  # fmt: skip
