"""The cart that a visitor's browser keeps: shown with current prices, merged at the sign-in."""

import pytest

from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support.shop_order_fixtures import publish_sku


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.4737, 31.2304))


@pytest.fixture
def tea(shop):
    return publish_sku(shop, "tea", name="龙井", stock=10)


@pytest.fixture
def preview(web):
    client = web.test_client(use_cookies=False)

    def send(*lines, account="acme-mini"):
        return client.post("/api/carts/previews", json={"account": account, "lines": list(lines)})

    return send


def line_of(shop, sku, quantity):
    return {"store_id": shop.public_id, "sku_id": sku.public_id, "quantity": quantity}


def test_a_visitor_sees_current_prices_and_stock(preview, shop, tea):
    found = preview(line_of(shop, tea, 1), line_of(shop, tea, 1)).json["data"]
    (store,) = found["stores"]
    (line,) = store["lines"]
    assert (line["id"], line["name"], line["quantity"], line["problem"]) == ("", "龙井", 2, None)
    assert (store["total_fen"], found["count"]) == (2000, 2)
    (line,) = preview(line_of(shop, tea, 11)).json["data"]["stores"][0]["lines"]
    assert (line["problem"], line["available"]) == ("short", 10)


def test_what_no_longer_exists_is_left_out(preview, shop, tea):
    unknown = {"store_id": shop.public_id, "sku_id": "sku_gone", "quantity": 1}
    found = preview(unknown, line_of(shop, tea, 1)).json["data"]
    assert [line["sku_id"] for line in found["stores"][0]["lines"]] == [tea.public_id]


@pytest.mark.parametrize("quantity", [0, -1, 10_000, "2", 1.5])
def test_a_quantity_out_of_bounds_is_refused(preview, shop, tea, quantity):
    assert preview(line_of(shop, tea, quantity)).status_code == 422


def test_more_lines_than_a_cart_holds_are_refused(preview, shop, tea):
    assert preview(*[line_of(shop, tea, 1)] * 201).status_code == 422


def test_a_visitor_of_another_tenant_sees_none_of_the_goods(preview, shop, tea):
    assert preview(line_of(shop, tea, 1), account="rival-mini").json["data"]["stores"] == []


def test_cart_4_the_larger_quantity_stays_with_a_notice(xiaomei, shop, tea):
    assert xiaomei.post("/api/me/cart/lines", line_of(shop, tea, 10)).status_code == 201
    body = {"lines": [line_of(shop, tea, 1), {**line_of(shop, tea, 1), "sku_id": "sku_gone"}]}
    first, again = (xiaomei.post("/api/me/cart/merges", body, key="merge-1").json["data"] for _ in range(2))
    assert first == again
    assert first["count"] == 10
    assert first["notices"] == ["“龙井”在购物车中已有，数量为 10", "1 种商品已不再销售"]


def test_a_merge_takes_what_is_left(xiaomei, shop, tea):
    found = xiaomei.post("/api/me/cart/merges", {"lines": [line_of(shop, tea, 30)]}).json["data"]
    assert (found["count"], found["notices"]) == (10, ["“龙井”仅剩 10 件"])
