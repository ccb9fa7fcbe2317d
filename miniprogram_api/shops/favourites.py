"""Favourites (收藏): the stores that the signed-in customer keeps at hand."""

from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from miniprogram_api.shops.shops import ShopsResponse, to_summaries
from store.shops import favourites as shop_favourites
from store.shops import shops
from web import idempotency, paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery

bp = APIBlueprint("favourites", __name__, tag="收藏")


class FavouriteResponse(BaseModel):
    """Whether a store is kept now."""

    id: str
    is_favourite: bool


@bp.put("/api/me/favourites/stores/<store_id>")
@login_required
@bp.doc(summary="收藏门店", security="session", responses={404: "没有该门店", 409: "门店已关店，或收藏已满"})
@bp.output(FavouriteResponse)
def add_favourite(caller: Caller, store_id: str) -> Response:
    def keep() -> FavouriteResponse:
        shop_favourites.add(customer=caller.customer, shop=shops.get_by_public_id(store_id))
        return FavouriteResponse(id=store_id, is_favourite=True)

    return json_response(idempotency.run_idempotent(caller.scope, None, keep))


@bp.delete("/api/me/favourites/stores/<store_id>")
@login_required
@bp.doc(summary="取消收藏", security="session", responses={404: "没有该门店"})
@bp.output(FavouriteResponse)
def remove_favourite(caller: Caller, store_id: str) -> Response:
    def let_go() -> FavouriteResponse:
        shop_favourites.remove(customer=caller.customer, shop=shops.get_by_public_id(store_id))
        return FavouriteResponse(id=store_id, is_favourite=False)

    return json_response(idempotency.run_idempotent(caller.scope, None, let_go))


@bp.get("/api/me/favourites/stores")
@login_required
@bp.doc(summary="收藏的门店", security="session")
@bp.input(PageQuery, location="query")
@bp.output(ShopsResponse)
def list_favourites(caller: Caller, query_data: PageQuery) -> Response:
    rows, page = paging.read_page(
        query_data,
        name=f"favourites.{caller.customer.id}",
        fetch=partial(shop_favourites.list_favourites, caller.customer),
        position=shop_favourites.get_position,
    )
    return json_response(ShopsResponse(list=to_summaries(caller, rows), **page))
