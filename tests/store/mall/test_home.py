"""The home page of the mall: the nearest store with goods, and the goods that it shows first."""

import pytest

from store.mall import home
from store.mall.settings import MallSettings
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stock.levels import StockLevel
from store.tenants import settings
from tests.support.shop_order_fixtures import publish_sku

HERE, AWAY = Coordinates(121.4737, 31.2304), Coordinates(121.60, 31.30)


@pytest.fixture
def near(acme: str) -> Shop:
    return shops.create_shop(code="S2", name="人民广场店", location=HERE)


def test_the_nearest_store_that_sells_goods_is_found(near: Shop) -> None:
    far = shops.create_shop(code="S1", name="外高桥店", location=AWAY)
    assert home.find_store(HERE) is None
    publish_sku(far, "tea")
    assert home.find_store(HERE) == far
    publish_sku(near, "milk")
    assert (home.find_store(HERE), home.find_store(None)) == (near, far)
    shops.close(far)
    assert home.find_store(None) == near


def test_goods_come_by_recommendation_sales_and_age(near: Shop) -> None:
    tea, milk, rice = (publish_sku(near, code) for code in ("tea", "milk", "rice"))
    settings.change(
        MallSettings, recommended=[{"code": "P-rice"}, {"code": "P-tea"}, {"code": "P-rice"}, {"code": "x"}]
    )
    for sku, units in ((tea, 2), (rice, 5)):
        StockLevel.update(sold=units).where(StockLevel.sku == sku.id).execute()
    assert [row.code for row in home.list_recommended(near)] == ["P-rice", "P-tea"]
    assert [row.code for row in home.list_hot(near)] == ["P-rice", "P-tea"]
    assert [row.code for row in home.list_newest(near)] == [f"P-{one.code}" for one in (rice, milk, tea)]
