"""Promotions through the routes: of a store, of the stores around, and one price from the goods to the order."""

from datetime import timedelta

import pytest

from store.catalog import shop_goods
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import clock
from store.promotions import promotions
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import coupon_fixtures, promotion_fixtures, shop_order_fixtures
from tests.support.shop_order_fixtures import publish_sku

NEAR, FAR, AWAY = Coordinates(121.4737, 31.2304), Coordinates(121.49, 31.2304), Coordinates(121.90, 31.2304)
HERE = {"lng": NEAR.lng, "lat": NEAR.lat}
SPECIAL = {"kind": "special_price", "prices": [{"product": "P-TEA", "price_fen": 4_000, "per_order": 2}]}
FULL_GIFT = {"kind": "gift", "steps": [{"from_fen": 10_000, "gifts": [{"sku": "CUP"}]}]}


@pytest.fixture
def chain(acme):
    """Three stores in a row, each further away; the first two sell tea and milk."""
    made = [
        shops.create_shop(code=code, name=name, location=place)
        for code, name, place in (("S1", "近店", NEAR), ("S2", "远店", FAR), ("S3", "外地店", AWAY))
    ]
    for shop in made:
        shop_order_fixtures.offer_all(shop)
    publish_sku(made[0], "TEA", name="铁观音", price_fen=5_000)
    publish_sku(made[0], "MILK", name="鲜牛奶", price_fen=600)
    publish_sku(made[0], "CUP", name="茶杯", price_fen=2_000, stock=1)
    return made


@pytest.fixture
def visitor(phone_of):
    phone = phone_of("laowang")
    return lambda path, **query: phone.get(path, **{"account": "acme-mini"} | query)


def test_the_promotions_of_a_store_that_hold_now_are_listed(visitor, chain):
    near, far, _ = chain
    promotion_fixtures.run(name="开业满减", priority=10)
    promotion_fixtures.run(
        {"kind": "discount", "steps": [{"from_units": 3, "percent": 20}]}, name="会员折扣", members_only=True,
        limit_per_member=2, shops=["S1"],
    )  # fmt: skip
    promotion_fixtures.run(name="只在收银台", channels=["till"])
    promotion_fixtures.create_draft(name="草稿")
    promotions.pause(promotion_fixtures.run(name="已暂停"), reason="缺货")
    promotion_fixtures.run(name="明天开始", starts_at=clock.now() + timedelta(days=1))
    answer = visitor(f"/api/stores/{near.public_id}/promotions").json["data"]
    assert [(one["tag"], one["sentence"], one["limits"]) for one in answer["list"]] == [
        ("满 30 减 5", "开业满减：满 30 元减 5 元", []),
        ("满 3 件打 8 折", "会员折扣：满 3 件打 8 折", ["限会员", "每人限 2 次"]),
    ]
    assert answer["list"][1]["members_only"] is True
    assert answer["server_time"] <= answer["list"][0]["ends_at"]
    others = visitor(f"/api/stores/{far.public_id}/promotions").json["data"]["list"]
    assert [one["name"] for one in others] == ["开业满减"]
    shops.close(far)
    assert visitor(f"/api/stores/{far.public_id}/promotions").json["data"]["list"] == []
    assert visitor("/api/stores/sho_unknown/promotions").status_code == 404


def test_promoted_goods_are_listed_by_the_distance_of_their_store(visitor, chain):
    near, far, away = chain
    pay_for_tea_before(near)
    promotion_fixtures.run(SPECIAL, name="茶叶节")
    promotion_fixtures.run({"kind": "second_half"}, name="早餐", products=["P-MILK"], shops=["S1"])
    promotion_fixtures.run(name="全场")
    sell_also(far, away)
    found = visitor("/api/promotions/nearby", **HERE).json["data"]
    assert [(row["store"]["name"], row["goods"]["name"]) for row in found["list"]] == [
        ("近店", "铁观音"), ("近店", "鲜牛奶"), ("远店", "铁观音"),
    ]  # fmt: skip
    assert (found["total"], found["has_more"]) == (3, False)
    assert found["list"][0]["store"]["distance_m"] == 0
    tea, milk, _ = (row["goods"] for row in found["list"])
    assert (tea["price_fen"], tea["special_price_fen"], tea["former_price_fen"]) == (5_000, 4_000, 5_000)
    assert (milk["special_price_fen"], milk["former_price_fen"]) == (None, None)
    assert [one["sentence"] for one in milk["promotions"]] == ["早餐：第 2 件半价", "全场：满 30 元减 5 元"]
    assert found["server_time"] < tea["promotions"][0]["ends_at"]


def test_pages_of_promotions_nearby_follow_one_another(visitor, chain):
    _, far, away = chain
    sell_also(far, away)
    promotion_fixtures.run(SPECIAL)
    promotion_fixtures.run({"kind": "second_half"}, products=["P-MILK"])
    seen, cursor = [], None
    for _ in range(6):
        query = {"after": cursor} if cursor else {}
        page = visitor("/api/promotions/nearby", **HERE, page_size=1, radius_m=50_000, **query).json["data"]
        assert page["total"] == 6
        seen += [(row["store"]["id"], row["goods"]["id"]) for row in page["list"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(seen) == len(set(seen)) == 6
    second = visitor("/api/promotions/nearby", **HERE, page_size=4, page=2, radius_m=50_000).json["data"]
    assert [(row["store"]["id"], row["goods"]["id"]) for row in second["list"]] == seen[4:]


@pytest.mark.parametrize("query", [{}, {"lng": 121}, {"lng": 500, "lat": 1}, {**HERE, "radius_m": 60_000}])
def test_a_wrong_position_is_refused(visitor, chain, query):
    assert visitor("/api/promotions/nearby", **query).status_code == 422


def test_goods_cart_preview_and_order_show_one_price_and_the_same_sentences(xiaomei, chain):
    near = chain[0]
    promotion_fixtures.run(SPECIAL, name="茶叶节")
    promotion_fixtures.run({"kind": "second_half"}, name="早餐", products=["P-MILK"])
    promotion_fixtures.run(FULL_GIFT, name="满赠")
    promotion_fixtures.run(
        {"kind": "reduction", "steps": [{"from_fen": 20_000, "off_fen": 3_000}]}, name="大减"
    )
    store = {"store_id": near.public_id}
    rows = {row["name"]: row for row in xiaomei.get("/api/goods", **store).json["data"]["list"]}
    tea = xiaomei.get(f"/api/goods/{rows['铁观音']['id']}", **store).json["data"]
    assert rows["铁观音"]["special_price_fen"] == tea["skus"][0]["special_price_fen"] == 4_000
    assert tea["skus"][0]["special_limit"] == 2
    assert tea["promotions"][0] | {"sentence": "茶叶节：限时特价", "tag": "特价"} == tea["promotions"][0]

    for name, quantity in (("铁观音", 3), ("鲜牛奶", 2)):
        body = {**store, "sku_id": rows[name]["sku_id"], "quantity": quantity}
        cart = xiaomei.post("/api/me/cart/lines", body).json["data"]["stores"][0]
    assert [line["special_price_fen"] for line in cart["lines"]] == [None, 4_000]
    wanted = {"茶叶节：限时特价": 2_000, "早餐：第 2 件半价（1 件）": 300}
    assert {one["sentence"]: one["fen"] for one in cart["discounts"]} == wanted
    assert cart["gifts"] == [{"name": "茶杯", "quantity": 1}]
    assert cart["progress"] == ["还差 61.00 元减 30 元"]
    assert (cart["list_fen"], cart["total_fen"]) == (16_200, 13_900)

    lines = [
        {"sku_id": rows[name]["sku_id"], "quantity": quantity}
        for name, quantity in (("铁观音", 3), ("鲜牛奶", 2))
    ]
    choice = {**store, "lines": lines, "fulfilment": "pickup"}
    preview = xiaomei.post("/api/me/orders/previews", choice).json["data"]
    assert (preview["total_fen"], preview["notices"]) == (13_900, [])
    assert [one["sentence"] for one in preview["progress"]] == cart["progress"]
    order = xiaomei.post("/api/me/orders", {**choice, "expected_total_fen": 13_900}).json["data"]
    for found in (preview, order):
        assert {one["sentence"]: one["fen"] for one in found["discounts"]} == wanted
        assert [(line["name"], line["quantity"], line["unit_fen"], line["gift"]) for line in found["lines"]] == [
            ("铁观音", 2, 4_000, False), ("铁观音", 1, 5_000, False), ("鲜牛奶", 2, 600, False),
            ("茶杯", 1, 0, True),
        ]  # fmt: skip

    # The only cup is held by the order: the next buyer reads so before paying.
    again = xiaomei.post("/api/me/orders/previews", choice).json["data"]
    assert again["notices"] == ["赠品“茶杯”已送完，本单不含该赠品"]


def test_what_a_member_has_used_up_is_not_offered_again(xiaomei, visitor, chain):
    near = chain[0]
    promotion_fixtures.run(SPECIAL, name="茶叶节", limit_per_member=1)
    tea = xiaomei.get("/api/promotions/nearby", **HERE).json["data"]["list"][0]["goods"]
    lines = [{"sku_id": tea["sku_id"], "quantity": 1}]
    body = {"store_id": near.public_id, "lines": lines, "expected_total_fen": 4_000}
    assert xiaomei.post("/api/me/orders", body).status_code == 201
    assert xiaomei.get("/api/promotions/nearby", **HERE).json["data"]["list"] == []
    path = f"/api/goods/{tea['id']}"
    mine = xiaomei.get(path, store_id=near.public_id).json["data"]
    assert (mine["skus"][0]["special_price_fen"], mine["promotions"]) == (None, [])
    others = visitor(path, store_id=near.public_id).json["data"]
    assert others["skus"][0]["special_price_fen"] == 4_000


def sell_also(*others):
    """The goods of the first store in others."""
    for shop in others:
        shop_goods.take_over(shop, list(Product.select().where(Product.code << ["P-TEA", "P-MILK"])))


def pay_for_tea_before(shop):
    """An order of tea at its full price, paid two days before the promotions began."""
    member = coupon_fixtures.create_member()
    with clock.use_moment(clock.now() - timedelta(days=3)):
        row = shop_order_fixtures.submit(shop, member, (Sku.get(Sku.code == "TEA"), 1))
        shop_order_fixtures.pay(row)
