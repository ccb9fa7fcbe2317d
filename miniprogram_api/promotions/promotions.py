"""Promotions (促销): those of a store, and the promoted goods of the stores around a place."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api.goods.goods import GoodsSummary, to_summaries
from miniprogram_api.promotions.schemas import PromotionOffer, to_offers
from miniprogram_api.shops.shops import Datum, Latitude, Longitude, ShopSummary
from miniprogram_api.shops.shops import to_summaries as to_shop_summaries
from store.core import clock
from store.customers import members
from store.offers import goods_offers, nearby_offers
from store.offers.nearby_offers import PromotedGoods
from store.shops import coordinates, nearby, shops
from web import paging
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("promotions", __name__, tag="促销")


class StorePromotionsQuery(RequestModel):
    """Whose promotions."""

    account: Account | None = None


class StorePromotionsResponse(BaseModel):
    """The promotions that hold in a store now."""

    list: list[PromotionOffer]
    server_time: datetime = Field(description="结束倒计时以此为准")


class NearbyPromotionsQuery(PageQuery):
    """The visitor's position and the greatest distance."""

    account: Account | None = None
    lng: float = Longitude
    lat: float = Latitude
    datum: Datum = "gcj02"
    radius_m: float = Field(
        default=nearby.DEFAULT_RADIUS_M,
        gt=0,
        le=nearby.MAX_RADIUS_M,
        allow_inf_nan=False,
        description="默认 5000",
    )


class NearbyPromotion(BaseModel):
    """Promoted goods in a store; the first promotion is the one that names them."""

    store: ShopSummary
    goods: GoodsSummary


class NearbyPromotionsResponse(PageResponse):
    """A page of promoted goods, the nearest store first."""

    list: list[NearbyPromotion]
    server_time: datetime = Field(description="结束倒计时以此为准")


@bp.get("/api/stores/<store_id>/promotions")
@login_optional
@bp.doc(summary="门店的促销", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(StorePromotionsQuery, location="query")
@bp.output(StorePromotionsResponse)
def list_store_promotions(caller: Caller, store_id: str, query_data: StorePromotionsQuery) -> Response:
    shop = shops.get_by_public_id(store_id)
    member = members.find_active(caller.customer) if caller.customer else None
    found = to_offers(goods_offers.list_of_shop(shop, member)) if shop.state == "open" else []
    return json_response(StorePromotionsResponse(list=found, server_time=clock.now()))


@bp.get("/api/promotions/nearby")
@login_optional
@bp.doc(summary="附近促销", description="附近门店的促销商品，由近到远。", security=OPTIONAL_LOGIN)
@bp.input(NearbyPromotionsQuery, location="query")
@bp.output(NearbyPromotionsResponse)
def list_nearby_promotions(caller: Caller, query_data: NearbyPromotionsQuery) -> Response:
    asked = query_data
    origin = coordinates.to_gcj02(asked.lng, asked.lat, asked.datum)
    rows, page = paging.read_page(
        asked,
        name="promotions.nearby",
        fetch=partial(nearby_offers.list_promoted, origin, radius_m=asked.radius_m),
        position=nearby_offers.get_position,
    )
    found = _to_promotions(caller, rows)
    return json_response(NearbyPromotionsResponse(list=found, server_time=clock.now(), **page))


def _to_promotions(caller: Caller, rows: Sequence[PromotedGoods]) -> list[NearbyPromotion]:
    """Return promoted goods with their stores. What the buyer cannot have any more is left out."""
    found = []
    for shop in dict.fromkeys(row.shop for row in rows):
        mine = [row for row in rows if row.shop == shop]
        (store,) = to_shop_summaries(caller, [shop], {shop.id: mine[0].metres})
        goods = to_summaries(shop, [row.product for row in mine], caller.customer)
        found += [NearbyPromotion(store=store, goods=one) for one in goods if one.promotions]
    return found
