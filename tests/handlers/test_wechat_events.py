"""Events of one second: which are copies, and what each kind of message is answered with."""

import time

import pytest
import time_machine

from store.core.errors import DomainError
from store.customers import consents, identities, profiles
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.official_accounts import conversation, menus
from store.tenants.channels import Channel
from tests.support.consents import accept_all
from tests.support.wechat_pushes import WechatAccount, event, push_concurrently, push_xml, text


def find_follow(channel: Channel) -> Follow:
    return Follow.get(Follow.channel == channel)


def test_f18_follow_unfollow_follow_within_a_second_ends_as_a_follower(
    wechat: WechatAccount, channel: Channel
):
    second = int(time.time())
    replies = [
        wechat.send("o1", **event(name), CreateTime=second)
        for name in ("subscribe", "unsubscribe", "subscribe", "subscribe")
    ]
    assert replies[0].text.startswith("欢迎关注")
    assert [reply.text for reply in replies[2:]] == ["欢迎回来！"] * 2  # the fourth is a copy of the third
    assert (find_follow(channel).follow_count, find_follow(channel).unfollowed_at) == (2, None)


def test_f18_unfollow_within_the_second_of_a_return_counts(wechat: WechatAccount, channel: Channel):
    second = int(time.time())
    for name in ("subscribe", "unsubscribe", "subscribe", "unsubscribe", "unsubscribe"):
        wechat.send("o1", **event(name), CreateTime=second)
    assert find_follow(channel).unfollowed_at is not None


def test_f18_repeat_of_a_follow_after_five_seconds_is_a_copy(wechat: WechatAccount, channel: Channel):
    began = int(time.time())
    with time_machine.travel(began, tick=False) as traveller:
        push = push_xml("o1", **event("subscribe"), CreateTime=began)
        wechat.push(push)
        wechat.send("o1", **event("unsubscribe"), CreateTime=began)
        traveller.shift(5)
        assert wechat.push(push).text.startswith("欢迎关注")
    assert find_follow(channel).unfollowed_at is not None
    assert find_follow(channel).follow_count == 1


@pytest.mark.parametrize("copies", [16])
def test_f18_copies_of_a_return_at_once_are_one_return(wechat: WechatAccount, channel: Channel, copies: int):
    second = int(time.time())
    for name in ("subscribe", "unsubscribe"):
        wechat.send("o1", **event(name), CreateTime=second)
    push = push_xml("o1", **event("subscribe"), CreateTime=second)
    assert set(push_concurrently(copies, lambda number: wechat.push(push).text)) == {"欢迎回来！"}
    assert find_follow(channel).follow_count == 2


def test_f18_without_the_state_every_copy_is_a_return(wechat: WechatAccount, channel: Channel, monkeypatch):
    """The control: the one return above comes from the check of the state."""
    monkeypatch.setattr(conversation, "_reverses_follow", lambda channel, message, before: True)
    push = push_xml("o1", **event("subscribe"))
    for _ in range(3):
        wechat.push(push)
    assert find_follow(channel).follow_count == 3


def media(kind: str, **fields: str) -> dict:
    return {"MsgType": kind, "MsgId": 71, **fields}


BUTTON_KINDS = ("scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
                "location_select")  # fmt: skip


@pytest.mark.parametrize("kind", BUTTON_KINDS)
def test_f07_every_kind_of_button_is_answered_like_a_click(
    wechat: WechatAccount, channel: Channel, kind: str
):
    button = {"type": kind, "name": "按钮", "key": "K", "answers": [{"type": "text", "text": "收到"}]}
    menus.save_draft(channel, {"button": [button]})
    menus.finish_publication(menus.request_publication(channel).id)
    assert wechat.send("o1", **event(kind, "K")).text == "收到"
    assert wechat.send("o1", **event(kind, "OTHER")).body == "success"


def test_f01_forbidden_character_in_a_text_is_answered(any_wechat: WechatAccount):
    assert any_wechat.send("o1", **text("签\u0008到")).text.startswith("签到成功")


def test_f21_recognised_voice_is_answered_as_text(wechat: WechatAccount):
    push = media("voice", MediaId="m", Format="amr", Recognition="签到")
    assert wechat.send("o1", **push).text.startswith("签到成功")


def test_f21_invisible_characters_are_ignored(wechat: WechatAccount):
    assert wechat.send("o1", **text("\u2060签\u200b到\u3164")).text.startswith("签到成功")


@pytest.mark.parametrize("kind", ["voice", "image", "video", "shortvideo", "link", "miniprogrampage", "file"])
def test_n08_everything_that_is_no_text_gets_the_fallback(wechat: WechatAccount, kind: str):
    assert wechat.send("o1", **media(kind, MediaId="m", Url="https://x.test")).text.startswith(
        "抱歉，没有听懂"
    )


@pytest.fixture
def follower(wechat: WechatAccount) -> Customer:
    """A follower with a nickname, an avatar, a name and the consent to marketing."""
    wechat.send("o1", **event("subscribe"))
    customer = identities.find_customer(provider=identities.WECHAT, account=wechat.appid, subject="o1")
    return profiles.change(
        customer, nickname="小美", avatar_url="https://x.test/a.png", name="王美", marketing_consent=True
    )


def push_account_event(wechat: WechatAccount, name: str) -> None:
    for _ in range(2):  # a repeat changes nothing
        assert (
            wechat.send("gh_system", **event(name, OpenID="o1"), CreateTime=1_700_000_000).body == "success"
        )


def test_f22_a_revoked_authorization_erases_what_it_brought(wechat: WechatAccount, follower: Customer):
    accept_all(follower)
    push_account_event(wechat, "user_authorization_revoke")
    row = Customer.get_by_id(follower.id)
    assert (row.nickname, row.avatar_url, row.marketing_consent) == (None, None, False)
    assert row.name == "王美"
    with pytest.raises(DomainError, match="请先阅读并同意《用户协议》和《隐私政策》"):
        consents.ensure_accepted(row)  # the consents ended with the authorization


def test_f22_a_modified_profile_is_dropped_and_the_consent_stays(wechat: WechatAccount, follower: Customer):
    push_account_event(wechat, "user_info_modified")
    row = Customer.get_by_id(follower.id)
    assert (row.nickname, row.avatar_url, row.marketing_consent) == (None, None, True)


@pytest.mark.parametrize("with_phone", [False, True])
def test_f22_a_cancelled_account_is_unbound_and_erased(
    wechat: WechatAccount, channel: Channel, follower: Customer, with_phone: bool
):
    if with_phone:
        identities.bind(follower, provider=identities.PHONE, subject="hash", value="+8613800138000")
    push_account_event(wechat, "user_authorization_cancellation")
    row = Customer.get_by_id(follower.id)
    assert (row.nickname, row.name) == (None, "王美" if with_phone else None)
    assert find_follow(channel).unfollowed_at is not None
    assert not identities.Identity.select().where(identities.Identity.subject == "o1").exists()
    assert wechat.send("o1", **event("subscribe")).text.startswith("欢迎关注")  # a new person


def test_f22_events_about_a_stranger_change_nothing(wechat: WechatAccount):
    for name in ("user_authorization_revoke", "user_info_modified", "user_authorization_cancellation"):
        push_account_event(wechat, name)
    assert Customer.select().count() == 0
