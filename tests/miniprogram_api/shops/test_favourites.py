"""Favourites through the route: kept, shown with a heart, let go; each as often as asked."""

import pytest

from store.shops import shops
from store.shops.coordinates import Coordinates


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="a", name="人民广场店", location=Coordinates(121.4737, 31.2304))


def path(shop):
    return f"/api/me/favourites/stores/{shop.public_id}"


def test_keeping_twice_and_letting_go_twice_are_once(xiaomei, shop):
    kept = {"id": shop.public_id, "is_favourite": True}
    assert [xiaomei.request("PUT", path(shop)).json["data"] for _ in range(2)] == [kept, kept]
    assert xiaomei.get("/api/me/favourites/stores").json["data"]["total"] == 1
    let_go = kept | {"is_favourite": False}
    assert [xiaomei.request("DELETE", path(shop)).json["data"] for _ in range(2)] == [let_go, let_go]
    assert xiaomei.get("/api/me/favourites/stores").json["data"]["list"] == []


def test_the_heart_is_only_its_owner_s(xiaomei, laowang, shop):
    xiaomei.request("PUT", path(shop))
    for phone, heart in ((xiaomei, True), (laowang, False)):
        assert phone.get("/api/stores").json["data"]["list"][0]["is_favourite"] is heart
        assert phone.get(f"/api/stores/{shop.public_id}").json["data"]["is_favourite"] is heart


def test_a_key_keeps_stores_apart(xiaomei, shop):
    other = shops.create_shop(code="b", name="外滩店", location=Coordinates(121.49, 31.24))
    xiaomei.request("PUT", path(shop), key="k-1")
    assert xiaomei.request("PUT", path(other), key="k-1").json["code"] == "key_reused"


def test_an_unknown_store_cannot_be_kept(xiaomei, shop):
    assert xiaomei.request("PUT", "/api/me/favourites/stores/sho_nothing").status_code == 404


def test_a_closed_store_cannot_be_kept_any_more(xiaomei, shop):
    shops.close(shop)
    assert xiaomei.request("PUT", path(shop)).json["code"] == "shop_closed"
