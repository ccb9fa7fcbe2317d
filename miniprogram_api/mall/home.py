"""The home page of the mall (商城首页): the store, its categories and goods, and the notices."""

from datetime import datetime
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api.goods.goods import CategoryResponse, GoodsSummary, to_summaries
from miniprogram_api.shops.shops import ShopSummary
from miniprogram_api.shops.shops import to_summaries as to_shop_summaries
from store.catalog import shop_product_list
from store.core import clock
from store.core.errors import invalid
from store.mall import home
from store.mall.settings import MallSettings
from store.shops import coordinates, shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import settings
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, RequestModel

bp = APIBlueprint("mall", __name__, tag="商城")


class HomeQuery(RequestModel):
    """The store, or the visitor's position, from which the nearest store with goods is taken."""

    account: Account | None = None
    store_id: Keyword = Field(default="", description="门店 id，不给时取最近的在售门店")
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    datum: Literal["gcj02", "wgs84", "bd09"] = "gcj02"


class HomeResponse(BaseModel):
    """What the home page shows. `store` is null if no store sells goods."""

    store: ShopSummary | None
    notices: list[str]
    categories: list[CategoryResponse] = Field(description="一级分类")
    recommended: list[GoodsSummary]
    hot: list[GoodsSummary] = Field(description="销量最高的商品")
    newest: list[GoodsSummary] = Field(description="最新上架的商品")
    server_time: datetime


@bp.get("/api/mall/home")
@login_optional
@bp.doc(summary="商城首页", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(HomeQuery, location="query")
@bp.output(HomeResponse)
def get_home(caller: Caller, query_data: HomeQuery) -> Response:
    origin = _read_origin(query_data)
    shop = _choose_store(query_data.store_id, origin)
    notices = [row.label for row in settings.read(MallSettings).notices]
    if shop is None:
        return json_response(
            HomeResponse(
                store=None, notices=notices, categories=[], recommended=[], hot=[], newest=[],
                server_time=clock.now(),
            )
        )  # fmt: skip
    away = {} if origin is None else {shop.id: round(coordinates.geodesic_distance_m(origin, shop.location))}
    found = HomeResponse(
        store=to_shop_summaries(caller, [shop], away)[0], notices=notices, categories=_list_categories(shop),
        recommended=to_summaries(shop, home.list_recommended(shop), caller.customer),
        hot=to_summaries(shop, home.list_hot(shop), caller.customer),
        newest=to_summaries(shop, home.list_newest(shop), caller.customer), server_time=clock.now(),
    )  # fmt: skip
    return json_response(found)


def _read_origin(asked: HomeQuery) -> Coordinates | None:
    if (asked.lng is None) != (asked.lat is None):
        raise invalid("lng" if asked.lng is None else "lat", "经度和纬度要一起给出")
    if asked.lng is None or asked.lat is None:
        return None
    return coordinates.to_gcj02(asked.lng, asked.lat, asked.datum)


def _choose_store(store_id: str, origin: Coordinates | None) -> Shop | None:
    """Return the named store while it is open, else the nearest with goods. Raises DomainError(not_found)."""
    named = shops.get_by_public_id(store_id) if store_id else None
    return named if named is not None and named.state == "open" else home.find_store(origin)


def _list_categories(shop: Shop) -> list[CategoryResponse]:
    return [
        CategoryResponse(id=row.public_id, parent_id=None, name=row.name, level=row.level)
        for row in shop_product_list.list_categories(shop)
        if row.level == 1
    ]
