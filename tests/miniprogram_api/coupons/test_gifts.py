"""Gifts through the route: one coupon, one link, one friend."""

import logging
from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.coupons import gift_links
from store.tenants import settings
from tests.support import database
from tests.support.coupon_fixtures import create_listed_rule


@pytest.fixture
def mei(xiaomei):
    xiaomei.press_phone_button()
    return xiaomei


@pytest.fixture
def wang(laowang):
    laowang.press_phone_button()
    return laowang


@pytest.fixture
def code(mei):
    """A coupon of mei's that can be given away."""
    return mei.post(f"/api/coupons/{create_listed_rule().public_id}/claims").json["data"]["code"]


@pytest.fixture
def secret(mei, code):
    return offer(mei, code).json["data"]["secret"]


def offer(phone, code, **options):
    return phone.post(f"/api/me/coupons/{code}/gifts", **options)


def take_back(phone, code, **options):
    return phone.request("DELETE", f"/api/me/coupons/{code}/gifts/current", **options)


def open_gift(phone, secret, **options):
    return phone.post("/api/gifts/openings", {"secret": secret, **options})


def accept(phone, secret, **options):
    return phone.post("/api/gifts/acceptances", {"secret": secret}, **options)


def reject(phone, secret, **options):
    return phone.post("/api/gifts/refusals", {"secret": secret}, **options)


def codes(phone, state="available"):
    return [coupon["code"] for coupon in phone.get("/api/me/coupons", state=state).json["data"]["list"]]


def test_the_link_leads_to_the_page_and_keeps_its_secret_behind_the_hash(mei, code):
    made = offer(mei, code)
    assert made.status_code == 201
    address, _, behind = made.json["data"]["link"].partition("#")
    assert address.endswith("/m/gifts?a=acme-mp")
    assert behind == made.json["data"]["secret"]
    assert (codes(mei), codes(mei, "gifting")) == ([], [code])
    shown = mei.get(f"/api/me/coupons/{code}").json["data"]
    assert (shown["gift"]["label"], shown["actions"], shown["qr_png"]) == ("待领取", ["cancel_gift"], None)


def test_the_friend_sees_what_it_is_and_accepts_it(mei, wang, code, secret):
    shown = open_gift(wang, secret).json["data"]
    assert (shown["display"]["name"], shown["role"], shown["actions"]) == (
        "五元券",
        "friend",
        ["accept", "decline"],
    )
    assert shown["giver"] == f"{mei.number[:3]}****{mei.number[-4:]}"
    for _ in range(2):
        assert accept(wang, secret).json["data"]["code"] == code
    assert (codes(mei), codes(wang)) == ([], [code])
    assert [step["label"] for step in wang.get(f"/api/me/coupons/{code}").json["data"]["history"]] == [
        "好友转赠给您", "您已领取",
    ]  # fmt: skip
    assert mei.get(f"/api/me/coupons/{code}").status_code == 404
    (given,) = mei.get("/api/me/gifts").json["data"]["list"]
    assert (given["state"], given["label"]) == ("accepted", "已被领取")


def test_a_group_that_opens_one_link_has_one_receiver(mei, wang, phone_of, code, secret):
    lili = phone_of("lili")
    lili.sign_in()
    lili.press_phone_button()
    statuses = database.run_concurrently(
        6, lambda number: accept((wang, lili)[number % 2], secret).status_code
    )
    assert statuses.count(201) == 3  # three times the same friend
    assert statuses.count(409) == 3
    assert sorted([codes(wang), codes(lili)]) == [[], [code]]


def test_a_repeat_under_the_same_key_gets_the_same_secret(mei, code):
    first, second = (offer(mei, code, key="k-1").json["data"] for _ in range(2))
    assert second == first
    assert offer(mei, code).json["code"] == "coupon_state"


def test_a_visitor_and_a_follower_learn_what_to_do_first(phone_of, laowang, secret):
    visitor = phone_of("lili")
    shown = open_gift(visitor, secret, account="acme-mp").json["data"]
    assert (shown["ineligible_reason"]["code"], shown["actions"]) == ("sign_in", [])
    assert accept(visitor, secret).status_code == 401
    assert open_gift(laowang, secret).json["data"]["ineligible_reason"]["code"] == "members_only"
    answer = accept(laowang, secret)
    assert (answer.status_code, answer.json["code"]) == (403, "members_only")
    laowang.press_phone_button()
    assert accept(laowang, secret).status_code == 201


def test_a_follower_may_decline(mei, laowang, code, secret):
    for _ in range(2):
        answer = reject(laowang, secret)
        assert (answer.status_code, answer.json["data"]["state"]) == (201, "declined")
    assert codes(mei) == [code]
    assert accept(laowang, secret).json["code"] == "gift_over"


def test_the_giver_takes_it_back_once_or_twice(mei, wang, code, secret):
    for _ in range(2):
        assert take_back(mei, code).json["data"]["state"] == "issued"
    assert open_gift(wang, secret).json["data"]["label"] == "已收回"
    assert accept(wang, secret).json["code"] == "gift_over"
    assert codes(mei) == [code]


def test_what_was_accepted_cannot_be_taken_back(mei, wang, code, secret):
    accept(wang, secret)
    assert take_back(mei, code).status_code == 404
    assert codes(wang) == [code]


def test_a_coupon_that_was_never_offered_has_nothing_to_take_back(mei, code):
    assert take_back(mei, code).status_code == 404


def test_a_giver_cannot_accept_their_own_gift(mei, secret):
    shown = open_gift(mei, secret).json["data"]
    assert (shown["role"], shown["actions"]) == ("giver", [])
    assert accept(mei, secret).json["code"] == "own_gift"
    assert reject(mei, secret).json["code"] == "own_gift"


def test_after_the_deadline_it_is_over_before_any_clock_came_round(mei, wang, code, secret):
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        assert open_gift(wang, secret).json["data"]["state"] == "timed_out"
        answer = accept(wang, secret)
        assert (answer.status_code, answer.json["code"]) == (409, "gift_over")
        assert mei.get(f"/api/me/coupons/{code}").json["data"]["gift"]["label"] == "已超时退回"


def test_what_may_not_be_given_is_refused(mei):
    code = mei.post(f"/api/coupons/{create_listed_rule(gift_hours=None).public_id}/claims").json["data"][
        "code"
    ]
    answer = offer(mei, code)
    assert (answer.status_code, answer.json["code"]) == (409, "coupon_not_giftable")


@pytest.mark.parametrize("guess", ["", "x", "A" * 42, "A" * 44, "A" * 42 + "=", "券" * 43, 5, None])
def test_what_is_no_secret_is_refused(wang, guess):
    for ask in (open_gift, accept, reject):
        assert ask(wang, guess).json["data"]["field"] == "secret"


def test_a_guessed_secret_leads_nowhere(wang, secret):
    for ask in (open_gift, accept, reject):
        assert ask(wang, "A" * 43).status_code == 404


def test_an_unknown_field_is_refused(wang, secret):
    assert open_gift(wang, secret, code="1").json["data"]["field"] == "code"


def test_too_many_attempts_are_rate_limited(mei, wang, code, secret):
    settings.change(gift_links.GiftSettings, max_offers_per_minute=1, max_opens_per_ip_per_minute=2)
    with time_machine.travel(
        clock.now() + timedelta(hours=1), tick=False
    ):  # in one window from its beginning
        assert [open_gift(wang, "A" * 43).status_code for _ in range(3)] == [404, 404, 429]
        assert accept(wang, secret).status_code == 429
        assert [offer(mei, code).json["code"] for _ in range(2)] == ["coupon_state", "too_many"]


def test_neither_secret_nor_code_is_in_our_log(mei, wang, code, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        secret = offer(mei, code).json["data"]["secret"]
        accept(mei, secret)
        open_gift(wang, secret)
        take_back(wang, code)
    result = caplog.text + "".join(capsys.readouterr())
    assert secret not in result
    assert code not in result
