"""Issued coupons at the console: found, followed through a sale, voided; gifts; exports; shops."""

import pytest

from store.core import clock
from store.coupons import coupons, gifts, redemptions
from store.exports import coupon_kinds, kinds
from store.membership import registration
from tests.support import coupon_fixtures


@pytest.fixture
def rule(web):
    return coupon_fixtures.create_listed_rule()


@pytest.fixture
def member(web, shop):
    return registration.register_at_desk(phone="13800138000", shop_id=shop.id)


def give(rule, member):
    return coupons.claim(rule=rule, member=member, source="h5")


def test_coupons_are_found_by_code_card_rule_state_and_day(browser, rule, member):
    other = coupon_fixtures.create_member(2)
    mine, theirs = give(rule, member), give(rule, other)
    coupons.void(theirs, reason="发错")

    def codes(**query):
        return [row["code"] for row in browser.get("coupons", **query).json["data"]["list"]]

    assert codes() == [theirs.code, mine.code]
    assert codes(search=mine.code) == [mine.code]
    assert codes(search="五元") == [theirs.code, mine.code]
    assert codes(search=rule.number) == [theirs.code, mine.code]
    assert codes(member=member.card_number) == codes(member="13800138000") == [mine.code]
    assert codes(member="8000000000000000") == []
    assert codes(state="void") == [theirs.code]
    assert codes(rule=rule.public_id, kind="amount_off", sort="received_at") == [mine.code, theirs.code]
    assert codes(kind="voucher") == codes(since="2001-01-01", until="2001-01-02") == []
    row = browser.get("coupons", search=mine.code).json["data"]["list"][0]
    assert (row["rule_number"], row["state"]) == (rule.number, "issued")


def test_a_coupon_tells_which_sale_used_it_and_every_step(browser, rule, member):
    coupon = give(rule, member)
    basket = coupon_fixtures.make_basket()
    redemptions.redeem(member=member, codes=[coupon.code], basket=basket, order_number="O1")
    redemptions.refund(order_number="O1", return_number="R1")
    found = browser.get(f"coupons/{coupon.code}").json["data"]
    use = found["uses"][0]
    assert (use["order_number"], use["value_fen"], use["shop_code"]) == ("O1", 500, "S1")
    steps = [(step["scene"], step["reference"]) for step in found["history"]]
    assert steps == [("会员领取", "h5"), ("使用", "O1"), ("退款退回", "O1")]


def test_a_coupon_is_voided_once_with_a_reason(browser, rule, member):
    coupon = give(rule, member)
    assert browser.post(f"coupons/{coupon.code}/void", {"reason": " "}).json["data"]["field"] == "reason"
    for _ in range(2):
        answer = browser.post(f"coupons/{coupon.code}/void", {"reason": "客户投诉"})
        assert answer.json["data"]["state"] == "void"
    history = browser.get(f"coupons/{coupon.code}").json["data"]["history"]
    assert [(step["scene"], step["reference"]) for step in history][1:] == [("作废", "客户投诉")]


def test_gifts_are_listed_with_cards_and_masked_phones_and_each_step(browser, rule, member):
    friend = registration.register_at_desk(phone="13800138009")
    gift, token = gifts.create_gift(coupon=give(rule, member), giver=member)
    gifts.accept(token=token, receiver=friend)
    gifts.create_gift(coupon=give(rule, member), giver=member)
    rows = browser.get("coupon-gifts").json["data"]["list"]
    assert [row["state"] for row in rows] == ["offered", "accepted"]
    assert rows[1]["receiver"] == {"name": "", "card_number": friend.card_number, "phone": "138****8009"}
    assert browser.get("coupon-gifts", search="13800138000").json["data"]["total"] == 2
    assert browser.get("coupon-gifts", state="accepted").json["data"]["total"] == 1
    detail = browser.get(f"coupon-gifts/{gift.id}").json["data"]
    assert [(step["scene"], step["before"], step["after"]) for step in detail["steps"]] == [
        ("发起转赠", "可使用", "转赠中"), ("接受转赠", "转赠中", "可使用"),
    ]  # fmt: skip


def test_an_account_of_a_shop_sees_the_coupons_and_gifts_of_its_members(
    browser, new_browser, add_staff, rule, member, shop
):
    stranger = coupon_fixtures.create_member(2)
    mine, theirs = give(rule, member), give(rule, stranger)
    gift, _ = gifts.create_gift(coupon=theirs, giver=stranger)
    own, _ = gifts.create_gift(coupon=mine, giver=member)
    here = new_browser().take_session(add_staff("leader", "admin", shops=(shop,)))
    assert [row["code"] for row in here.get("coupons").json["data"]["list"]] == [mine.code]
    assert here.get(f"coupons/{theirs.code}").status_code == 404
    assert here.post(f"coupons/{theirs.code}/void", {"reason": "x"}).status_code == 404
    assert [row["id"] for row in here.get("coupon-gifts").json["data"]["list"]] == [str(own.id)]
    assert here.get(f"coupon-gifts/{gift.id}").status_code == 404
    cashier = new_browser().take_session(add_staff("kim", "cashier"))
    assert cashier.get("coupons").status_code == cashier.get("coupon-gifts").status_code == 403


def test_exports_hold_what_the_lists_show(web, rule, member, shop):
    coupon = give(rule, member)
    gifts.create_gift(coupon=coupon, giver=member)
    for key, first in (("coupon_rules", rule.name), ("coupons", coupon.code), ("coupon_gifts", 1)):
        kind = kinds.get_kind(key)
        filters = kind.filters()
        rows = list(kind.rows(filters, None))
        assert kind.count(filters, None) == len(rows) == 1
        assert rows[0][0] == first
        assert len(rows[0]) == len(kind.columns)
    assert (
        list(
            kinds.get_kind("coupons").rows(
                coupon_kinds.CouponFilters(since=clock.today()), frozenset({shop.id + 1})
            )
        )
        == []
    )
