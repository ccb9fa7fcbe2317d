"""What a shopper gets for what he does, and that a copy of it gets the same and does nothing more."""

import time
from collections.abc import Callable

import pytest

from store.check_ins.check_ins import CheckIn
from store.core.events import Event
from store.customers import customers, followers, identities, members
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.official_accounts import conversation, keyword_replies
from store.official_accounts.qr_codes import QrCode
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants.channels import Channel
from tasks import relay
from tests.handlers.conftest import ShopScene
from tests.support import database, message_records
from tests.support.wechat_pushes import WechatAccount, event, location, push_concurrently, push_xml, text

CHECKED_IN = "签到成功！积分 +5，已连续签到 1 天，当前积分 5。再签 2 天另得 5 积分。"


def customer(wechat: WechatAccount, openid: str = "o1") -> Customer | None:
    return identities.find_customer(provider=identities.WECHAT, account=wechat.appid, subject=openid)


def balance(wechat: WechatAccount, openid: str = "o1") -> int:
    return points.balance(members.get_or_create(customer(wechat, openid)))


def list_queued_messages() -> list[list[dict]]:
    return [[reply] for reply in message_records.list_replies()]


def test_follow_makes_a_follower_and_greets(wechat: WechatAccount, channel: Channel):
    assert wechat.send("o1", **event("subscribe")).text.startswith("欢迎关注")
    row = Follow.get(Follow.channel == channel)
    assert (row.customer_id, row.follow_count, row.unfollowed_at) == (customer(wechat).id, 1, None)


def test_unfollow_and_return_are_noted_and_rewarded_once(wechat: WechatAccount, channel: Channel, acme: str):
    now = int(time.time())
    wechat.send("o1", **event("subscribe"), CreateTime=now)
    relay.run(acme)
    assert balance(wechat) == 20
    assert wechat.send("o1", **event("unsubscribe"), CreateTime=now + 1).body == "success"
    assert Follow.get(Follow.channel == channel).unfollowed_at is not None
    assert wechat.send("o1", **event("subscribe"), CreateTime=now + 2).text == "欢迎回来！"
    relay.run(acme)
    assert (balance(wechat), Follow.get(Follow.channel == channel).follow_count) == (20, 2)


def test_unfollow_reported_after_the_return_keeps_the_follower(wechat: WechatAccount, channel: Channel):
    now = int(time.time())
    for name, ago in (("subscribe", 100), ("subscribe", 40), ("unsubscribe", 60)):
        wechat.send("o1", **event(name), CreateTime=now - ago)
    row = Follow.get(Follow.channel == channel)
    assert (row.follow_count, row.unfollowed_at) == (2, None)


def test_unfollow_of_a_stranger_creates_no_customer(wechat: WechatAccount):
    assert wechat.send("o1", **event("unsubscribe")).body == "success"
    assert customers.Customer.select().count() == 0


def test_menu_and_word_check_in_and_the_second_is_reported(wechat: WechatAccount):
    assert wechat.send("o1", **event("CLICK", "CHECK_IN")).text == CHECKED_IN
    assert wechat.send("o1", **text("签到")).text.startswith("今天已经签到过了")
    assert balance(wechat) == 5


def test_unknown_menu_key_is_silent_and_unknown_word_gets_the_fallback(wechat: WechatAccount):
    assert wechat.send("o1", **event("CLICK", "GONE")).body == "success"
    assert wechat.send("o1", **text("天气")).text.startswith("抱歉，没有听懂")


def test_member_card_leads_to_the_page_of_this_account(wechat: WechatAccount):
    card = wechat.send("o1", **event("CLICK", "MEMBER")).fields
    assert (card["Title"], card["Url"]) == ("小二便利会员卡", f"https://xiaoer.test/m/me?a={wechat.key}")


@pytest.mark.parametrize(
    "push", [{"event": "subscribe", "prefix": "qrscene_"}, {"event": "SCAN", "prefix": ""}]
)
def test_scan_of_a_shops_code_shows_that_shop(wechat: WechatAccount, shop_qr_code: ShopScene, push: dict):
    answer = wechat.send("o1", **event(push["event"], push["prefix"] + shop_qr_code.scene, Ticket="t"))
    by_follow = push["event"] == "subscribe"
    shown = list_queued_messages()[0][0]["title"] if by_follow else answer.fields["Title"]
    assert shown == shop_qr_code.shop.name
    code = QrCode.get(QrCode.scene == shop_qr_code.scene)
    assert (code.scans, code.follows) == (1, int(by_follow))


def test_scan_of_an_unknown_scene_is_silent(wechat: WechatAccount):
    assert wechat.send("o1", **event("SCAN", "unknown")).body == "success"


def test_location_brings_the_nearest_shops_first(wechat: WechatAccount):
    for code, name, lng in (("F", "远店", 116.5), ("N", "近店", 116.405), ("M", "中店", 116.42)):
        shops.create_shop(code=code, name=name, location=Coordinates(lng, 39.915), city="北京市")
    card = wechat.send("o1", **location(39.915, 116.404)).fields
    assert card["Title"] == "离您最近：近店 85 米"
    assert [line[:5] for line in card["Description"].splitlines()] == ["1. 近店", "2. 中店", "3. 远店"]
    assert card["Url"] == f"https://xiaoer.test/m/nearby?a={wechat.key}#116.40400,39.91500"


def test_f06_location_events_of_a_visit_are_answered_once(any_wechat: WechatAccount):
    shops.create_shop(code="N", name="近店", location=Coordinates(116.405, 39.915), city="北京市")
    began = int(time.time())
    pushes = [
        push_xml(
            "o1", **event("LOCATION", Latitude=39.915, Longitude=116.404, Precision=40), CreateTime=began + at
        )
        for at in range(0, 60, 5)
    ]
    answered = [any_wechat.push(push).body != "success" for push in pushes]
    assert answered == [True, *[False] * 11]
    assert any_wechat.push(pushes[0]).fields["Title"].startswith("离您最近：近店")  # a repeat of the first


def test_the_newest_shops_are_a_reply(wechat: WechatAccount):
    for code in ("A", "B"):
        shops.create_shop(code=code, name=f"{code} 店", location=Coordinates(116.5, 39.915))
    keyword_replies.save_rule(
        name="new", match="exact", keywords=["新店"], replies=[{"type": "newest_shops"}]
    )
    card = wechat.send("o1", **text("新店")).fields
    assert card["Title"] == "最新门店：B 店"
    assert card["Description"].splitlines()[:2] == ["1. B 店", "2. A 店"]
    assert card["Url"] == f"https://xiaoer.test/m/newest?a={wechat.key}"


def test_n22_the_greeting_names_the_tenant(wechat: WechatAccount):
    assert wechat.send("o1", **event("subscribe")).text.startswith("欢迎关注小二便利！")


def test_location_of_a_shopper_is_kept_nowhere(
    account: Callable[[str], WechatAccount], shop_qr_code: ShopScene
):
    plain = account("plain")
    asked, body = plain.signed_query(), push_xml("o1", **location("39.912345", "116.412345")).encode()
    first = plain.post(body, asked)
    assert "#116.41235,39.91235" in first.fields["Url"]
    kept = str(database.dump_rows())
    assert "116.412" not in kept
    assert "39.912" not in kept
    assert first.fields["Title"] not in kept
    copy = plain.post(body, asked).fields
    assert (copy["Title"], copy["Url"]) == (first.fields["Title"], first.fields["Url"])


@pytest.mark.parametrize("place", [(91, 116), (39, 181), ("", ""), ("north", "east")])
def test_location_off_the_earth_is_asked_for_again(wechat: WechatAccount, place: tuple):
    assert wechat.send("o1", **location(*place)).text.startswith("请点“+”选择“位置”")


def test_second_answer_follows_by_itself_once(wechat: WechatAccount):
    push = push_xml("o1", **text("两条"))
    assert [wechat.push(push).text for _ in range(3)] == ["第一条"] * 3
    assert [[row["text"] for row in said] for said in list_queued_messages()] == [["第二条"]]


def test_hand_over_is_the_reply_and_the_words_follow(wechat: WechatAccount):
    push = push_xml("o1", **text("人工"))
    assert [wechat.push(push).fields["MsgType"] for _ in range(2)] == ["transfer_customer_service"] * 2
    assert [[row["text"] for row in said] for said in list_queued_messages()] == [["马上来"]]


def test_mini_program_card_follows_by_itself_once(wechat: WechatAccount):
    push = push_xml("o1", **text("商城"))
    assert [wechat.push(push).body for _ in range(2)] == ["success"] * 2
    assert [[row["title"] for row in said] for said in list_queued_messages()] == [["商城"]]


@pytest.mark.parametrize("fields", [text("签到", number=71), event("CLICK", "CHECK_IN"), event("subscribe")])
def test_copies_get_the_same_reply_and_change_nothing(any_wechat: WechatAccount, acme: str, fields: dict):
    push = push_xml("o1", **fields)
    replies = [any_wechat.push(push).text for _ in range(4)]
    relay.run(acme)
    assert len(set(replies)) == 1
    assert balance(any_wechat) in (5, 20)
    assert Event.select().where(Event.kind.in_(["check_ins.created", "followers.followed"])).count() == 1


def test_32_copies_at_once_are_one_check_in_with_one_reply(wechat: WechatAccount):
    push = push_xml("o1", **text("签到"))
    replies = push_concurrently(32, lambda number: wechat.push(push).text)
    assert set(replies) == {CHECKED_IN}
    assert (CheckIn.select().count(), balance(wechat)) == (1, 5)


def test_32_copies_without_the_book_of_heard_get_different_replies(wechat: WechatAccount, monkeypatch):
    """The control: the equal replies above come from the book, not from luck."""
    monkeypatch.setattr(
        conversation, "_process_once", lambda channel, message, change: change(channel, message)
    )
    push = push_xml("o1", **text("签到"))
    assert len(set(push_concurrently(32, lambda number: wechat.push(push).text))) > 1


def test_32_follows_at_once_open_one_follower(wechat: WechatAccount, channel: Channel, acme: str):
    def follow(number: int) -> str:
        return wechat.send("o1", **event("subscribe"), CreateTime=1_700_000_000 + number).text

    replies = push_concurrently(32, follow)
    relay.run(acme)
    assert sum(reply.startswith("欢迎关注") for reply in replies) == 1
    assert (Customer.select().count(), balance(wechat)) == (1, 20)
    assert followers.Follow.get(Follow.channel == channel).follow_count == 32


def test_same_number_of_two_shoppers_is_two_messages(wechat: WechatAccount):
    for openid in ("o1", "o2"):
        assert wechat.send(openid, **text("签到", number=71)).text == CHECKED_IN
    assert CheckIn.select().count() == 2
