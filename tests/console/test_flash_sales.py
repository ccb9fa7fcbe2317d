"""Flash sales at the console: made, submitted, approved by another person, stopped; items, records, shops."""

import pytest

from store.flash_sales import flash_sales
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.console.export_files import read_export
from tests.support.flash_fixtures import buy, create_running, item_of, sale_values
from tests.support.order_fixtures import create_rich_member
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku


@pytest.fixture
def tea(shop):
    offer_all(shop)
    return publish_sku(shop, "tea", name="龙井")


def test_a_sale_is_made_approved_by_another_person_and_stopped(browser, add_staff, new_browser, shop, tea):
    manager = new_browser().take_session(add_staff("manager", "approver"))
    made = browser.post("flash-sales", {"content": {"name": "周五抢购"}}).json["data"]["id"]
    path = f"flash-sales/{made}"
    assert browser.post(f"{path}/submission", {"approver": "manager"}).json["data"]["field"] == "announced_at"
    answer = browser.patch(path, {"content": sale_values(shop)})
    assert answer.status_code == 200, answer.json
    assert "manager" in [one["value"] for one in browser.get("flash-sales/options").json["data"]["approvers"]]
    assert browser.post(f"{path}/submission", {"approver": "manager"}).json["data"]["state"] == "submitted"
    (task,) = manager.get("approvals").json["data"]["list"]
    shown = manager.get(f"approvals/{task['id']}").json["data"]
    decision = {"approved": True, "version": shown["fingerprint"]}
    answer = manager.post(f"approvals/{task['id']}/decision", decision)
    assert answer.status_code == 200, answer.json
    detail = browser.get(path).json["data"]
    assert (detail["state"], detail["phase"], detail["left"]) == ("published", "selling", 5)
    assert detail["link"].endswith(f"/m/flash-sales/{made}?a=acme-mp")
    assert browser.post(f"{path}/stop", {"reason": "标错价"}).json["data"]["state"] == "stopped"
    assert browser.get(path).json["data"]["items"][0]["returned"] == 5
    copy = browser.post(f"{path}/copies").json["data"]["id"]
    assert browser.delete(f"flash-sales/{copy}").json["data"]["deleted"]
    assert browser.get("flash-sales", state="stopped").json["data"]["total"] == 1
    assert browser.get("flash-sales", search="没有").json["data"]["total"] == 0


def test_the_effect_and_the_records_name_what_was_sold(browser, shop, tea):
    sale, mei = create_running(shop), create_rich_member()
    pay(buy(shop, mei, item_of(sale)))
    (row,) = browser.get("flash-sales").json["data"]["list"]
    assert (row["sold"], row["orders"], row["amount_fen"]) == (1, 1, 500)
    records = browser.get(f"flash-sales/{sale.public_id}/records").json["data"]["list"]
    assert [(one["kind"], one["units"]) for one in records] == [("已付款", 1), ("下单占用", 1)]
    assert records[0]["card_number"] == mei.card_number
    sheet = read_export(browser, "flash_sale_records", {"sale": sale.public_id})
    assert (sheet.count(mei.card_number), sheet.count("已付款")) == (2, 1)
    assert "周五抢购" in read_export(browser, "flash_sales", {"state": "published"})


def test_an_account_of_a_shop_sees_its_own_items_and_changes_nothing(
    browser, add_staff, new_browser, shop, tea
):
    sale = create_running(shop)
    other = shops.create_shop(code="S9", name="东站店", location=Coordinates(121.5, 31.3))
    clerk = new_browser().take_session(add_staff("clerk", "marketing", shops=(other,)))
    detail = clerk.get(f"flash-sales/{sale.public_id}").json["data"]
    assert (detail["items"], detail["sold"]) == ([], 0)
    assert clerk.post(f"flash-sales/{sale.public_id}/stop", {"reason": "x"}).status_code == 403
    assert flash_sales.get_by_public_id(sale.public_id).state == "published"
