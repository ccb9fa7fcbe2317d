"""Tiers and programmes in the console: listed, added, changed, and deleted while nothing refers to them."""

import pytest

from store.customers import programmes
from store.membership import registration
from store.tenants import audit
from store.tiers import tiers

SILVER = {"programme": "programme", "code": "silver", "name": "银卡", "rank": 5, "validity": {"days": 365},
          "discount_percent": 5}  # fmt: skip


def actions() -> list[str]:
    return [entry.action for entry in audit.list_entries()]


def test_a_tier_is_added_changed_and_deleted(browser):
    first, again = (browser.post("tiers", SILVER, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == 201, first.text
    assert again.json["data"] == first.json["data"]
    listed = browser.get("tiers", search="卡", programme="programme", sort="-rank").json["data"]
    assert [(row["code"], row["rank"]) for row in listed["list"]] == [("silver", 5), ("gold", 1), ("base", 0)]
    assert listed["list"][0]["validity_text"] == "有效期 365 天"
    path = f"tiers/{first.json['data']['id']}"
    change = {
        "name": "白银",
        "rank": 7,
        "validity": {"years": 1, "month": 12, "day": 31},
        "discount_percent": 0,
    }
    for _ in range(2):
        changed = browser.patch(path, change)
        assert (changed.status_code, changed.json["data"]["name"]) == (200, "白银")
    assert actions().count("tiers.change_settings") == 1
    assert browser.delete(path).json["data"] == {"deleted": True}
    assert browser.delete(path).status_code == 404
    assert browser.delete(f"tiers/{10**30}").status_code == 422
    assert actions().count("tiers.delete") == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"rank": 1}, "rank"), ({"rank": 0}, "rank"), ({"rank": 1001}, "rank"),
        ({"validity": {"days": 0}}, "validity.days"), ({"validity": {"years": 1}}, "validity"),
        ({"discount_percent": 101}, "discount_percent"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_what_is_wrong_about_a_tier_is_named(browser, change, field):
    path = f"tiers/{browser.post('tiers', SILVER).json['data']['id']}"
    body = {name: value for name, value in SILVER.items() if name not in ("programme", "code")}
    answer = browser.patch(path, body | change)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert browser.get("tiers", search="silver").json["data"]["list"][0]["name"] == "银卡"


def test_a_tier_in_use_stays(browser):
    registration.register_at_desk(phone="13812345678")
    gold, base = (tier.id for tier in tiers.list_tiers(int(programmes.get_default().id)))
    assert browser.delete(f"tiers/{base}").json["code"] == "tier_in_use"
    browser.post("cost-centres", {"code": "m", "name": "市场部"})
    multiplier = {"programme": "programme", "group": "points", "name": "金卡双倍", "occasion": "tier", "tier": "gold",
                  "percent": 200, "cost_centre": "m"}  # fmt: skip
    assert browser.post("point-multipliers", multiplier).status_code == 201
    assert browser.delete(f"tiers/{gold}").json["msg"] == "积分规则用到该等级，不能删除"
    body = {"name": "普卡", "rank": 0, "validity": {"days": 9}, "discount_percent": 0}
    assert browser.patch(f"tiers/{base}", body).json["data"]["field"] == "validity"


def test_a_programme_is_created_with_its_parts_and_renamed(browser):
    body = {"code": "friends", "name": "俱乐部", "base_name": "新人", "points_name": "豆"}
    for _ in range(2):
        assert browser.post("programmes", body).status_code == 201
    assert browser.get("tiers", programme="friends").json["data"]["list"][0]["name"] == "新人"
    for _ in range(2):
        assert browser.patch("programmes/friends", {"name": "老友会"}).json["data"]["name"] == "老友会"
    assert actions().count("programmes.rename") == 1
    assert browser.patch("programmes/friends", {"name": " "}).json["data"]["field"] == "name"
    assert browser.patch("programmes/none", {"name": "x"}).status_code == 404
    rows = browser.get("programmes", search="老友").json["data"]["list"]
    assert [(row["code"], row["members"]) for row in rows] == [("friends", 0)]


def test_a_programme_is_deleted_while_nothing_refers_to_it(browser):
    registration.register_at_desk(phone="13812345678")
    assert browser.delete("programmes/programme").json["msg"] == "唯一的会员计划不能删除"
    browser.post("programmes", {"code": "friends", "name": "老友会"})
    assert browser.delete("programmes/programme").json["code"] == "programme_in_use"
    assert browser.get("tiers", programme="programme").json["data"]["total"] == 2
    assert browser.delete("programmes/friends").json["data"] == {"deleted": True}
    assert browser.delete("programmes/friends").status_code == 404
    assert actions().count("programmes.delete") == 1


def test_who_may_only_read_changes_nothing(browser, new_browser, add_staff):
    reader = new_browser().take_session(add_staff("xiaomei", "user"))
    assert reader.get("tiers").status_code == 200
    assert reader.get("loyalty-options").json["data"]["programmes"][0]["groups"][0]["code"] == "points"
    assert reader.post("tiers", SILVER).status_code == 403
    cashier = new_browser().take_session(add_staff("kasse", "cashier"))
    assert cashier.get("tiers").status_code == 403
    assert cashier.get("loyalty-options").status_code == 403
