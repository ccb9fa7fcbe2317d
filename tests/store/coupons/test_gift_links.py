"""Links: what a gift shows to whichever opens it, and nothing more of the giver than that."""

import pytest

from store.coupons import coupons, gift_links
from store.coupons import gifts as coupon_gifts
from store.customers import profiles
from store.tenants import settings
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import create_listed_rule, create_member, error_code_of

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def mei(acme):
    return create_member(1)


@pytest.fixture
def qiang(acme):
    return create_member(2)


@pytest.fixture
def coupon(mei):
    return coupons.claim(rule=create_listed_rule(), member=mei, source="h5")


@pytest.fixture
def secret(mei, coupon):
    return coupon_gifts.create_gift(coupon=coupon, giver=mei)[1]


def seen(secret, who):
    opened = gift_links.open_link(secret, who)
    return (
        opened.state,
        opened.role,
        opened.ineligible_reason and opened.ineligible_reason.code,
        opened.actions,
    )


def test_each_sees_what_they_can_do(mei, qiang, secret):
    assert seen(secret, qiang) == ("offered", "friend", None, ("accept", "decline"))
    assert seen(secret, mei) == ("offered", "giver", "own_gift", ())
    assert seen(secret, None) == ("offered", "friend", "sign_in", ())
    assert seen(secret, coupon_fixtures.create_follower("o-1")) == (
        "offered",
        "friend",
        "members_only",
        ("decline",),
    )


def test_after_it_is_accepted_only_the_receiver_is_reported_so(mei, qiang, secret):
    coupon_gifts.accept(token=secret, receiver=qiang)
    assert seen(secret, qiang) == ("accepted", "receiver", "gift_over", ())
    assert seen(secret, create_member(3)) == ("accepted", "friend", "gift_over", ())


def test_looking_changes_nothing(qiang, secret):
    before = database.dump_rows()
    gift_links.open_link(secret, qiang)
    assert database.dump_rows() == before


def test_the_giver_is_masked(mei, qiang, secret):
    assert gift_links.open_link(secret, qiang).giver == "138****0001"
    profiles.change(mei.customer, nickname="小美")
    assert gift_links.open_link(secret, qiang).giver == "小*"
    profiles.erase(mei.customer)
    assert gift_links.open_link(secret, qiang).giver == "好友"


def test_each_reads_their_own_part_of_the_story(mei, qiang, coupon, secret):
    """DomainError once, then accepted: the giver reads all of it, the friend from their own gift on."""
    coupon_gifts.decline(token=secret, receiver=qiang)
    _, again = coupon_gifts.create_gift(coupon=coupon, giver=mei)
    coupon_gifts.accept(token=again, receiver=qiang)
    assert [word for _, word in gift_links.describe_history(coupon, mei)] == [
        "您发起转赠", "好友已婉拒，券已退回", "您发起转赠", "好友已领取",
    ]  # fmt: skip
    assert [word for _, word in gift_links.describe_history(coupon, qiang)] == ["好友转赠给您", "您已领取"]
    assert gift_links.describe_history(coupon, create_member(3)) == []


def test_offers_and_openings_are_counted(mei):
    settings.change(gift_links.GiftSettings, max_offers_per_minute=1, max_opens_per_ip_per_minute=1)
    gift_links.check_offer_limit(mei.customer)
    gift_links.check_open_limit("203.0.113.7")
    assert error_code_of(lambda: gift_links.check_offer_limit(mei.customer)) == "too_many"
    assert error_code_of(lambda: gift_links.check_open_limit("203.0.113.7")) == "too_many"
    gift_links.check_open_limit("203.0.113.8")
