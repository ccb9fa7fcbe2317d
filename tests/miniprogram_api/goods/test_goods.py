"""Goods through the route: what a store sells, by category, search and price, and nothing of another store."""

import pytest

from store.catalog import categories, changes, shop_goods, skus
from store.shops import shops
from store.shops.coordinates import Coordinates

CODE = "6901234567892"


@pytest.fixture
def store(acme):
    return shops.create_shop(code="S1", name="前门店", location=Coordinates(116.404, 39.915))


@pytest.fixture
def tea(store):
    drinks = categories.create_category(code="C1", name="饮料")
    teas = categories.create_category(code="C2", name="茶", parent=drinks)
    made = changes.create_product(
        code="P1", name="龙井茶", brand="西湖", category=teas,
        specifications=["净含量"], description="明前\n手工",
        skus=[
            {"code": "P1-1", "barcode": CODE, "specification": ["100g"], "list_price_fen": 8800,
             "member_price_fen": 8000},
            {"code": "P1-2", "specification": ["250g"], "list_price_fen": 20000},
        ],
    )  # fmt: skip
    shop_goods.take_over(store, [made])
    shop_goods.change(store, skus.find_by_barcode(CODE), price_fen=8500, rack_area="A", rack_number="3")
    return changes.publish(made)


@pytest.fixture
def visitor(phone_of, store):
    phone = phone_of("xiaomei")
    return lambda path, **query: phone.get(
        path, **{"account": "acme-mini", "store_id": store.public_id} | query
    )


def test_a_visitor_finds_goods_by_category_and_search(visitor, tea):
    found = visitor("/api/categories").json["data"]["list"]
    assert [(row["name"], row["level"]) for row in found] == [("饮料", 1), ("茶", 2)]
    assert found[1]["parent_id"] == found[0]["id"]
    for query in ({"category_id": found[0]["id"]}, {"q": "lj 西湖"}, {"sort": "price"}, {"sort": "-price"}):
        answer = visitor("/api/goods", **query)
        assert answer.status_code == 200, answer.text
        (row,) = answer.json["data"]["list"]
        assert (row["id"], row["price_fen"], row["member_price_fen"], row["sku_count"]) == (
            tea.public_id, 8500, 8000, 2,
        )  # fmt: skip
    assert visitor("/api/goods", q="咖啡").json["data"]["total"] == 0
    assert visitor("/api/goods", sort="cheapest").status_code == 422


def test_one_product_shows_its_skus_with_the_prices_of_the_store(visitor, tea):
    answer = visitor(f"/api/goods/{tea.public_id}")
    assert answer.status_code == 200, answer.text
    small, large = answer.json["data"]["skus"]
    assert (small["list_price_fen"], small["price_fen"], small["member_price_fen"]) == (8800, 8500, 8000)
    assert (small["rack"], small["specification"], large["member_price_fen"]) == (
        "A 区 3 架",
        ["100g"],
        None,
    )
    assert answer.json["data"]["description"] == "<p>明前</p><p>手工</p>"
    assert visitor("/api/goods/barcodes", barcode=CODE).json["data"] == answer.json["data"]
    assert visitor("/api/goods/barcodes", barcode="6900000000001").status_code == 404


def test_pages_follow_the_cursor_and_other_stores_sell_nothing(visitor, store, tea):
    salt = changes.create_product(
        code="P2", name="盐", category=tea.category, skus=[{"code": "P2", "list_price_fen": 200}]
    )
    shop_goods.take_over(store, [changes.publish(salt)])
    for sort, names in (("newest", ["盐", "龙井茶"]), ("-price", ["龙井茶", "盐"])):
        first = visitor("/api/goods", sort=sort, page_size=1).json["data"]
        second = visitor("/api/goods", sort=sort, page_size=1, after=first["next_cursor"]).json["data"]
        assert [row["name"] for row in first["list"] + second["list"]] == names
        assert (first["has_more"], second["has_more"]) == (True, False)
    other = shops.create_shop(code="S2", name="后门店", location=Coordinates(116.4, 39.9)).public_id
    assert visitor("/api/goods", store_id=other).json["data"]["list"] == []
    assert visitor(f"/api/goods/{tea.public_id}", store_id=other).status_code == 404
    changes.unpublish(tea)
    assert visitor(f"/api/goods/{tea.public_id}").status_code == 404
