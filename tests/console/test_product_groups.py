"""Product groups in the console: filled by products, codes and categories, enabled, copied, retired, deleted."""

import pytest

from store.tenants import audit

SKU = {"list_price_fen": 300}


@pytest.fixture
def category(browser):
    return browser.post("categories", {"code": "C1", "name": "饮料"}).json["data"]["id"]


@pytest.fixture
def product(browser, category):
    new = {"code": "P1", "name": "可乐", "category": category, "skus": [SKU | {"code": "P1"}]}
    return browser.post("goods", new).json["data"]["id"]


@pytest.fixture
def group(browser, category):
    answer = browser.post("product-groups", {"code": "G1", "name": "夏季饮品", "categories": [category]})
    assert answer.status_code == 201, answer.text
    return answer.json["data"]["id"]


def test_a_group_is_filled_enabled_and_offered_to_rules(browser, group, product):
    for added in (1, 0):
        answer = browser.post(f"product-groups/{group}/products", {"ids": [product], "codes": ["P1", "P404"]})
        assert answer.json["data"] == {"added": added, "missing": ["P404"]}
    (row,) = browser.get(f"product-groups/{group}/products", search="可乐").json["data"]["list"]
    assert row["code"] == "P1"
    assert browser.get("options/product-groups").json["data"]["groups"] == []
    for _ in range(2):
        shown = browser.post(f"product-groups/{group}/enabling").json["data"]
    assert (shown["state"], shown["products"], shown["category_names"]) == ("enabled", 1, ["饮料"])
    assert browser.get("options/product-groups").json["data"] == {
        "groups": [{"value": "G1", "label": "夏季饮品（G1）"}],
        "categories": [{"value": "C1", "label": "饮料"}],
    }
    assert browser.patch(f"product-groups/{group}", {"name": "新名"}).json["code"] == "group_frozen"
    (row,) = browser.get("product-groups", search="夏季", state="enabled").json["data"]["list"]
    assert (row["category_count"], row["products"]) == (1, 1)


def test_a_copy_is_changed_and_deleted(browser, group, product, category):
    browser.post(f"product-groups/{group}/products", {"codes": ["P1"]})
    copied = browser.post(f"product-groups/{group}/copies", {"code": "G2", "name": "夏季二"}).json["data"]
    assert (copied["state"], copied["products"], copied["categories"]) == ("draft", 1, [category])
    path = f"product-groups/{copied['id']}"
    changed = browser.patch(path, {"note": "换季", "categories": []}).json["data"]
    assert (changed["name"], changed["note"], changed["categories"]) == ("夏季二", "换季", [])
    assert browser.post(f"{path}/products/removal", {"ids": [product]}).json["data"]["removed"] == 1
    assert browser.post(f"{path}/enabling").json["code"] == "group_empty"
    assert browser.post(f"{path}/retirement").json["code"] == "group_not_enabled"
    assert browser.delete(path).status_code == 200
    assert browser.get(path).status_code == 404
    assert audit.list_entries()[0].action == "product_groups.delete"
    browser.post(f"product-groups/{group}/enabling")
    assert browser.post(f"product-groups/{group}/retirement").json["data"]["state_name"] == "已停用"
