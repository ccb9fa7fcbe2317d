"""Codes of goods for scan-to-buy: one for each SKU that a shop sells, read again by a scanner."""

import io

import pytest
import zxingcpp
from PIL import Image

from store.shops import shops
from store.shops.coordinates import Coordinates


@pytest.fixture
def product(browser, shop):
    category = browser.post("categories", {"code": "C1", "name": "饮料"}).json["data"]["id"]
    new = {
        "code": "P1", "name": "可乐", "category": category, "specifications": ["容量"],
        "skus": [
            {"code": "P1-330", "specification": ["330ml"], "list_price_fen": 300, "member_price_fen": 250},
            {"code": "P1-500", "specification": ["500ml"], "list_price_fen": 450},
        ],
    }  # fmt: skip
    made = browser.post("goods", new).json["data"]
    browser.post("shop-goods", {"shop": "S1", "ids": [made["id"]]})
    return made


def test_a_sheet_has_a_code_for_each_sku_that_the_shop_sells(browser, product, shop):
    unseen = browser.get("goods-codes", shop="S1", ids=product["id"]).json["data"]
    assert (unseen["list"], unseen["missing"]) == ([], ["可乐"])
    browser.post(f"goods/{product['id']}/publish")
    found = browser.get("goods-codes", shop="S1", ids=product["id"]).json["data"]
    rows = [(row["specification"], row["price_fen"], row["member_price_fen"]) for row in found["list"]]
    assert (rows, found["missing"]) == ([("330ml", 300, 250), ("500ml", 450, None)], [])
    row = found["list"][1]
    picture = browser.get(f"goods-codes/S1/{row['sku_id']}/image", form="png")
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)))
    assert code.text == row["url"]
    assert f"/m/stores/{shop.public_id}/goods/{product['id']}?a=" in row["url"]
    assert row["url"].endswith(f"&sku={row['sku_id']}")


def test_codes_of_other_shops_are_not_found(browser, new_browser, add_staff, product, shop):
    shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    manager = new_browser().take_session(add_staff("leader", "shop_manager", shops=(shop,)))
    sku = product["skus"][0]["id"]
    assert manager.get("goods-codes", shop="S1", ids=product["id"]).status_code == 200
    assert manager.get("goods-codes", shop="S2", ids=product["id"]).status_code == 404
    assert manager.get(f"goods-codes/S2/{sku}/image").status_code == 404
    assert browser.get(f"goods-codes/S2/{sku}/image").status_code == 404
    assert browser.get("goods-codes", shop="S1", ids="prd_none").status_code == 404
