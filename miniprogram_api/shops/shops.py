"""Stores (门店): what is near, all of a tenant's, and the page of one."""

from datetime import datetime
from functools import partial
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.appointments import services
from store.core.errors import invalid
from store.core.keyset import Position
from store.queues import queue_types
from store.shops import coordinates as shop_coordinates
from store.shops import favourites as shop_favourites
from store.shops import nearby, shops
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.shops.shops import Shop
from store.tenants import settings
from web import paging
from web.auth import Caller, login_optional
from web.responses import json_response
from web.schemas import OPTIONAL_LOGIN, Account, Keyword, PageQuery, PageResponse, RequestModel

bp = APIBlueprint("shops", __name__, tag="门店")

Datum = Literal["gcj02", "wgs84", "bd09"]
Longitude = Field(ge=-180, le=180, allow_inf_nan=False)
Latitude = Field(ge=-90, le=90, allow_inf_nan=False)


class ShopSummary(BaseModel):
    """A store in a list; lng and lat are GCJ-02, the distance is there where a place was given."""

    id: str
    name: str
    brand: str
    logo_url: str
    state: str
    province: str
    city: str
    district: str
    address: str
    phone: str
    lng: float
    lat: float
    open_now: bool
    hours_text: str
    distance_m: int | None = None
    distance_text: str | None = Field(default=None, description="太远（默认 50 公里以外）时为 null")
    is_favourite: bool | None = Field(default=None, description="未登录时为 null")


class Advertisement(BaseModel):
    """A picture on top of the page, and where it leads."""

    picture: str
    title: str
    link: str


class ShopResponse(ShopSummary):
    """Everything a store shows."""

    industry: str
    contact: str
    description: str
    introduction: str
    hours: dict[str, list[list[str]]] = Field(description="每周营业时段，键为 mon…sun，缺的日子休息")
    holidays: dict[str, list[list[str]]] = Field(description="特别日期的营业时段")
    pictures: list[str]
    advertisements: list[Advertisement]
    template: str
    delivery: bool
    payment: bool
    pickup: bool
    has_services: bool = Field(description="可预约服务")
    has_queue: bool = Field(description="可排队取号")
    created_at: datetime


class ShopsResponse(PageResponse):
    """A page of stores."""

    list: list[ShopSummary]


class DistantShop(BaseModel):
    """The nearest store where none is nearby."""

    id: str
    city: str
    text: str = Field(description="如“附近暂无门店，最近的在西宁”")


class NearbyResponse(ShopsResponse):
    """A page of stores around a place; `distant` is set if there is no store nearby."""

    distant: DistantShop | None = None


class CommonPlace(BaseModel):
    """A place to search around, GCJ-02."""

    label: str
    lng: float
    lat: float


class FilterOptions(BaseModel):
    """What stores can be filtered by, the most frequent first, and the tenant's common places."""

    cities: list[str]
    brands: list[str]
    places: list[CommonPlace]


class NearbyQuery(PageQuery):
    """The visitor's position, the greatest distance and the filters."""

    account: Account | None = None
    lng: float = Longitude
    lat: float = Latitude
    datum: Datum = "gcj02"
    radius_m: float | None = Field(
        default=None, gt=0, le=nearby.MAX_RADIUS_M, allow_inf_nan=False,
        description="默认 5000；指定了城市时默认不限距离",
    )  # fmt: skip
    keyword: Keyword = ""
    brand: Keyword = ""
    city: Keyword = ""
    open_now: bool = False


class ShopsQuery(PageQuery):
    """Filters and order of all shops of the tenant."""

    account: Account | None = None
    keyword: Keyword = ""
    city: Keyword = ""
    brand: Keyword = ""
    sort: Literal["code", "newest"] = "code"


class ShopQuery(RequestModel):
    """The visitor's position, which is needed for the distance alone."""

    account: Account | None = None
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    datum: Datum = "gcj02"


class FilterOptionsQuery(RequestModel):
    """Whose stores."""

    account: Account | None = None


@bp.get("/api/stores/nearby")
@login_optional
@bp.doc(summary="附近门店", description="按真实距离由近到远。", security=OPTIONAL_LOGIN)
@bp.input(NearbyQuery, location="query")
@bp.output(NearbyResponse)
def list_nearby(caller: Caller, query_data: NearbyQuery) -> Response:
    asked = query_data
    origin = shop_coordinates.to_gcj02(asked.lng, asked.lat, asked.datum)
    rows, page = paging.read_page(
        asked, name="nearby", fetch=partial(_search_nearby, origin, asked), position=nearby.get_position
    )
    cards = to_summaries(caller, [row.shop for row in rows], {row.shop.id: row.metres for row in rows})
    distant = None if page["total"] else _find_distant(origin, asked)
    return json_response(NearbyResponse(list=cards, distant=distant, **page))


def _search_nearby(
    origin: Coordinates, asked: NearbyQuery, *, page: int, page_size: int, after: Position | None
) -> tuple[list[nearby.NearbyShop], int]:
    found = nearby.search_shops(
        origin,
        radius_m=asked.radius_m or (None if asked.city else nearby.DEFAULT_RADIUS_M),
        offset=(page - 1) * page_size,
        limit=page_size,
        after=after,
        keyword=asked.keyword or None,
        brand=asked.brand or None,
        city=asked.city or None,
        open_now=asked.open_now,
    )
    return found.shops, found.total


def _find_distant(origin: Coordinates, asked: NearbyQuery) -> DistantShop | None:
    """Return the nearest store if none is nearby at all, with or without filters."""
    found = nearby.find_distant(origin)
    if found is None or asked.city:
        return None
    shop = found.shop
    return DistantShop(id=shop.public_id, city=shop.city, text=nearby.describe_distant(shop))


@bp.get("/api/stores")
@login_optional
@bp.doc(summary="全部门店", security=OPTIONAL_LOGIN)
@bp.input(ShopsQuery, location="query")
@bp.output(ShopsResponse)
def list_shops(caller: Caller, query_data: ShopsQuery) -> Response:
    asked = query_data
    same = {name: value for name in ("city", "brand") if (value := getattr(asked, name))}
    newest_first = asked.sort == "newest"
    rows, page = paging.read_page(
        asked,
        name=f"shops.{asked.sort}",
        fetch=partial(
            shops.list_shops, search=asked.keyword, state="open", newest_first=newest_first, **same
        ),
        position=lambda shop: (shop.created_at, shop.id) if newest_first else (shop.code,),
    )
    return json_response(ShopsResponse(list=to_summaries(caller, rows), **page))


@bp.get("/api/stores/cities")
@login_optional
@bp.doc(summary="有门店的城市和品牌，常用地点", security=OPTIONAL_LOGIN)
@bp.input(FilterOptionsQuery, location="query")
@bp.output(FilterOptions)
def list_filter_options(caller: Caller, query_data: FilterOptionsQuery) -> Response:
    places = [CommonPlace(**place.model_dump()) for place in settings.read(NearbySettings).places]
    return json_response(FilterOptions(cities=shops.list_cities(), brands=shops.list_brands(), places=places))


@bp.get("/api/stores/<store_id>")
@login_optional
@bp.doc(summary="门店主页", security=OPTIONAL_LOGIN, responses={404: "没有该门店"})
@bp.input(ShopQuery, location="query")
@bp.output(ShopResponse)
def get_shop(caller: Caller, store_id: str, query_data: ShopQuery) -> Response:
    shop = shops.get_by_public_id(store_id)
    place = _visitor_place(query_data)
    away = (
        {} if place is None else {shop.id: round(shop_coordinates.geodesic_distance_m(place, shop.location))}
    )
    card = to_summaries(caller, [shop], away)[0]
    offers = {"has_services": services.has_offered(shop), "has_queue": queue_types.has_offered(shop)}
    further = ShopResponse.model_fields.keys() - ShopSummary.model_fields.keys() - offers.keys()
    facts = {name: getattr(shop, name) for name in further}
    return json_response(ShopResponse(**card.model_dump(), **facts, **offers))


def to_summaries(
    caller: Caller, rows: list[Shop], distances: dict[int, int] | None = None
) -> list[ShopSummary]:
    """Return the shops as a list shows them. `away` has metres by row id."""
    kept = shop_favourites.filter_favourites(caller.customer, rows) if caller.customer else None
    at = shops.local_time()
    return [
        _to_summary(shop, at, (distances or {}).get(shop.id), None if kept is None else shop.id in kept)
        for shop in rows
    ]


def _to_summary(
    shop: Shop, local_time: datetime, distance_m: int | None, is_favourite: bool | None
) -> ShopSummary:
    computed: dict[str, Any] = {
        "id": shop.public_id,
        "open_now": shops.is_open(shop, local_time),
        "hours_text": shops.hours_text(shop, local_time),
        "distance_m": distance_m,
        "distance_text": None if distance_m is None else nearby.format_distance(distance_m),
        "is_favourite": is_favourite,
    }
    columns = ShopSummary.model_fields.keys() - computed.keys()
    return ShopSummary(**computed, **{name: getattr(shop, name) for name in columns})


def _visitor_place(shop_query: ShopQuery) -> Coordinates | None:
    if (shop_query.lng is None) != (shop_query.lat is None):
        raise invalid("lng" if shop_query.lng is None else "lat", "经度和纬度要一起给出")
    return (
        None
        if shop_query.lng is None
        else shop_coordinates.to_gcj02(shop_query.lng, shop_query.lat, shop_query.datum)
    )
