"""The home page of the mall: the nearest store with goods, what staff recommend, what sells, and what is new."""

import pytest

from store.core import cache
from store.mall.settings import MallSettings
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stock.levels import StockLevel
from store.tenants import settings
from tests.support.shop_order_fixtures import publish_sku

NEAR, FAR = Coordinates(121.4737, 31.2304), Coordinates(121.60, 31.30)


@pytest.fixture
def near(acme):
    return shops.create_shop(code="S2", name="人民广场店", location=NEAR)


@pytest.fixture
def far(acme):
    return shops.create_shop(code="S1", name="外高桥店", location=FAR)


@pytest.fixture
def home(phone_of):
    phone = phone_of("xiaomei")
    return lambda **query: phone.get("/api/mall/home", account="acme-mini", **query)


def names(rows):
    return [row["name"] for row in rows]


def test_the_nearest_store_with_goods_is_shown(home, near, far):
    assert home().json["data"]["store"] is None
    publish_sku(far, "tea", name="龙井")
    found = home(lng=NEAR.lng, lat=NEAR.lat).json["data"]
    assert found["store"]["name"] == "外高桥店"
    publish_sku(near, "milk", name="牛奶")
    found = home(lng=NEAR.lng, lat=NEAR.lat).json["data"]
    assert (found["store"]["name"], found["store"]["distance_m"]) == ("人民广场店", 0)
    assert home().json["data"]["store"]["name"] == "外高桥店"


def test_a_named_store_is_shown_while_it_is_open(home, near, far):
    publish_sku(near, "tea", name="龙井")
    publish_sku(far, "milk", name="牛奶")
    assert home(store_id=near.public_id).json["data"]["store"]["name"] == "人民广场店"
    shops.close(near)
    assert home(store_id=near.public_id).json["data"]["store"]["name"] == "外高桥店"


def test_goods_are_recommended_hot_and_new(home, near):
    for code, name in (("tea", "龙井"), ("milk", "牛奶"), ("rice", "大米")):
        publish_sku(near, code, name=name)
    StockLevel.update(sold=5).where(StockLevel.id == StockLevel.select(StockLevel.id).limit(1)).execute()
    settings.change(
        MallSettings, notices=[{"label": "满 69 元免运费"}], recommended=[{"code": "P-rice"}, {"code": "x"}]
    )
    cache.clear()
    found = home().json["data"]
    assert found["notices"] == ["满 69 元免运费"]
    assert names(found["categories"]) == ["饮料"]
    assert names(found["recommended"]) == ["大米"]
    assert names(found["hot"]) == ["龙井"]
    assert names(found["newest"]) == ["大米", "牛奶", "龙井"]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"lng": 121}, 422), ({"store_id": "sho_unknown"}, 404), ({"lng": 500, "lat": 1}, 422)],
)
def test_a_wrong_place_or_store_is_refused(home, near, query, status):
    assert home(**query).status_code == status
