"""Links: what a gift shows to whoever opens it, and nothing more of the giver than that."""

import pytest

from store.company import settings
from store.loyalty import coupon_gifts, coupon_links, coupons
from store.people import profiles
from tests import world
from tests.store.loyalty import coupon_world
from tests.store.loyalty.coupon_world import listed, member, refusal

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def mei(acme):
    return member(1)


@pytest.fixture
def qiang(acme):
    return member(2)


@pytest.fixture
def coupon(mei):
    return coupons.claim(rule=listed(), member=mei, source="h5")


@pytest.fixture
def secret(mei, coupon):
    return coupon_gifts.offer(coupon=coupon, giver=mei)[1]


def seen(secret, who):
    opened = coupon_links.opened(secret, who)
    return opened.state, opened.role, opened.against and opened.against.code, opened.actions


def test_each_sees_what_they_can_do(mei, qiang, secret):
    assert seen(secret, qiang) == ("offered", "friend", None, ("accept", "refuse"))
    assert seen(secret, mei) == ("offered", "giver", "own_gift", ())
    assert seen(secret, None) == ("offered", "friend", "sign_in", ())
    assert seen(secret, coupon_world.fan("o-1")) == ("offered", "friend", "members_only", ("refuse",))


def test_after_it_is_accepted_only_the_receiver_is_told_so(mei, qiang, secret):
    coupon_gifts.accept(token=secret, receiver=qiang)
    assert seen(secret, qiang) == ("accepted", "receiver", "gift_over", ())
    assert seen(secret, member(3)) == ("accepted", "friend", "gift_over", ())


def test_looking_changes_nothing(qiang, secret):
    before = world.dump()
    coupon_links.opened(secret, qiang)
    assert world.dump() == before


def test_the_giver_is_masked(mei, qiang, secret):
    assert coupon_links.opened(secret, qiang).giver == "138****0001"
    profiles.change(mei.customer, nickname="小美")
    assert coupon_links.opened(secret, qiang).giver == "小*"
    profiles.erase(mei.customer)
    assert coupon_links.opened(secret, qiang).giver == "好友"


def test_each_reads_their_own_part_of_the_story(mei, qiang, coupon, secret):
    """Refused once, then accepted: the giver reads all of it, the friend from their own gift on."""
    coupon_gifts.refuse(token=secret, receiver=qiang)
    _, again = coupon_gifts.offer(coupon=coupon, giver=mei)
    coupon_gifts.accept(token=again, receiver=qiang)
    assert [word for _, word in coupon_links.told(coupon, mei)] == [
        "您发起转赠", "好友已婉拒，券已退回", "您发起转赠", "好友已领取",
    ]  # fmt: skip
    assert [word for _, word in coupon_links.told(coupon, qiang)] == ["好友转赠给您", "您已领取"]
    assert coupon_links.told(coupon, member(3)) == []


def test_offers_and_openings_are_counted(mei):
    settings.change(coupon_links.GiftRules, offers_a_minute=1, openings_per_address_a_minute=1)
    coupon_links.admit_offer(mei.customer)
    coupon_links.admit("203.0.113.7")
    assert refusal(lambda: coupon_links.admit_offer(mei.customer)) == "too_many"
    assert refusal(lambda: coupon_links.admit("203.0.113.7")) == "too_many"
    coupon_links.admit("203.0.113.8")
