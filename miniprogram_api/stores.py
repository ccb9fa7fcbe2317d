"""Stores (门店): what is near, all of a company's, and the page of one."""

from datetime import datetime
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

import doors
from doors import answered
from miniprogram_api.caller import Caller, visiting
from miniprogram_api.shapes import OPTIONAL, Account, Asked, AskedPage, Page, Word
from store.kernel.refusals import invalid
from store.shop import favourites, nearby, places, shops
from store.shop.places import Place
from store.shop.shops import Shop

door = APIBlueprint("stores", __name__, tag="门店")

Datum = Literal["gcj02", "wgs84", "bd09"]
Longitude = Field(ge=-180, le=180, allow_inf_nan=False)
Latitude = Field(ge=-90, le=90, allow_inf_nan=False)


class StoreCard(BaseModel):
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
    distance_text: str | None = None
    is_favourite: bool | None = Field(default=None, description="未登录时为 null")


class Advertisement(BaseModel):
    """A picture on top of the page, and where it leads."""

    picture: str
    title: str
    link: str


class StorePage(StoreCard):
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
    created_at: datetime


class Stores(Page):
    """A page of stores."""

    list: list[StoreCard]


class Choices(BaseModel):
    """What stores can be filtered by, the most frequent first."""

    cities: list[str]
    brands: list[str]


class AskedNearby(AskedPage):
    """Where somebody stands, how far they would go, and what they look for."""

    account: Account | None = None
    lng: float = Longitude
    lat: float = Latitude
    datum: Datum = "gcj02"
    radius_m: float = Field(default=5000, gt=0, le=nearby.MOST_M, allow_inf_nan=False)
    keyword: Word = ""
    brand: Word = ""
    city: Word = ""
    open_now: bool = False


class AskedStores(AskedPage):
    """What somebody looks for in the whole company."""

    account: Account | None = None
    keyword: Word = ""
    city: Word = ""
    brand: Word = ""
    sort: Literal["code", "newest"] = "code"


class AskedStore(Asked):
    """Where somebody stands, if they want to know the distance."""

    account: Account | None = None
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    datum: Datum = "gcj02"


class AskedChoices(Asked):
    """Whose stores."""

    account: Account | None = None


@door.get("/api/stores/nearby")
@visiting
@door.doc(summary="附近门店", description="按真实距离由近到远。", security=OPTIONAL)
@door.input(AskedNearby, location="query")
@door.output(Stores)
def near(caller: Caller, query_data: AskedNearby) -> Response:
    asked = query_data
    found = nearby.find(
        places.to_gcj02(asked.lng, asked.lat, asked.datum),
        radius_m=asked.radius_m,
        first=(asked.page - 1) * asked.page_size,
        count=asked.page_size,
        keyword=asked.keyword or None,
        brand=asked.brand or None,
        city=asked.city or None,
        open_now=asked.open_now,
    )
    away = {shop.id: metres for shop, metres in found.shops}
    cards = cards_of(caller, [shop for shop, _ in found.shops], away)
    page = {"total": found.total, "page": asked.page, "page_size": asked.page_size}
    return answered(Stores(list=cards, has_more=found.has_more, **page))


@door.get("/api/stores")
@visiting
@door.doc(summary="全部门店", security=OPTIONAL)
@door.input(AskedStores, location="query")
@door.output(Stores)
def listing(caller: Caller, query_data: AskedStores) -> Response:
    asked = query_data
    same = {name: value for name in ("city", "brand") if (value := getattr(asked, name))}
    rows, total = shops.listing(
        search=asked.keyword,
        state="open",
        newest_first=asked.sort == "newest",
        page=asked.page,
        page_size=asked.page_size,
        **same,
    )
    page = doors.page(cards_of(caller, rows), total=total, page=asked.page, page_size=asked.page_size)
    return answered(Stores(**page))


@door.get("/api/stores/cities")
@visiting
@door.doc(summary="有门店的城市和品牌", security=OPTIONAL)
@door.input(AskedChoices, location="query")
@door.output(Choices)
def cities(caller: Caller, query_data: AskedChoices) -> Response:
    return answered(Choices(cities=shops.cities(), brands=shops.brands()))


@door.get("/api/stores/<store_id>")
@visiting
@door.doc(summary="门店主页", security=OPTIONAL, responses={404: "没有该门店"})
@door.input(AskedStore, location="query")
@door.output(StorePage)
def show(caller: Caller, store_id: str, query_data: AskedStore) -> Response:
    shop = shops.of_public_id(store_id)
    place = _place(query_data)
    away = {} if place is None else {shop.id: round(places.geodesic_m(place, shop.place))}
    card = cards_of(caller, [shop], away)[0]
    further = StorePage.model_fields.keys() - StoreCard.model_fields.keys()
    return answered(StorePage(**card.model_dump(), **{name: getattr(shop, name) for name in further}))


def cards_of(caller: Caller, rows: list[Shop], away: dict[int, int] | None = None) -> list[StoreCard]:
    """Stores as a list shows them; `away` are metres by row id."""
    kept = favourites.among(caller.customer, rows) if caller.customer else None
    at = shops.wall_clock()
    return [
        _card(shop, at, (away or {}).get(shop.id), None if kept is None else shop.id in kept) for shop in rows
    ]


def _card(shop: Shop, at: datetime, metres: int | None, is_favourite: bool | None) -> StoreCard:
    computed: dict[str, Any] = {
        "id": shop.public_id,
        "open_now": shops.is_open(shop, at),
        "hours_text": shops.hours_text(shop, at),
        "distance_m": metres,
        "distance_text": None if metres is None else places.distance_text(metres),
        "is_favourite": is_favourite,
    }
    columns = StoreCard.model_fields.keys() - computed.keys()
    return StoreCard(**computed, **{name: getattr(shop, name) for name in columns})


def _place(asked: AskedStore) -> Place | None:
    if (asked.lng is None) != (asked.lat is None):
        raise invalid("lng" if asked.lng is None else "lat", "经度和纬度要一起给出")
    return None if asked.lng is None else places.to_gcj02(asked.lng, asked.lat, asked.datum)
