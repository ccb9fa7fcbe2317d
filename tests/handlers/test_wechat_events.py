"""Events of one second: which are copies, and what each kind of message is answered with."""

import time

import pytest
import time_machine

from store.customers.followers import Follow
from store.official_accounts import conversation
from store.tenants.channels import Channel
from tests.support.wechat_pushes import WechatAccount, event, push_concurrently, push_xml


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
