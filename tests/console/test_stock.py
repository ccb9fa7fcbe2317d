"""Stock in the console: goods received, adjustments, stock-taking, warnings, and the scope of shops."""

import io

import pytest

from store.exports import kinds
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stock import levels
from tests.support.stock_fixtures import create_sku, receive, reserve


@pytest.fixture
def tea(shop):
    sku = create_sku("tea", name="龙井", barcode="6901234567892")
    receive(shop, sku, 5)
    return sku


@pytest.fixture
def path(shop, tea):
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    return f"stock/{level.id}"


def test_goods_received_are_listed_once(browser, shop, tea):
    create_sku("milk", name="牛奶")
    assert browser.get("stock/skus", search="牛").json["data"] == [{"value": "milk", "label": "milk 牛奶"}]
    body = {"shop": "S1", "sku": "milk", "quantity": 3, "reason": "到货"}
    for _ in range(2):
        answer = browser.post("stock", body, Idempotency_Key="k1")
        assert (answer.status_code, answer.json["data"]["on_hand"]) == (201, 3), answer.text
    listed = browser.get("stock", search="牛奶", shop="S1", state="low").json["data"]
    assert (listed["total"], listed["list"][0]["available"], listed["list"][0]["limit"]) == (1, 3, 10)
    assert browser.post("stock", {**body, "sku": "nothing"}).status_code == 404
    assert browser.post("stock", {**body, "quantity": 0}).json["data"]["field"] == "quantity"
    wrong = browser.post("exports", {"kind": "stock", "filters": {"state": "none"}})
    assert (wrong.status_code, wrong.json["data"]["field"]) == (422, "state")
    table = kinds.get_kind("stock")
    rows = list(table.rows(table.filters(), None))
    assert (len(rows), len(rows[0]), table.count(table.filters(), None)) == (2, len(table.columns), 2)


def test_a_row_is_adjusted_counted_and_warned_about(browser, shop, tea, path):
    reserve(shop, "O1", (tea, 2))
    for _ in range(2):
        answer = browser.post(
            f"{path}/adjustments", {"difference": -1, "reason": "破损"}, Idempotency_Key="a"
        )
        assert (answer.status_code, answer.json["data"]["on_hand"]) == (200, 4), answer.text
    answer = browser.post(f"{path}/counts", {"counted": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "stock_short")
    assert answer.json["msg"] == "已有 2 件被订单占用，现有 4 件，最多可减少 2 件"
    assert browser.post(f"{path}/counts", {"counted": 6}).json["data"]["movement"]["on_hand"] == 2
    assert browser.put(f"{path}/warning", {"warning_at": 2}).json["data"]["state"] == "enough"
    assert browser.put(f"{path}/warning", {"warning_at": None}).json["data"]["limit"] == 10
    shown = browser.get(path).json["data"]
    assert (shown["on_hand"], shown["reserved"], shown["available"]) == (6, 2, 4)
    moved = browser.get(f"{path}/movements").json["data"]
    assert [row["kind_name"] for row in moved["list"]] == ["盘点", "调整", "订单占用", "入库"]
    assert (moved["list"][1]["reason"], moved["list"][1]["operator"]) == ("破损", "boss")
    assert (
        browser.post(f"{path}/adjustments", {"difference": 1, "reason": ""}).json["data"]["field"] == "reason"
    )
    assert browser.get("stock/99999999999999999999").status_code == 404


def test_stock_of_another_shop_is_not_there(new_browser, add_staff, shop, tea, path):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    stranger = new_browser().take_session(add_staff("east", "shop_manager", shops=(other,)))
    assert stranger.get("stock").json["data"]["list"] == []
    for answer in (
        stranger.get(path), stranger.get(f"{path}/movements"), stranger.put(f"{path}/warning", {"warning_at": 1}),
        stranger.post(f"{path}/adjustments", {"difference": 1, "reason": "x"}),
        stranger.post(f"{path}/counts", {"counted": 1}),
        stranger.post("stock", {"shop": "S1", "sku": "tea", "quantity": 1}),
    ):  # fmt: skip
        assert answer.status_code == 404, answer.text
    assert stranger.post("stock", {"shop": "S2", "sku": "tea", "quantity": 1}).status_code == 201


def send_counts(browser, text, **fields):
    data = {"file": (io.BytesIO(text.encode()), "counts.csv"), "shop": "S1", **fields}
    return browser.request("POST", "stock-counts", data=data, content_type="multipart/form-data")


def test_a_sheet_is_filled_in_and_imported(browser, shop, tea):
    sheet = browser.get("stock-counts/template", shop="S1", form="csv").text
    assert "tea,6901234567892,龙井,5,," in sheet
    text = sheet.lstrip("\ufeff").replace("龙井,5,,", "龙井,5,4,")
    plan = send_counts(browser, text, dry_run="true").json["data"]
    assert (plan["updated"], plan["errors"], plan["summary"]) == (
        1,
        [],
        "账实不符 1 项，盘盈 0 件，盘亏 1 件",
    )
    assert send_counts(browser, text, version="other").json["code"] == "import_outdated"
    assert send_counts(browser, text, version=plan["version"]).json["data"]["updated"] == 1
    (row,) = browser.get("stock/warnings", search="龙井", shop="S1").json["data"]["list"]
    assert (row["on_hand"], row["limit"]) == (4, 10)
    assert browser.get("stock-counts/template", shop="S9").status_code == 404
    wrong = send_counts(browser, text.replace(",4,", ",x,"), dry_run="true").json["data"]
    assert wrong["errors"][0]["message"].startswith("实盘数量：")
