"""The member's page: masked head, personal data by right and with an entry in the log, tabs, and the shops seen."""

import pytest

from store.check_ins import check_ins
from store.coupons import gifts
from store.customers import profiles
from store.customers.members import Member
from store.membership import registration
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants.audit import AuditEntry
from tasks import relay
from tests.support import order_fixtures

PHONE, NAME = "13812345678", "王小美"


@pytest.fixture
def mei(web, shop) -> Member:
    member = registration.register_at_desk(phone=PHONE, shop_id=shop.id)
    profiles.change(member.customer, name=NAME, birthday="1990-05-01")
    return Member.get_by_id(member.id)


@pytest.fixture
def path(mei) -> str:
    return f"members/{mei.card_number}"


def test_the_head_is_masked_and_clear_data_are_logged(browser, mei, path):
    head = browser.get(path).json["data"]
    assert (head["name"], head["phone"], head["shop"], head["status"]) == (
        "王**",
        "138****5678",
        "西站店",
        "active",
    )
    assert head["points"][0]["available"] == 0
    assert NAME not in browser.get(path).text
    shown = browser.post(f"{path}/personal-data", {"fields": ["name", "phone"]}).json["data"]
    assert shown == {"name": NAME, "phone": f"+86{PHONE}"}
    entry = AuditEntry.select().where(AuditEntry.action == "profiles.reveal").get()
    assert (entry.actor, entry.after) == ("boss", {"fields": ["name", "phone"]})
    assert browser.post(f"{path}/personal-data", {"fields": ["nickname"]}).status_code == 422
    assert browser.get(f"members/{mei.public_id}").json["data"]["card_number"] == mei.card_number


def test_every_tab_shows_what_belongs_to_the_member(browser, mei, path):
    check_ins.check_in(customer=mei.customer, source="miniprogram")
    points.adjust(member=mei, value=50, reason="补登", key="k1")
    assert browser.get(f"{path}/check-ins").json["data"]["list"][0]["streak"] == 1
    assert browser.get(f"{path}/identities").json["data"]["list"][0]["subject"] == "138****5678"
    assert {row["title"] for row in browser.get(f"{path}/consents").json["data"]["list"]}
    kinds = [row["label"] for row in browser.get(f"{path}/behaviours").json["data"]["list"]]
    assert {"注册", "签到"} <= set(kinds)
    joined = browser.get(f"{path}/behaviours", kind="members.joined").json["data"]
    assert (joined["total"], joined["list"][0]["shop"]) == (1, "西站店")
    assert browser.get(f"{path}/behaviours", kind="messages.queued").json["data"]["field"] == "kind"
    entries = browser.get("point-entries", search=mei.card_number).json["data"]["list"]
    assert [row["label"] for row in entries][:1] == ["人工增加"]
    for tab in ("orders", "coupons", "coupon-gifts", "stored-value", "merges"):
        assert browser.get(f"{path}/{tab}").json["data"]["list"] == []


def test_money_goods_and_coupons_have_their_tabs(browser, mei, path, shop):
    order_fixtures.top_up(mei, 20_000)
    coupon = order_fixtures.issue_coupon(mei, by_campaign=True, gift_hours=24)
    gifts.create_gift(coupon=coupon, giver=mei)
    order = order_fixtures.place(shop, order_fixtures.line(3_000, 2), member=mei, stored_value_fen=6_000)
    (bought,) = browser.get(f"{path}/orders").json["data"]["list"]
    assert (bought["number"], bought["total_fen"], bought["shop"]) == (order.number, 6_000, "西站店")
    spent, paid_in = browser.get(f"{path}/stored-value").json["data"]["list"]
    assert (spent["balance_fen"], paid_in["balance_fen"]) == (14_000, 20_000)
    (given,) = browser.get(f"{path}/coupon-gifts").json["data"]["list"]
    assert (given["direction"], given["coupon_code"], given["label"]) == ("given", coupon.code, "待领取")
    assert browser.get(f"{path}/coupons", state="gifting").json["data"]["total"] == 1
    relay.run("acme")
    head = browser.get(path).json["data"]
    assert (head["spent_fen"], head["orders"], head["average_order_fen"]) == (6_000, 1, 6_000)
    assert (head["pieces_per_order"], head["stored_value"]["principal_fen"]) == (2, 14_000)
    (record,) = browser.get("behaviours", kind="orders.paid", search=mei.card_number, shop="S1").json["data"][
        "list"
    ]
    assert record["card_number"] == mei.card_number
    assert order.number in record["facts"]
    assert "× 2" in record["facts"]
    assert browser.get("behaviours", search="13700000000").json["data"]["total"] == 0


def test_staff_of_another_shop_find_no_member(new_browser, add_staff, browser, mei, path):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.47, 31.23))
    rights = [
        "members.personal_data",
        "members.freeze",
        "point_entries.read",
        "point_accounts.read",
        "tier_records.read",
        "behaviours.read",
    ]
    browser.post("roles", {"key": "desk", "name": "柜台", "rights": rights})
    stranger = new_browser().take_session(add_staff("stranger", "desk", shops=(other,)))
    entry = points.adjust(member=mei, value=50, reason="补登", key="k1")
    for hidden in (path, f"{path}/behaviours", f"{path}/identities", f"point-entries/{entry.id}"):
        assert stranger.get(hidden).status_code == 404
    assert stranger.post(f"{path}/personal-data", {"fields": ["name"]}).status_code == 404
    assert stranger.post(f"{path}/freezing", {"reason": "x"}).status_code == 404
    for listed in ("point-entries", "point-accounts", "tier-records", "behaviours"):
        assert stranger.get(listed).json["data"]["total"] == 0
        assert browser.get(listed).json["data"]["total"] > 0
    assert stranger.get(f"{path}/orders").status_code == 403


def test_a_profile_is_changed_field_by_field(browser, mei, path):
    for _ in range(2):
        changed = browser.patch(
            f"{path}/profile", {"nickname": "小美", "gender": "female"}, Idempotency_Key="k1"
        )
    assert (changed.json["data"]["nickname"], changed.json["data"]["name"]) == ("小美", "王**")
    refused = browser.patch(f"{path}/profile", {"id_number": "110105194912310021"})
    assert refused.json["data"]["field"] == "id_number"
    assert browser.patch(f"{path}/profile", {"marketing_consent": True}).status_code == 422


def test_a_member_is_registered_at_the_desk(browser, shop):
    for _ in range(2):
        made = browser.post("members", {"phone": "13900000001", "shop": "S1"})
    assert made.status_code == 201
    assert Member.select().count() == 1
    assert browser.get(f"members/{made.json['data']['card_number']}").json["data"]["joined_shop"] == "西站店"
    assert browser.post("members", {"phone": "123"}).json["data"]["field"] == "phone"
