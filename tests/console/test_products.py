"""Goods in the console: a list with filters, products with SKUs, publication, shops' prices, import and export."""

import io

import pytest

from store.core import excel_files
from store.exports import kinds
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import audit

CATEGORY = {"code": "C1", "name": "饮料"}
NEW = {
    "code": "P1", "name": "可口可乐", "brand": "太古", "specifications": ["容量"],
    "skus": [
        {"code": "P1-330", "barcode": "6901234567892", "specification": ["330ml"], "list_price_fen": 300},
        {"code": "P1-500", "specification": ["500ml"], "list_price_fen": 450, "member_price_fen": 400},
    ],
}  # fmt: skip


@pytest.fixture
def category(browser):
    return browser.post("categories", CATEGORY).json["data"]["id"]


@pytest.fixture
def product(browser, category):
    answer = browser.post("goods", NEW | {"category": category})
    assert answer.status_code == 201, answer.text
    return answer.json["data"]


def send_file(browser, text, **fields):
    data = {"file": (io.BytesIO(text.encode("gb18030")), "goods.csv"), **fields}
    return browser.request("POST", "goods/import", data=data, content_type="multipart/form-data")


def test_a_product_is_created_once_and_found(browser, product, category):
    again = browser.post("goods", NEW | {"category": category}).json["data"]
    assert (again["id"], len(again["skus"])) == (product["id"], 2)
    for query in (
        {"search": "kkkl"},
        {"category": category},
        {"brand": "太古"},
        {"state": "draft", "sort": "-name"},
    ):
        (row,) = browser.get("goods", **query).json["data"]["list"]
        assert (row["id"], row["category"], row["lowest_fen"], row["highest_fen"]) == (
            product["id"],
            "饮料",
            300,
            450,
        )
    choices = browser.get("goods/choices").json["data"]
    assert choices == {"categories": [{"value": category, "label": "饮料"}], "brands": ["太古"]}


def test_a_change_keeps_what_was_left_out(browser, product):
    for _ in range(2):
        answer = browser.patch(f"goods/{product['id']}", {"name": "可乐", "skus": NEW["skus"][:1]})
        assert answer.status_code == 200, answer.text
    data = answer.json["data"]
    assert (data["name"], data["brand"], [sku["code"] for sku in data["skus"]]) == (
        "可乐",
        "太古",
        ["P1-330"],
    )
    refused = browser.patch(f"goods/{product['id']}", {"skus": [{"code": "P1-330", "list_price_fen": -1}]})
    assert (refused.status_code, refused.json["data"]["field"]) == (422, "skus.0.list_price_fen")


def test_goods_are_published_one_by_one_and_many_at_once(browser, product):
    loose = browser.post("goods", {"code": "P2", "name": "盐", "skus": [{"code": "P2", "list_price_fen": 1}]})
    assert browser.post(f"goods/{loose.json['data']['id']}/publish").json["code"] == "product_uncategorised"
    ids = [product["id"], loose.json["data"]["id"]]
    result = browser.post("goods/batches/publish", {"ids": ids}).json["data"]
    assert result == {"changed": 1, "refused": [{"name": "盐", "reason": "“盐”还没有分类，不能上架"}]}
    moved = browser.post("goods/batches/move", {"ids": ids, "category": product["category_id"]}).json["data"]
    assert moved["changed"] == 1
    for path, state in (("publish", "published"), ("unpublish", "unpublished"), ("unpublish", "unpublished")):
        assert browser.post(f"goods/{ids[1]}/{path}").json["data"]["state"] == state
    assert browser.post("goods/batches/unpublish", {"ids": ids}).json["data"]["changed"] == 1
    assert browser.post("goods/batches/publish", {"ids": [*ids, "prd_none"]}).status_code == 404


def test_a_manager_sets_prices_of_the_own_shop_only(browser, new_browser, add_staff, product, shop):
    shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    manager = new_browser().take_session(add_staff("leader", "shop_manager", shops=(shop,)))
    for code, status in (("S1", 200), ("S2", 404)):
        answer = manager.post("shop-goods", {"shop": code, "ids": [product["id"]]})
        assert answer.status_code == status, answer.text
    assert browser.post("shop-goods", {"shop": "S2", "ids": [product["id"]]}).json["data"] == {"added": 2}
    sku = product["skus"][1]["id"]
    for _ in range(2):
        row = manager.patch(f"shop-goods/S1/{sku}", {"price_fen": 420, "rack_area": "A"}).json["data"]
    assert (row["price_fen"], row["own_price_fen"], row["member_price_fen"]) == (420, 420, 400)
    assert manager.patch(f"shop-goods/S2/{sku}", {"price_fen": 1}).status_code == 404
    assert {one["shop"] for one in manager.get(f"goods/{product['id']}").json["data"]["shop_skus"]} == {"S1"}
    assert browser.get("goods", shop="S1").json["data"]["total"] == 1
    assert manager.patch(f"goods/{product['id']}", {"name": "x"}).status_code == 403
    assert manager.get("goods", shop="S2").status_code == 404


def test_categories_are_listed_as_a_tree_and_retired(browser, category):
    below = browser.post("categories", {"code": "C2", "name": "茶", "parent": category}).json["data"]["id"]
    rows = browser.get("categories").json["data"]["list"]
    assert [(row["path"], row["level"]) for row in rows] == [("饮料", 1), ("饮料 / 茶", 2)]
    browser.post("goods", NEW | {"category": below})
    changed = browser.patch(f"categories/{below}", {"name": "茶叶"}).json["data"]
    assert (changed["name"], changed["path"], changed["products"]) == ("茶叶", "饮料 / 茶叶", 1)
    assert browser.post(f"categories/{category}/retirement").json["code"] == "category_in_use"
    for _ in range(2):
        assert browser.post(f"categories/{below}/retirement").status_code == 200
    assert len(browser.get("categories").json["data"]["list"]) == 1
    assert len(browser.get("categories", retired="true", search="c2").json["data"]["list"]) == 1
    assert browser.delete(f"categories/{below}/retirement").json["data"]["is_retired"] is False
    assert audit.list_entries()[0].action == "categories.restore"


def test_an_import_does_what_its_dry_run_showed(browser, product):
    text = "商品编码,商品名称,分类编码,规格编码,零售价（元）\nP9,盐,C1,,2\nP1,,,P1-330,3.5\n"
    plan = send_file(browser, text, dry_run="true").json["data"]
    assert (plan["rows"], plan["created"], plan["updated"], plan["errors"]) == (2, 1, 1, [])
    assert send_file(browser, text, version="other").json["code"] == "import_outdated"
    done = send_file(browser, text, version=plan["version"]).json["data"]
    assert (done["created"], done["updated"]) == (1, 1)
    wrong = send_file(browser, "商品编码,商品名称,零售价（元）\nP8,糖,x\n", dry_run="true").json["data"]
    assert wrong["errors"] == [{"line": 2, "message": "零售价（元）：请输入金额，最多两位小数"}]
    assert browser.get("goods/import/template").data.startswith(b"PK")
    assert "商品编码" in browser.get("goods/import/template", form="csv").text


def test_an_excel_file_is_imported_and_its_progress_shown(browser, product):
    rows = [["P9", "盐", "C1", "", "2"], ["P1", "", "", "P1-330", "3.5"]]
    content = excel_files.write_template(
        ["商品编码", "商品名称", "分类编码", "规格编码", "零售价（元）"], rows
    )

    def send(**fields):
        data = {"file": (io.BytesIO(content), "goods.xlsx"), **fields}
        return browser.request("POST", "goods/import", data=data, content_type="multipart/form-data")

    plan = send(dry_run="true", progress="k1").json["data"]
    assert (plan["rows"], plan["created"], plan["updated"], plan["errors"]) == (2, 1, 1, [])
    assert browser.get("goods/import/progress", key="k1").json["data"] == {"done": 2, "total": 2}
    assert browser.get("goods/import/progress", key="k2").json["data"] == {"done": 0, "total": 0}
    assert send(version=plan["version"]).json["data"]["created"] == 1


def test_what_is_exported_can_be_imported(browser, product):
    kind = kinds.get_kind("goods")
    rows = list(kind.rows(kind.filters(search="kkkl"), None))
    assert kind.count(kind.filters(), None) == 1
    lines = [[title for title, _ in kind.columns], *rows]
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines) + "\n"
    plan = send_file(browser, text, dry_run="true").json["data"]
    assert (len(rows), plan["errors"], plan["updated"]) == (2, [], 0)
