"""Gifts: a coupon on its way to a friend is usable by nobody, and ends with exactly one of the two."""

from datetime import timedelta

import pytest
import time_machine

from store.kernel import db
from store.kernel.events import Event
from store.loyalty import coupon_gifts, coupons
from store.people import customers, members, merges
from tests.store.loyalty import coupon_world
from tests.store.loyalty.coupon_world import SOON, listed, member, refusal

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def mei(acme):
    return member(1)


@pytest.fixture
def qiang(acme):
    return member(2)


@pytest.fixture
def coupon(mei):
    return coupons.claim(rule=listed(claims_per_member=1), member=mei, source="h5")


def holder(coupon):
    return coupons.Coupon.get_by_id(coupon.id).member_id


def test_an_accepted_gift_is_the_friend_s_and_told_with_cards_and_phones(mei, qiang, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    assert [coupon_gifts.accept(token=token, receiver=qiang).state for _ in range(2)] == ["accepted"] * 2
    assert holder(coupon) == qiang.id
    told = [(step.state, party.card_number, party.phone) for step, party in coupon_gifts.record_of(coupon)]
    assert told == [
        ("offered", mei.card_number, "138****0001"), ("accepted", qiang.card_number, "138****0002"),
    ]  # fmt: skip
    assert Event.select().where(Event.kind == "coupon_gifts.accepted").get().member_id == qiang.id


def test_the_gift_still_counts_as_the_giver_s_claim(mei, qiang, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    coupon_gifts.accept(token=token, receiver=qiang)
    assert refusal(lambda: coupons.claim(rule=coupon.rule, member=mei, source="h5")) == "claim_limit"
    assert coupons.claim(rule=coupon.rule, member=qiang, source="h5").member_id == qiang.id


def test_a_refused_gift_returns_to_the_giver(mei, qiang, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    for _ in range(2):
        coupon_gifts.refuse(token=token, receiver=qiang)
    assert coupons.wallet(mei)[0].state == "issued"
    assert refusal(lambda: coupon_gifts.accept(token=token, receiver=qiang)) == "gift_over"


def test_the_giver_takes_it_back_unless_it_is_accepted(mei, qiang, coupon):
    gift, _ = coupon_gifts.offer(coupon=coupon, giver=mei)
    assert refusal(lambda: coupon_gifts.take_back(gift=gift, giver=qiang)) == "not_found"
    for _ in range(2):
        coupon_gifts.take_back(gift=gift, giver=mei)
    gift, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    coupon_gifts.accept(token=token, receiver=qiang)
    assert refusal(lambda: coupon_gifts.take_back(gift=gift, giver=mei)) == "gift_over"
    assert [row.state for row in coupon_gifts.given_by(mei)[0]] == ["accepted", "taken_back"]


def test_nothing_is_offered_twice_at_a_time(mei, coupon):
    coupon_gifts.offer(coupon=coupon, giver=mei)
    assert refusal(lambda: coupon_gifts.offer(coupon=coupon, giver=mei)) == "coupon_state"
    assert refusal(lambda: coupons.void(coupon, reason="误发")) == "coupon_state"


def test_who_may_not_accept(mei, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    accept = coupon_gifts.accept
    assert refusal(lambda: accept(token=token, receiver=mei)) == "own_gift"
    assert refusal(lambda: accept(token=token, receiver=coupon_world.fan("o-1"))) == "members_only"
    assert refusal(lambda: accept(token="guess", receiver=member(3))) == "not_found"


def test_what_is_not_giftable_stays(mei):
    kept = coupons.claim(rule=listed(gift_hours=None), member=mei, source="h5")
    assert refusal(lambda: coupon_gifts.offer(coupon=kept, giver=mei)) == "coupon_not_giftable"


def test_the_deadline_is_never_after_the_coupon_s_end(mei, qiang):
    """A coupon of one day, offered at noon with 24 hours to accept: the day's end comes first."""
    with time_machine.travel(SOON, tick=False) as now:
        coupon = coupons.claim(rule=listed(validity={"kind": "days", "days": 1}), member=mei, source="h5")
        gift, token = coupon_gifts.offer(coupon=coupon, giver=mei)
        assert gift.until == coupon.ends_at == SOON + timedelta(hours=12)
        now.move_to(gift.until)
        assert refusal(lambda: coupon_gifts.accept(token=token, receiver=qiang)) == "gift_over"
        assert [coupon_gifts.time_out_due(), coupon_gifts.time_out_due(), coupons.expire_due()] == [1, 0, 1]


def test_a_gift_in_time_is_not_timed_out(mei, coupon):
    coupon_gifts.offer(coupon=coupon, giver=mei)
    assert coupon_gifts.time_out_due() == 0


def test_the_link_s_secret_lies_nowhere(mei, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    rows = [
        db.database.execute_sql(f'SELECT * FROM "{name}"').fetchall() for name in ("coupon_gift", "event")
    ]
    assert token not in str(rows)


def test_a_merge_of_the_giver_leaves_the_offer_open(mei, qiang, coupon):
    _, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    other = member(3)
    merges.merge_by_hand(keep=other.customer, lose=mei.customer, proof="本人到店")
    coupon_gifts.accept(token=token, receiver=qiang)
    assert holder(coupon) == qiang.id
    assert coupon_gifts.record_of(coupon)[0][1].card_number == mei.card_number


def test_a_giver_merged_with_the_friend_does_not_accept_from_themselves(mei, qiang, coupon):
    gift, token = coupon_gifts.offer(coupon=coupon, giver=mei)
    merges.merge_by_hand(keep=qiang.customer, lose=mei.customer, proof="本人到店")
    living = members.of_customer(customers.survivor(mei.customer))
    assert refusal(lambda: coupon_gifts.accept(token=token, receiver=living)) == "own_gift"
    coupon_gifts.take_back(gift=gift, giver=living)
    assert [row.id for row in coupons.wallet(living)] == [coupon.id]
