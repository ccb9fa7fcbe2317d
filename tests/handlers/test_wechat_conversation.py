"""What a shopper gets for what he does, and that a copy of it gets the same and does nothing more."""

import time
from collections.abc import Callable

import pytest

from store.activities import conversation
from store.activities.qr_codes import QrCode
from store.company.channels import Channel
from store.kernel.events import Event
from store.loyalty import points
from store.loyalty.check_ins import CheckIn
from store.people import customers, fans, identities, members
from store.people.customers import Customer
from store.people.fans import Follow
from store.shop import shops
from store.shop.places import Place
from tasks import relay
from tests import world
from tests.handlers.conftest import Scene
from tests.handlers.wechat_server import Wechat, at_once, event, letter, location, text

CHECKED_IN = "签到成功！积分 +5，已连续签到 1 天，当前积分 5。再签 2 天另得 5 积分。"


def customer(wechat: Wechat, openid: str = "o1") -> Customer | None:
    return identities.holder(provider=identities.WECHAT, account=wechat.appid, subject=openid)


def balance(wechat: Wechat, openid: str = "o1") -> int:
    return points.balance(members.of_customer(customer(wechat, openid)))


def to_say() -> list[list[dict]]:
    return [row.properties["said"] for row in Event.select().where(Event.kind == "conversation.to_say")]


def test_follow_makes_a_fan_and_greets(wechat: Wechat, channel: Channel):
    assert wechat.say("o1", **event("subscribe")).text.startswith("欢迎关注")
    row = Follow.get(Follow.channel == channel)
    assert (row.customer_id, row.times, row.unfollowed_at) == (customer(wechat).id, 1, None)


def test_unfollow_and_return_are_noted_and_rewarded_once(wechat: Wechat, channel: Channel, acme: str):
    now = int(time.time())
    wechat.say("o1", **event("subscribe"), CreateTime=now)
    relay.run(acme)
    assert balance(wechat) == 20
    assert wechat.say("o1", **event("unsubscribe"), CreateTime=now + 1).body == "success"
    assert Follow.get(Follow.channel == channel).unfollowed_at is not None
    assert wechat.say("o1", **event("subscribe"), CreateTime=now + 2).text == "欢迎回来！"
    relay.run(acme)
    assert (balance(wechat), Follow.get(Follow.channel == channel).times) == (20, 2)


def test_unfollow_told_after_the_return_keeps_the_follower(wechat: Wechat, channel: Channel):
    now = int(time.time())
    for name, ago in (("subscribe", 100), ("subscribe", 40), ("unsubscribe", 60)):
        wechat.say("o1", **event(name), CreateTime=now - ago)
    row = Follow.get(Follow.channel == channel)
    assert (row.times, row.unfollowed_at) == (2, None)


def test_unfollow_of_a_stranger_opens_nobody(wechat: Wechat):
    assert wechat.say("o1", **event("unsubscribe")).body == "success"
    assert customers.Customer.select().count() == 0


def test_menu_and_word_check_in_and_the_second_is_told(wechat: Wechat):
    assert wechat.say("o1", **event("CLICK", "CHECK_IN")).text == CHECKED_IN
    assert wechat.say("o1", **text("签到")).text.startswith("今天已经签到过了")
    assert balance(wechat) == 5


def test_unknown_menu_key_is_silent_and_unknown_word_gets_the_fallback(wechat: Wechat):
    assert wechat.say("o1", **event("CLICK", "GONE")).body == "success"
    assert wechat.say("o1", **text("天气")).text.startswith("抱歉，没有听懂")


def test_member_card_leads_to_the_page_of_this_account(wechat: Wechat):
    card = wechat.say("o1", **event("CLICK", "MEMBER")).fields
    assert (card["Title"], card["Url"]) == ("我的会员卡", f"https://xiaoer.test/m/me?a={wechat.key}")


@pytest.mark.parametrize(
    "told", [{"event": "subscribe", "prefix": "qrscene_"}, {"event": "SCAN", "prefix": ""}]
)
def test_scan_of_a_shops_code_shows_that_shop(wechat: Wechat, door_code: Scene, told: dict):
    answer = wechat.say("o1", **event(told["event"], told["prefix"] + door_code.scene, Ticket="t"))
    by_follow = told["event"] == "subscribe"
    shown = to_say()[0][0]["title"] if by_follow else answer.fields["Title"]
    assert shown == door_code.shop.name
    code = QrCode.get(QrCode.scene == door_code.scene)
    assert (code.scans, code.follows) == (1, int(by_follow))


def test_scan_of_an_unknown_scene_is_silent(wechat: Wechat):
    assert wechat.say("o1", **event("SCAN", "nobody's")).body == "success"


def test_location_brings_the_nearest_shops_first(wechat: Wechat):
    for code, name, lng in (("F", "远店", 116.5), ("N", "近店", 116.405), ("M", "中店", 116.42)):
        shops.open_shop(code=code, name=name, place=Place(lng, 39.915), city="北京市")
    card = wechat.say("o1", **location(39.915, 116.404)).fields
    assert card["Title"] == "离您最近：近店 85 米"
    assert [line[:5] for line in card["Description"].splitlines()[::2]] == ["1. 近店", "2. 中店", "3. 远店"]
    assert card["Url"] == f"https://xiaoer.test/m/nearby?a={wechat.key}#116.40400,39.91500"


def test_location_of_a_shopper_is_kept_nowhere(account: Callable[[str], Wechat], door_code: Scene):
    plain = account("plain")
    asked, body = plain.signed(), letter("o1", **location("39.912345", "116.412345")).encode()
    first = plain.post(body, asked)
    assert "#116.41235,39.91235" in first.fields["Url"]
    kept = str(world.dump())
    assert "116.412" not in kept
    assert "39.912" not in kept
    assert first.fields["Title"] not in kept
    copy = plain.post(body, asked).fields
    assert (copy["Title"], copy["Url"]) == (first.fields["Title"], first.fields["Url"])


@pytest.mark.parametrize("place", [(91, 116), (39, 181), ("", ""), ("north", "east")])
def test_location_off_the_earth_is_asked_for_again(wechat: Wechat, place: tuple):
    assert wechat.say("o1", **location(*place)).text.startswith("请点“+”选择“位置”")


def test_second_answer_follows_by_itself_once(wechat: Wechat):
    push = letter("o1", **text("两条"))
    assert [wechat.push(push).text for _ in range(3)] == ["第一条"] * 3
    assert [[row["text"] for row in said] for said in to_say()] == [["第二条"]]


def test_hand_over_is_the_reply_and_the_words_follow(wechat: Wechat):
    push = letter("o1", **text("人工"))
    assert [wechat.push(push).fields["MsgType"] for _ in range(2)] == ["transfer_customer_service"] * 2
    assert [[row["text"] for row in said] for said in to_say()] == [["马上来"]]


def test_mini_program_card_follows_by_itself_once(wechat: Wechat):
    push = letter("o1", **text("商城"))
    assert [wechat.push(push).body for _ in range(2)] == ["success"] * 2
    assert [[row["title"] for row in said] for said in to_say()] == [["商城"]]


@pytest.mark.parametrize("fields", [text("签到", number=71), event("CLICK", "CHECK_IN"), event("subscribe")])
def test_copies_get_the_same_reply_and_change_nothing(any_wechat: Wechat, acme: str, fields: dict):
    push = letter("o1", **fields)
    replies = [any_wechat.push(push).text for _ in range(4)]
    relay.run(acme)
    assert len(set(replies)) == 1
    assert balance(any_wechat) in (5, 20)
    assert Event.select().where(Event.kind.in_(["check_ins.done", "fans.followed"])).count() == 1


def test_32_copies_at_once_are_one_check_in_with_one_reply(wechat: Wechat):
    push = letter("o1", **text("签到"))
    replies = at_once(32, lambda number: wechat.push(push).text)
    assert set(replies) == {CHECKED_IN}
    assert (CheckIn.select().count(), balance(wechat)) == (1, 5)


def test_32_copies_without_the_book_of_heard_get_different_replies(wechat: Wechat, monkeypatch):
    """The control: the equal replies above come from the book, not from luck."""
    monkeypatch.setattr(conversation, "_hear_once", lambda channel, message, change: change(channel, message))
    push = letter("o1", **text("签到"))
    assert len(set(at_once(32, lambda number: wechat.push(push).text))) > 1


def test_32_follows_at_once_open_one_fan(wechat: Wechat, channel: Channel, acme: str):
    def follow(number: int) -> str:
        return wechat.say("o1", **event("subscribe"), CreateTime=1_700_000_000 + number).text

    replies = at_once(32, follow)
    relay.run(acme)
    assert sum(reply.startswith("欢迎关注") for reply in replies) == 1
    assert (Customer.select().count(), balance(wechat)) == (1, 20)
    assert fans.Follow.get(Follow.channel == channel).times == 32


def test_same_number_of_two_shoppers_is_two_messages(wechat: Wechat):
    for openid in ("o1", "o2"):
        assert wechat.say(openid, **text("签到", number=71)).text == CHECKED_IN
    assert CheckIn.select().count() == 2
