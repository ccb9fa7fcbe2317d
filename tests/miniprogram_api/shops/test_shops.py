"""Stores through the route: found by distance, listed, shown; only those of the tenant."""

import pytest
from geopy.distance import geodesic

from store.shops import coordinates as shop_coordinates
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.tenants import registry, settings

POSITION = {"lng": 121.4737, "lat": 31.2304}
DAILY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def chain(acme):
    """Four shops of acme to the east of HERE, one of them closed, and one of the rival's next route."""
    spots = {"a": 0.001, "b": 0.01, "c": 0.03}
    opened = {
        code: shops.create_shop(
            code=code,
            name=f"小二便利{code}店",
            location=Coordinates(POSITION["lng"] + east, POSITION["lat"]),
            brand="小二便利",
            city="上海市",
            address=f"人民路 {code} 号",
            phone="021-60000000",
            hours=DAILY if code == "b" else {},
        )
        for code, east in spots.items()
    }
    opened["d"] = shops.close(
        shops.create_shop(code="d", name="旧店", location=Coordinates(**POSITION), city="北京市")
    )
    with registry.use_tenant("rival"):
        opened["rival"] = shops.create_shop(code="a", name="对门超市", location=Coordinates(**POSITION))
    return opened


@pytest.fixture
def visitor(phone_of):
    return phone_of("xiaomei")


def names(answer):
    return [store["name"] for store in answer.json["data"]["list"]]


def test_near_stores_come_by_true_distance(visitor, chain):
    answer = visitor.get("/api/stores/nearby", account="acme-mini", **POSITION)
    assert names(answer) == ["小二便利a店", "小二便利b店", "小二便利c店"]
    for store in answer.json["data"]["list"]:
        exact = geodesic((POSITION["lat"], POSITION["lng"]), (store["lat"], store["lng"])).meters
        assert store["distance_m"] == round(exact)
    assert answer.json["data"]["list"][0]["distance_text"] == "95 米"


def test_a_gps_reading_finds_the_same_store_at_the_same_distance(visitor, chain):
    lng, lat = shop_coordinates.gcj02_to_wgs84(Coordinates(**POSITION))
    asked = {"account": "acme-mini", "radius_m": 500}
    by_map = visitor.get("/api/stores/nearby", **asked, **POSITION).json["data"]["list"]
    by_gps = visitor.get("/api/stores/nearby", **asked, lng=lng, lat=lat, datum="wgs84").json["data"]["list"]
    assert by_gps == by_map


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"radius_m": 500}, ["小二便利a店"]),
        ({"keyword": "B店"}, ["小二便利b店"]),
        ({"open_now": "true"}, ["小二便利b店"]),
        ({"open_now": "false", "page_size": 2}, ["小二便利a店", "小二便利b店"]),
        ({"page": 2, "page_size": 2}, ["小二便利c店"]),
        ({"city": "北京市"}, []),
        ({"brand": "小二便利", "keyword": "", "city": ""}, ["小二便利a店", "小二便利b店", "小二便利c店"]),
    ],
)
def test_near_stores_can_be_narrowed(visitor, chain, asked, found):
    assert names(visitor.get("/api/stores/nearby", account="acme-mini", **POSITION, **asked)) == found


@pytest.mark.parametrize(
    ("field", "value"),
    [("lng", 181), ("lng", "nan"), ("lat", "inf"), ("lat", "x"), ("radius_m", 0), ("radius_m", 50_001),
     ("radius_m", "nan"), ("page", 0), ("page", 10**30), ("page_size", 101), ("datum", "mars"),
     ("keyword", "词" * 41), ("openid", "x")],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused(visitor, chain, field, value):
    answer = visitor.get("/api/stores/nearby", **({"account": "acme-mini"} | POSITION | {field: value}))
    assert answer.json["data"]["field"] == field


def test_a_tenant_s_stores_are_listed_and_searched(visitor, chain):
    assert names(visitor.get("/api/stores", account="acme-mini")) == [f"小二便利{code}店" for code in "abc"]
    newest = visitor.get("/api/stores", account="acme-mini", sort="newest", page_size=1)
    assert names(newest) == ["小二便利c店"]
    assert newest.json["data"]["has_more"] is True
    assert names(visitor.get("/api/stores", account="acme-mini", keyword="人民路 b")) == ["小二便利b店"]
    assert names(visitor.get("/api/stores", account="acme-mini", city="北京市")) == []


def test_choices_are_those_of_open_stores(visitor, chain):
    answer = visitor.get("/api/stores/cities", account="acme-mini")
    assert answer.json["data"] == {"cities": ["上海市"], "brands": ["小二便利"], "places": []}


def test_n13_common_places_are_those_of_the_tenant(visitor, chain):
    place = {"label": "人民广场", **POSITION}
    settings.change(NearbySettings, places=[place])
    assert visitor.get("/api/stores/cities", account="acme-mini").json["data"]["places"] == [place]
    assert visitor.get("/api/stores/cities", account="rival-mini").json["data"]["places"] == []


def test_n06_a_city_drops_the_radius(visitor, chain):
    shops.create_shop(code="bj", name="北京店", location=Coordinates(116.4, 39.9), city="北京市")
    asked = {"account": "acme-mini", "city": "北京市", **POSITION}
    answer = visitor.get("/api/stores/nearby", **asked)
    assert names(answer) == ["北京店"]
    assert answer.json["data"]["list"][0]["distance_m"] > 1_000_000
    assert answer.json["data"]["list"][0]["distance_text"] is None
    assert names(visitor.get("/api/stores/nearby", **asked, radius_m=5000)) == []


def test_n18_far_from_every_store_the_nearest_city_is_named(visitor, chain):
    lhasa = {"account": "acme-mini", "lng": 91.13, "lat": 29.66}
    answer = visitor.get("/api/stores/nearby", **lhasa).json["data"]
    assert (answer["list"], answer["distant"]["city"]) == ([], "上海市")
    assert answer["distant"]["text"] == "附近暂无门店，最近的在上海"
    near = visitor.get("/api/stores/nearby", account="acme-mini", lng=121.6, lat=31.23).json["data"]
    assert (near["list"], near["distant"]) == ([], None)
    page = visitor.get(f"/api/stores/{chain['a'].public_id}", **lhasa).json["data"]
    assert page["distance_text"] is None


def test_the_newest_stores_are_a_list_of_their_own(visitor, chain):
    first = visitor.get("/api/stores", account="acme-mini", sort="newest", page_size=2)
    assert (names(first), first.json["data"]["total"]) == (["小二便利c店", "小二便利b店"], 3)
    assert names(visitor.get("/api/stores", account="acme-mini", sort="newest", page=2, page_size=2)) == [
        "小二便利a店"
    ]


def test_a_store_shows_its_page_with_hours_and_distance(visitor, chain):
    path = f"/api/stores/{chain['b'].public_id}"
    store = visitor.get(path, account="acme-mini", **POSITION).json["data"]
    assert (store["open_now"], store["hours_text"]) == (True, "营业中 · 24 小时营业")
    assert store["hours"]["mon"] == [["00:00", "24:00"]]
    assert store["distance_m"] > 900
    assert store["is_favourite"] is None
    assert visitor.get(path, account="acme-mini").json["data"]["distance_m"] is None
    assert visitor.get(path, account="acme-mini", lng=121).json["data"]["field"] == "lat"


def test_a_closed_store_is_shown_as_closed(visitor, chain):
    store = visitor.get(f"/api/stores/{chain['d'].public_id}", account="acme-mini").json["data"]
    assert (store["state"], store["open_now"], store["hours_text"]) == ("closed", False, "已关店")


@pytest.mark.parametrize("store_id", ["sho_nothing", "1", "小店", "%00", "a" * 500])
def test_an_unknown_store_is_not_found(visitor, chain, store_id):
    assert visitor.get(f"/api/stores/{store_id}", account="acme-mini").status_code in (400, 404)


def test_the_rival_s_store_is_not_found(visitor, chain):
    assert visitor.get(f"/api/stores/{chain['rival'].public_id}", account="acme-mini").status_code == 404
    assert visitor.get(f"/api/stores/{chain['rival'].public_id}", account="rival-mini").status_code == 200


def test_a_visitor_without_an_account_is_asked_for_one(visitor, chain):
    assert visitor.get("/api/stores").json["data"]["field"] == "account"
    assert visitor.get("/api/stores", account="unknown").status_code == 404
