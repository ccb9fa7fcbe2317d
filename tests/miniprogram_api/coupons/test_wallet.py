"""Coupons through the route: offered, claimed, kept in the wallet, weighed against a basket."""

import base64

import pytest
import time_machine

from store.core import clock
from store.coupons import claims as coupon_claims
from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.coupons import rules as coupon_rules
from store.coupons.coupons import Coupon
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import settings
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import create_listed_rule


@pytest.fixture
def rule(web):
    return create_listed_rule(threshold_fen=3000)


@pytest.fixture
def mei(xiaomei):
    """Xiaomei as a member."""
    xiaomei.press_phone_button()
    return xiaomei


@pytest.fixture
def store_id(web):
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(116.3, 39.9)).public_id


def claim(phone, rule, **options):
    return phone.post(f"/api/coupons/{rule.public_id}/claims", **options)


def wallet(phone, **query):
    return phone.get("/api/me/coupons", **query).json["data"]


def offers(phone, **query):
    return phone.get("/api/coupons", **query).json["data"]["list"]


def test_a_claimed_coupon_is_in_the_wallet_with_its_terms_in_words(mei, rule):
    made = claim(mei, rule)
    assert made.status_code == 201
    shown = wallet(mei)
    assert (shown["list"], shown["total"]) == ([made.json["data"]], 1)
    assert shown["counts"] == {"available": 1, "gifting": 0, "used": 0, "expired": 0}
    (coupon,) = shown["list"]
    assert (coupon["state"], coupon["label"], coupon["actions"]) == ("issued", "可使用", ["use", "gift"])
    assert (coupon["display"]["headline"], coupon["display"]["validity"]) == (
        "满 30 元减 5 元",
        "领取后 30 天内有效",
    )
    assert len(coupon["code"]) == 16


def test_a_repeat_under_the_same_key_claims_once(mei, rule):
    first, second = (claim(mei, rule, key="k-1").json["data"] for _ in range(2))
    assert second == first
    assert wallet(mei)["total"] == 1
    assert claim(mei, rule, key="k-2").json["data"]["code"] != first["code"]


def test_the_limit_is_reported_before_and_kept_when_many_come_at_once(mei, rule):
    assert (offers(mei)[0]["claimed"], offers(mei)[0]["limit"]) == (0, 2)
    statuses = database.run_concurrently(6, lambda _: claim(mei, rule).status_code)
    assert sorted(statuses) == [201, 201, 409, 409, 409, 409]
    (offer,) = offers(mei)
    assert (offer["claimed"], offer["actions"]) == (2, [])
    assert offer["ineligible_reason"] == {"code": "claim_limit", "message": "每人限领 2 张，您已领取"}
    assert claim(mei, rule).json["code"] == "claim_limit"


def test_the_last_of_the_stock_is_reported(mei, laowang):
    rule = create_listed_rule(stock=1)
    laowang.press_phone_button()
    assert offers(mei)[0]["remaining"] == 1
    claim(laowang, rule)
    assert (offers(mei)[0]["remaining"], offers(mei)[0]["ineligible_reason"]["code"]) == (0, "coupons_gone")
    assert claim(mei, rule).json["code"] == "coupons_gone"


def test_a_visitor_sees_the_offers_and_signs_in_to_claim(phone_of, rule):
    visitor = phone_of("xiaomei")
    (offer,) = offers(visitor, account="acme-mini")
    assert (offer["id"], offer["ineligible_reason"]["code"]) == (rule.public_id, "sign_in")
    page = visitor.get(f"/api/coupons/{rule.public_id}", account="acme-mini")
    assert page.json["data"]["display"] == offer["display"]
    assert claim(visitor, rule).status_code == 401


def test_a_follower_is_asked_to_register_first(xiaomei, rule):
    assert offers(xiaomei)[0]["ineligible_reason"]["code"] == "members_only"
    answer = claim(xiaomei, rule)
    assert (answer.status_code, answer.json["code"]) == (403, "members_only")


def test_what_is_not_listed_is_not_there(mei, web):
    draft = coupon_fixtures.create_approved_rule()
    for answer in (mei.get(f"/api/coupons/{draft.public_id}"), claim(mei, draft)):
        assert answer.status_code == 404
    coupon_rules.unpublish(rule := create_listed_rule())
    assert claim(mei, rule).json["code"] == "coupon_rule_not_listed"
    assert offers(mei) == []


def test_too_many_requests_are_rate_limited(mei, rule):
    settings.change(coupon_claims.ClaimSettings, max_per_customer_per_minute=2)
    with time_machine.travel(clock.now(), tick=False):  # in one window
        assert [claim(mei, rule).status_code for _ in range(2)] == [201, 201]
        answer = claim(mei, rule)
    assert (answer.status_code, answer.json["code"]) == (429, "too_many")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_coupon_shows_a_code_to_scan_while_it_can_be_used(mei, rule):
    code = claim(mei, rule).json["data"]["code"]
    shown = mei.get(f"/api/me/coupons/{code}").json["data"]
    head, _, picture = shown["qr_png"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert (shown["gift"], shown["history"]) == (None, [])
    coupons.void(Coupon.get(), reason="误发")
    shown = mei.get(f"/api/me/coupons/{code}").json["data"]
    assert (shown["label"], shown["qr_png"], shown["actions"]) == ("已作废", None, [])


def test_tabs_hold_what_they_say(mei, rule):
    code = claim(mei, rule).json["data"]["code"]
    later = claim(mei, create_listed_rule(validity={"kind": "days", "after_days": 2, "days": 3})).json["data"]
    assert (later["state"], later["label"], later["actions"]) == ("not_started", "未到使用时间", ["gift"])
    coupon_redemptions.redeem(
        member=Coupon.get().member, codes=[code], basket=coupon_fixtures.make_basket(), order_number="O1"
    )
    (used,) = wallet(mei, state="used")["list"]
    assert (used["code"], used["order_number"], used["used_at"] is None) == (code, "O1", False)
    assert wallet(mei)["counts"] == {"available": 1, "gifting": 0, "used": 1, "expired": 0}


def test_another_member_s_coupon_is_not_there(mei, laowang, rule):
    code = claim(mei, rule).json["data"]["code"]
    laowang.press_phone_button()
    assert laowang.get(f"/api/me/coupons/{code}").status_code == 404
    assert laowang.post(f"/api/me/coupons/{code}/gifts").status_code == 404
    assert laowang.request("DELETE", f"/api/me/coupons/{code}/gifts/current").status_code == 404
    assert wallet(laowang)["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [({"state": "all"}, "state"), ({"page": 0}, "page"), ({"page_size": 101}, "page_size"), ({"sort": "x"}, "sort")],
)  # fmt: skip
def test_a_wallet_is_asked_for_by_known_names_within_bounds(mei, query, field):
    assert mei.get("/api/me/coupons", **query).json["data"]["field"] == field


@pytest.mark.parametrize("code", ["1", "9" * 400, "quotes", "' OR 1=1 --", "券", "%25"])
def test_a_strange_code_leads_nowhere(mei, code):
    assert mei.get(f"/api/me/coupons/{code}").status_code == 404


def lines(*totals, **more):
    return [{"product": "tea", "quantity": 1, "total_fen": total} | more for total in totals]


def quote(phone, store_id, *totals, **more):
    return phone.post("/api/me/coupons/quotes", {"store_id": store_id, "lines": lines(*totals, **more)})


def test_the_best_set_is_quoted_with_a_reason_against_each_other_coupon(mei, rule, store_id):
    """60 yuan of tea: the eight-tenths coupon takes 12 yuan, five off may not join it, cakes are not there."""
    best, five, cake = (
        claim(mei, one).json["data"]["code"]
        for one in (
            create_listed_rule(benefit=coupon_fixtures.TWENTY_PERCENT, name="八折券"), rule,
            create_listed_rule(product_groups=["cake"], name="蛋糕券"),
        )
    )  # fmt: skip
    found = quote(mei, store_id, 4000, 2000).json["data"]
    assert (found["total_fen"], found["discount_fen"], found["payable_fen"]) == (6000, 1200, 4800)
    assert [(taken["code"], taken["amounts_by_line"]) for taken in found["applied_coupons"]] == [
        (best, [800, 400])
    ]
    reasons = {other["code"]: other["reason"]["message"] for other in found["unused_coupons"]}
    assert reasons == {five: "不能与「八折券」同时使用", cake: "没有可用商品"}
    assert quote(mei, store_id, 6000, categories=["cake"]).json["data"]["applied_coupons"][0]["code"] == best


def test_quotes_are_not_had_without_end(mei, rule, store_id):
    settings.change(coupon_redemptions.QuoteSettings, max_per_customer_per_minute=2)
    assert [quote(mei, store_id, 4000).status_code for _ in range(3)] == [200, 200, 429]


def test_a_quote_takes_nothing(mei, rule, store_id):
    claim(mei, rule)
    before = database.dump_rows()
    assert quote(mei, store_id, 5000).json["data"]["discount_fen"] == 500
    assert {**database.dump_rows(), "rate_limit": before["rate_limit"]} == before, (
        "nothing but that it was asked is noted"
    )


def test_what_is_missing_is_reported(mei, rule, store_id):
    claim(mei, rule)
    (other,) = quote(mei, store_id, 1000).json["data"]["unused_coupons"]
    assert other["reason"] == {"code": "threshold", "message": "满 30.00 元可用，还差 20.00 元"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": lines(*[1] * 101)}, "lines"),
        ({"lines": lines(-1)}, "lines.0.total_fen"),
        ({"lines": lines(1, quantity=0)}, "lines.0.quantity"),
        ({"lines": lines(1, quantity="1")}, "lines.0.quantity"),
        ({"lines": lines(True)}, "lines.0.total_fen"),
        ({"lines": lines(1, promoted="no")}, "lines.0.promoted"),
        ({"lines": lines(10**12)}, "lines.0.total_fen"),
        ({"lines": lines(1, product="")}, "lines.0.product"),
        ({"lines": lines(1, product="a\x00b")}, "lines.0.product"),
        ({"lines": lines(1, discount=1)}, "lines.0.discount"),
        ({"shop": "S1"}, "shop"),
    ],
)
def test_a_basket_that_makes_no_sense_is_refused(mei, store_id, changes, field):
    body = {"store_id": store_id, "lines": lines(100)} | changes
    answer = mei.post("/api/me/coupons/quotes", body)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)


def test_an_unknown_store_is_not_found(mei):
    assert quote(mei, "sho_nowhere", 100).status_code == 404
