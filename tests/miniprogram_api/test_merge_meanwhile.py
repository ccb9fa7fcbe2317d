"""A merge that commits while a request is under way: the answer is about the member after the merge."""

import pytest

from store.core import actors
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.customers import customers, members, sessions
from store.customers.merging import merges
from store.stored_value import top_up_payments
from tests.support import coupon_fixtures


def member_of(phone):
    return members.get_or_create(sessions.get_by_token(phone.token).customer)


@pytest.fixture
def mei(xiaomei):
    xiaomei.press_phone_button()
    return xiaomei


@pytest.fixture
def merge_after_reading(mei, laowang, monkeypatch):
    """Arms the next request: as soon as it has read laowang's member, the merge into mei commits."""

    def arm():
        read, wang = members.get_or_create, sessions.get_by_token(laowang.token).customer

        def read_and_merge(customer, programme=None):
            found = read(customer, programme)
            if customer.id == wang.id and customers.Customer.get_by_id(wang.id).merged_into_id is None:
                merges.merge(survivor=member_of(mei).customer, duplicate=wang, proof="test")
            return found

        monkeypatch.setattr(members, "get_or_create", read_and_merge)

    return arm


@pytest.fixture
def rule(acme):
    return coupon_fixtures.create_listed_rule()


def give_coupon(phone, rule):
    return coupons.issue(rule=rule, member=member_of(phone), key="k").code


@pytest.mark.parametrize("key", [None, "k-1"])
def test_a06_a_claimed_coupon_is_in_the_answer(mei, laowang, rule, merge_after_reading, key):
    merge_after_reading()
    answer = laowang.post(f"/api/coupons/{rule.public_id}/claims", key=key)
    assert answer.status_code == 201, answer.json
    assert [row["code"] for row in mei.get("/api/me/coupons").json["data"]["list"]] == [
        answer.json["data"]["code"]
    ]


def test_a06_a_gift_is_offered(laowang, rule, merge_after_reading):
    code = give_coupon(laowang, rule)
    merge_after_reading()
    assert laowang.post(f"/api/me/coupons/{code}/gifts").status_code == 201


def test_a06_a_gift_is_taken_back(laowang, rule, merge_after_reading):
    code = give_coupon(laowang, rule)
    laowang.post(f"/api/me/coupons/{code}/gifts")
    merge_after_reading()
    answer = laowang.request("DELETE", f"/api/me/coupons/{code}/gifts/current")
    assert (answer.status_code, answer.json["data"]["state"]) == (200, "issued")


def test_a06_an_accepted_gift_is_in_the_answer(laowang, rule, merge_after_reading):
    giver = coupon_fixtures.create_member(7)
    coupon = coupons.issue(rule=rule, member=giver, key="k")
    _, secret = coupon_gifts.create_gift(coupon=coupon, giver=giver)
    merge_after_reading()
    answer = laowang.post("/api/gifts/acceptances", {"secret": secret})
    assert (answer.status_code, answer.json["data"]["code"]) == (201, coupon.code)


def test_a06_a_declined_gift_is_in_the_answer(laowang, rule, merge_after_reading):
    giver = coupon_fixtures.create_member(7)
    _, secret = coupon_gifts.create_gift(coupon=coupons.issue(rule=rule, member=giver, key="k"), giver=giver)
    merge_after_reading()
    answer = laowang.post("/api/gifts/refusals", {"secret": secret})
    assert (answer.status_code, answer.json["data"]["state"]) == (201, "declined")


def test_a06_a_reported_loss_shows_the_frozen_account(mei, laowang, merge_after_reading):
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        top_up_payments.take_cash(member=member_of(mei), amount_fen=10_000, key="r-1")
    merge_after_reading()
    answer = laowang.post("/api/me/stored-value/loss-reports")
    assert answer.status_code == 201, answer.json
    assert (answer.json["data"]["frozen"], answer.json["data"]["principal_fen"]) == (True, 10_000)


def test_a06_another_members_coupon_stays_out_of_reach(mei, laowang, rule):
    code = give_coupon(mei, rule)
    assert laowang.get(f"/api/me/coupons/{code}").status_code == 404
    assert laowang.post(f"/api/me/coupons/{code}/gifts").status_code == 404
