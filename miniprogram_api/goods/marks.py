"""Goods that the signed-in customer marks: favourites, what was seen, and notices of arrival."""

from datetime import date
from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.catalog import goods_favourites, products, skus
from store.catalog.goods_favourites import Footprint, GoodsFavourite
from store.shops import shops
from store.stock import arrival_notices
from web import idempotency, paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import Keyword, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("goods_marks", __name__, tag="收藏")


class MarkQuery(RequestModel):
    """The store in which the goods were seen."""

    store_id: Keyword = Field(min_length=1, description="门店 id")


class GoodsMarkResponse(BaseModel):
    """Whether the goods are marked now."""

    id: str
    is_marked: bool


class MarkedGoods(BaseModel):
    """A product with the store in which it was seen."""

    goods_id: str
    name: str
    picture: str
    store_id: str
    store_name: str
    day: date | None = Field(description="足迹的日期，收藏为 null")


class MarkedGoodsResponse(PageResponse):
    """One page of goods, the latest first."""

    list: list[MarkedGoods]


class ClearedResponse(BaseModel):
    """How many footprints were removed."""

    count: int


@bp.put("/api/me/favourites/goods/<goods_id>")
@login_required
@bp.doc(summary="收藏商品", security="session", responses={404: "没有该商品或门店", 409: "收藏已满"})
@bp.input(MarkQuery, location="query")
@bp.output(GoodsMarkResponse)
def add_goods_favourite(caller: Caller, goods_id: str, query_data: MarkQuery) -> Response:
    product, shop = products.get_by_public_id(goods_id), shops.get_by_public_id(query_data.store_id)

    def work() -> GoodsMarkResponse:
        goods_favourites.add(customer=caller.customer, product=product, shop=shop)
        return GoodsMarkResponse(id=goods_id, is_marked=True)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.delete("/api/me/favourites/goods/<goods_id>")
@login_required
@bp.doc(summary="取消收藏商品", security="session", responses={404: "没有该商品"})
@bp.output(GoodsMarkResponse)
def remove_goods_favourite(caller: Caller, goods_id: str) -> Response:
    product = products.get_by_public_id(goods_id)

    def work() -> GoodsMarkResponse:
        goods_favourites.remove(customer=caller.customer, product=product)
        return GoodsMarkResponse(id=goods_id, is_marked=False)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.get("/api/me/favourites/goods")
@login_required
@bp.doc(summary="收藏的商品", security="session")
@bp.input(PageQuery, location="query")
@bp.output(MarkedGoodsResponse)
def list_goods_favourites(caller: Caller, query_data: PageQuery) -> Response:
    rows, page = paging.read_page(
        query_data,
        name=f"goods_favourites.{caller.customer.id}",
        fetch=partial(goods_favourites.list_favourites, caller.customer),
        position=lambda row: (row.id,),
    )
    return json_response(MarkedGoodsResponse(list=[_to_goods(row) for row in rows], **page))


@bp.get("/api/me/footprints")
@login_required
@bp.doc(summary="我的足迹", security="session")
@bp.input(PageQuery, location="query")
@bp.output(MarkedGoodsResponse)
def list_footprints(caller: Caller, query_data: PageQuery) -> Response:
    rows, page = paging.read_page(
        query_data,
        name=f"footprints.{caller.customer.id}",
        fetch=partial(goods_favourites.list_footprints, caller.customer),
        position=lambda row: (row.id,),
    )
    return json_response(MarkedGoodsResponse(list=[_to_goods(row) for row in rows], **page))


@bp.delete("/api/me/footprints")
@login_required
@bp.doc(summary="清空足迹", security="session")
@bp.output(ClearedResponse)
def clear_footprints(caller: Caller) -> Response:
    def work() -> ClearedResponse:
        return ClearedResponse(count=goods_favourites.clear_footprints(customer=caller.customer))

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.put("/api/me/arrival-notices/<sku_id>")
@login_required
@bp.doc(summary="到货提醒", security="session", responses={404: "没有该商品或门店", 409: "有货，或提醒已满"})
@bp.input(MarkQuery, location="query")
@bp.output(GoodsMarkResponse)
def add_arrival_notice(caller: Caller, sku_id: str, query_data: MarkQuery) -> Response:
    sku, shop = skus.get_by_public_id(sku_id), shops.get_by_public_id(query_data.store_id)

    def work() -> GoodsMarkResponse:
        arrival_notices.add(customer=caller.customer, shop=shop, sku=sku)
        return GoodsMarkResponse(id=sku_id, is_marked=True)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


@bp.delete("/api/me/arrival-notices/<sku_id>")
@login_required
@bp.doc(summary="取消到货提醒", security="session", responses={404: "没有该商品或门店"})
@bp.input(MarkQuery, location="query")
@bp.output(GoodsMarkResponse)
def remove_arrival_notice(caller: Caller, sku_id: str, query_data: MarkQuery) -> Response:
    sku, shop = skus.get_by_public_id(sku_id), shops.get_by_public_id(query_data.store_id)

    def work() -> GoodsMarkResponse:
        arrival_notices.remove(customer=caller.customer, shop=shop, sku=sku)
        return GoodsMarkResponse(id=sku_id, is_marked=False)

    return json_response(idempotency.run_idempotent(caller.scope, None, work))


def _to_goods(row: GoodsFavourite | Footprint) -> MarkedGoods:
    return MarkedGoods(
        goods_id=row.product.public_id, name=row.product.name, picture=(row.product.pictures or [""])[0],
        store_id=row.shop.public_id, store_name=row.shop.name, day=getattr(row, "day", None),
    )  # fmt: skip
