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


@pytest.mark.parametrize("text", ["' OR 1=1 --", '"; DROP TABLE product; --', "%", "_", "\\"])
def test_peers_5_text_of_a_search_is_never_part_of_a_statement(visitor, tea, text):
    for field in ("q", "category_id", "sort", "page"):
        answer = visitor("/api/goods", **{field: text})
        found = answer.json["data"]["total"] if answer.status_code == 200 else 0
        assert (answer.status_code in (200, 404, 422), found) == (True, 0)
    for field in ("lat", "lng"):
        assert visitor("/api/stores", **{"lat": "39.9", "lng": "116.4", field: text}).status_code == 422
    assert visitor("/api/goods").json["data"]["total"] == 1


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


REFUSED = (
    {"page": 0}, {"page": 10_001}, {"page": "x"}, {"page_size": 0}, {"page_size": 101}, {"q": "茶" * 41},
    {"q": "茶\x01"}, {"q": "\x1b[2J"}, {"category_id": "c\x7f"}, {"store_id": ""}, {"store_id": "s" * 41},
    {"after": "x" * 301}, {"after": "not-a-cursor"}, {"shop": "S1"}, {"sort": "lowest_fen; --"},
)  # fmt: skip


def test_a_query_outside_its_bounds_is_refused(visitor, tea):
    for query in REFUSED:
        answer = visitor("/api/goods", **query)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid"), (query, answer.text)
    for code in ("1234567", "1" * 15, "６９０１２３４５６７８９２", "69012345'789", ""):
        assert visitor("/api/goods/barcodes", barcode=code).status_code == 422, code
    assert visitor("/api/goods", q="茶\x00").status_code == 400


def test_signs_of_a_pattern_are_searched_for_as_they_are(visitor, tea):
    for text, total in (("茶 " * 13, 1), ("%", 0), ("_", 0), ("'", 0), ("\\", 0), ("茶%' OR 1=1 --", 0)):
        answer = visitor("/api/goods", q=text)
        assert (answer.status_code, answer.json["data"]["total"]) == (200, total), text


def test_pages_and_goods_that_are_not_there_are_empty_or_not_found(visitor, tea):
    last = visitor("/api/goods", page=10_000, page_size=100).json["data"]
    assert (last["list"], last["total"], last["has_more"]) == ([], 1, False)
    for path in ("/api/goods/prd_none", "/api/goods/%01", f"/api/goods/{'x' * 500}"):
        assert visitor(path).status_code == 404
    assert visitor("/api/goods", category_id="cat_none").status_code == 404
