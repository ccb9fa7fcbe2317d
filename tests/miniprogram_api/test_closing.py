"""Closing of the membership by its owner, and what an erasure alone keeps."""

from datetime import timedelta

import pytest
import time_machine

from store.closings import closings
from store.customers import members, sessions
from store.points import points
from store.tenants import business_days
from tests.store.stored_value.conftest import create_paid_top_up


@pytest.fixture
def rich(xiaomei):
    """A member with 97.50 of stored value and 30 points."""
    card = xiaomei.press_phone_button().json["data"]["member"]["card_number"]
    member = members.get_by_card(card)
    create_paid_top_up(member, 9_750)
    points.earn(member=member, kind="promotion", value=30, key="p")
    return xiaomei


def request(phone, **changes):
    listing = phone.get("/api/me/closing").json["data"]
    body = {"confirm": True, "listing_version": listing["listing_version"], **changes}
    return phone.post("/api/me/closing", body)


def test_n01_the_owner_sees_the_listing_requests_and_cancels(rich):
    listing = rich.get("/api/me/closing").json["data"]
    assert (listing["request"], listing["principal_fen"], listing["waiting_days"]) == (None, 9_750, 7)
    assert listing["refunds"] == [{"channel": "wechat", "label": "微信支付", "amount_fen": 9_750}]
    assert listing["points"] == [{"name": "积分", "available": 30}]
    answer = request(rich)
    assert answer.status_code == 201
    assert answer.json["data"]["request"]["due_day"] == str(business_days.today() + timedelta(days=7))
    assert rich.get("/api/me").json["data"]["closing_due_day"] == answer.json["data"]["request"]["due_day"]
    assert request(rich).json["data"]["request"] == answer.json["data"]["request"]
    assert [rich.request("DELETE", "/api/me/closing").json["data"]["cancelled"] for _ in range(2)] == [
        True,
        False,
    ]
    assert rich.get("/api/me/closing").json["data"]["request"] is None


def test_n01_without_consent_or_with_another_listing_nothing_is_requested(rich):
    assert request(rich, confirm=False).json["data"]["field"] == "confirm"
    assert request(rich, listing_version="0" * 16).json["code"] == "closing_listing_changed"
    assert request(rich, listing_version="x").status_code == 422
    assert rich.get("/api/me/closing").json["data"]["request"] is None


def test_n01_after_the_end_the_same_wechat_is_a_new_empty_member(rich, phone_of):
    before = rich.get("/api/me").json["data"]
    request(rich)
    with time_machine.travel(business_days.start_of(business_days.today() + timedelta(days=8)), tick=True):
        assert closings.run_batch(business_days.today() - timedelta(days=1)) == 1
        assert rich.get("/api/me").status_code == 401
        back = phone_of("xiaomei")
        back.sign_in()
        me = back.get("/api/me").json["data"]
        assert me["id"] != before["id"]
        assert (me["points"]["available"], me["phone_masked"], me["member"]["joined"]) == (0, None, False)
        assert back.get("/api/me/stored-value").json["data"]["available_fen"] == 0
        assert back.press_phone_button().json["data"]["phone_masked"] == before["phone_masked"]


def test_n01_an_erasure_alone_says_what_it_keeps(rich, phone_of):
    answer = rich.request("DELETE", "/api/me", json={"confirm": True}).json["data"]
    assert answer["kept"][0] == "会员卡、等级、积分、优惠券和储值余额"
    back = phone_of("xiaomei")
    back.sign_in()
    assert back.get("/api/me/stored-value").json["data"]["available_fen"] == 9_750
    me = back.get("/api/me").json["data"]
    assert (me["phone_masked"], me["member"]["joined"]) == (None, True)
    assert back.press_phone_button().json["data"]["phone_masked"] is not None


def test_a_session_of_a_closed_customer_is_over(rich):
    token = rich.token
    request(rich)
    closings.finish_due(business_days.today() + timedelta(days=7))
    with pytest.raises(Exception, match="请先登录"):
        sessions.get_by_token(token)
