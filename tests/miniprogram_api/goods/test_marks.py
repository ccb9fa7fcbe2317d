"""Favourites, footprints and arrival notices of goods."""

from miniprogram_api.goods import footprint_recording
from store.core.events import Event
from store.messages.messages import Message
from store.stock import changes
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import order_fixtures
from tests.support.shop_order_fixtures import publish_sku


def test_goods_are_marked_once_and_listed(xiaomei, laowang, web):
    shop = order_fixtures.create_shop()
    product = publish_sku(shop, "tea", name="龙井").product
    for _ in range(2):
        marked = xiaomei.request(
            "PUT", f"/api/me/favourites/goods/{product.public_id}", query_string={"store_id": shop.public_id}
        )
        assert marked.json["data"]["is_marked"] is True
    found = xiaomei.get("/api/me/favourites/goods").json["data"]
    assert [(row["name"], row["store_name"]) for row in found["list"]] == [("龙井", shop.name)]
    assert laowang.get("/api/me/favourites/goods").json["data"]["total"] == 0
    for _ in range(2):
        xiaomei.request("DELETE", f"/api/me/favourites/goods/{product.public_id}")
    assert xiaomei.get("/api/me/favourites/goods").json["data"]["total"] == 0


def test_a_look_leaves_one_footprint_a_day(xiaomei, web):
    shop = order_fixtures.create_shop()
    product = publish_sku(shop, "tea", name="龙井").product
    for _ in range(2):
        shown = xiaomei.get(f"/api/goods/{product.public_id}", store_id=shop.public_id).json["data"]
        assert (shown["is_favourite"], shown["skus"][0]["available"]) == (False, 10)
        footprint_recording.wait()
    assert xiaomei.get("/api/me/footprints").json["data"]["total"] == 1
    assert xiaomei.request("DELETE", "/api/me/footprints").json["data"]["count"] == 1
    assert xiaomei.get("/api/me/footprints").json["data"]["total"] == 0


def test_who_waits_for_goods_gets_one_message_when_they_arrive(xiaomei, web):
    shop = order_fixtures.create_shop()
    sku = publish_sku(shop, "tea", name="龙井", stock=0)
    path, query = f"/api/me/arrival-notices/{sku.public_id}", {"store_id": shop.public_id}
    for _ in range(2):
        assert xiaomei.request("PUT", path, query_string=query).json["data"]["is_marked"] is True
    for number in range(2):
        changes.receive(shop=shop, sku=sku, quantity=5, key=f"arrival-{number}")
    arrived = list(Event.select().where(Event.kind == "stock.arrived"))
    assert len(arrived) == 1
    for subscriber in SUBSCRIPTIONS["stock.arrived"]:
        subscriber.handle(arrived[0])
    assert [row.variables["商品"] for row in Message.select().where(Message.medium == "site")] == ["龙井"]
    refused = xiaomei.request("PUT", path, query_string=query)
    assert (refused.status_code, refused.json["code"]) == (409, "in_stock")
    assert xiaomei.request("DELETE", path, query_string=query).json["data"]["is_marked"] is False
