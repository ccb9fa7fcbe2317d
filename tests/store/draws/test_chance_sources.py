"""Chances from scans, purchases, follows, shares and replies: once each, and only what is allowed."""

import pytest

from store.activities import publication
from store.activities.settings import ActivitySettings
from store.core.events import Event
from store.core.listing import Page
from store.customers import followers, members
from store.customers.merging import merges
from store.draws import chance_sources, chances, shares
from store.official_accounts import conversation, qr_codes
from store.official_accounts.message_content import IncomingMessage
from store.tenants import settings
from tests.support import coupon_fixtures, order_fixtures
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.draw_fixtures import create_running, draw

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def latest(kind: str) -> Event:
    return Event.select().where(Event.kind == kind).order_by(Event.id.desc()).get()


def granted(activity, member) -> int:
    return chances.count(activity, members.read_current(member)).granted


@pytest.fixture
def shop(acme):
    return order_fixtures.create_shop("S1")


def test_a_scan_in_a_shop_that_takes_part_counts_once_a_day(account, shop):
    other = order_fixtures.create_shop("S2")
    activity = create_running(scan_chances=2, free_per_day=0, shops=["S1"])
    me = create_member()
    for target in (shop, shop, other):
        code = qr_codes.create(channel=account, kind="shop", target=target.public_id, name=target.name)
        qr_codes.count_scan(channel=account, scene=code.scene, customer_id=me.customer_id, by_follow=False)
        chance_sources.grant_for_scan(latest("qr_codes.scanned"))
    assert granted(activity, me) == 2
    draw(activity, me)
    assert granted(activity, me) == 1


def test_a_scan_that_follows_is_no_scan(account, shop):
    activity, me = create_running(scan_chances=1), create_member()
    code = qr_codes.create(channel=account, kind="shop", target=shop.public_id, name="码")
    qr_codes.count_scan(channel=account, scene=code.scene, customer_id=me.customer_id, by_follow=True)
    chance_sources.grant_for_scan(latest("qr_codes.scanned"))
    assert granted(activity, me) == 0


def test_a_purchase_that_is_worth_enough_counts_once(shop):
    activity = create_running(purchase_chances=1, purchase_min_fen=5000, free_per_day=0)
    me = create_member()
    for fen in (4999, 5000):
        order = order_fixtures.place(shop, order_fixtures.line(fen), member=me)
        order_fixtures.pay_cash(order)
        for _ in range(2):
            chance_sources.grant_for_purchase(latest("orders.paid"))
    assert granted(activity, me) == 1


def test_a_follow_counts_only_where_it_is_allowed(account):
    settings.change(ActivitySettings, follow_chances_on=True)
    activity = create_running(follow_chances=1, members_only=False)
    for allowed, openid, expected in ((False, "o-1", 0), (True, "o-2", 1)):
        settings.change(ActivitySettings, follow_chances_on=allowed)
        customer = followers.follow(channel=account, openid=openid).customer
        for _ in range(2):
            chance_sources.grant_for_follow(latest("followers.followed"))
        assert granted(activity, members.get_or_create(customer)) == expected


def test_shares_bring_chances_only_where_it_is_allowed_and_up_to_the_limit(acme):
    settings.change(ActivitySettings, share_chances_on=True)
    activity = create_running(share_chances=1, share_friends_per_day=2)
    sharer = create_member(1)
    code = shares.code_of(activity, sharer)
    for number in range(2, 5):
        friend = create_member(number).customer
        shares.record_visit(activity=activity, customer=friend, code=code)
    assert granted(activity, sharer) == 2
    settings.change(ActivitySettings, share_chances_on=False)
    shares.record_visit(activity=activity, customer=create_member(5).customer, code=code)
    assert (granted(activity, sharer), shares.count_of(activity, sharer).opened) == (2, 4)


def test_a_friend_of_a_friend_belongs_to_the_friend(account):
    activity = create_running()
    first, second = create_member(1), followers.follow(channel=account, openid="o-2").customer
    one = shares.code_of(activity, first)
    shares.record_visit(activity=activity, customer=second, code=one)
    shares.record_follow(latest("followers.followed"))
    two = shares.code_of(activity, members.get_or_create(second))
    third = create_member(3).customer
    for code in (two, one):
        shares.record_visit(activity=activity, customer=third, code=code)
    assert (shares.count_of(activity, first).opened, shares.count_of(activity, first).followed) == (1, 1)
    assert shares.count_of(activity, members.get_or_create(second)).opened == 1
    rows, total = shares.list_page(activity, Page())
    assert (total, len({row.share_id for row in rows})) == (2, 2)


def test_a_merge_keeps_draws_chances_and_shares(acme):
    activity = create_running(free_per_day=1, draws_per_member=3, members_only=False)
    one, two = create_member(1), coupon_fixtures.create_follower("o-2")
    draw(activity, one)
    draw(activity, two)
    code = shares.code_of(activity, two)
    chances.grant(activity=activity, member=two, source="scan", quantity=1, key="s")
    merges.merge(survivor=one.customer, duplicate=two.customer, proof="test")
    left = chances.count(activity, members.read_current(two))
    assert (left.free, left.granted, left.left_in_all) == (0, 1, 1)
    shares.record_visit(activity=activity, customer=create_member(3).customer, code=code)
    assert shares.count_of(activity, one).opened == 1


def test_a_reply_gives_chances_once_a_day_and_shows_the_activity(account):
    activity = create_running(members_only=False, free_per_day=1)
    reply = [{"type": "draw_chance", "activity": activity.public_id, "quantity": 2}]
    conversation.keyword_replies.save_rule(name="抽奖", match="exact", keywords=["抽奖"], replies=reply)
    for number in range(2):
        (card,) = conversation.answer_message(
            account, IncomingMessage(kind="text", sender="o-1", number=str(number), text="抽奖")
        )
    assert card.url == f"/m/activities/{activity.public_id}?a={account.key}"
    assert "3 次抽奖机会" in card.description
    publication.stop(activity, reason="核对")
    (text,) = conversation.answer_message(
        account, IncomingMessage(kind="text", sender="o-2", number="9", text="抽奖")
    )
    assert "已暂停" in text.text


def test_a_follow_reply_gives_a_coupon_once_and_no_chance_unless_allowed(account):
    rule, activity = coupon_fixtures.create_listed_rule(stock=5), create_running(members_only=False)
    replies = [
        {"type": "coupon", "rule": rule.public_id},
        {"type": "draw_chance", "activity": activity.public_id},
    ]
    settings.change(conversation.keyword_replies.FollowReplySettings, answers=replies, welcome_back=replies)
    said = conversation.answer_message(account, IncomingMessage(kind="subscribe", sender="o-1", number="1"))
    assert "优惠券已到账" in said[0].title
    assert "1 次抽奖机会" in said[1].description  # the free one of the day
    conversation.answer_message(account, IncomingMessage(kind="unsubscribe", sender="o-1", number="2"))
    assert (
        conversation.answer_message(account, IncomingMessage(kind="subscribe", sender="o-1", number="3"))
        == []
    )
    assert rule.coupons.count() == 1


def test_a_keyword_claims_a_coupon_within_its_limit(account):
    rule = coupon_fixtures.create_listed_rule(claims_per_member=1, by_campaign=False)
    conversation.keyword_replies.save_rule(
        name="领券", match="exact", keywords=["领券"], replies=[{"type": "coupon", "rule": rule.public_id}]
    )
    (card,) = conversation.answer_message(
        account, IncomingMessage(kind="text", sender="o-1", number="1", text="领券")
    )
    assert card.title.startswith("注册会员领取")
    assert card.url.endswith(f"#{rule.public_id}")


def test_the_code_of_an_activity_shows_it(account):
    activity = create_running()
    code = qr_codes.create(channel=account, kind="activity", target=activity.public_id, name="海报")
    (card,) = conversation.answer_message(
        account, IncomingMessage(kind="scan", sender="o-1", number="1", scene=code.scene)
    )
    assert card.title == "周年抽奖"
    publication.end(activity)
    assert conversation.answer_message(
        account, IncomingMessage(kind="scan", sender="o-1", number="2", scene=code.scene)
    ) == []  # fmt: skip


def test_chances_have_one_key_each(acme):
    activity, me = create_running(), create_member()
    for _ in range(2):
        chances.grant(activity=activity, member=me, source="scan", quantity=3, key="k")
    assert granted(activity, me) == 3
    assert error_code_of(
        lambda: chances.grant(activity=activity, member=me, source="scan", quantity=0, key="l")
    ) == "invalid"  # fmt: skip
