"""The conversation of a life account of Alipay: a person of Alipay, one message once, all replies queued."""

import pytest

from store.check_ins.check_ins import CheckIn
from store.customers import alipay_people, followers
from store.messages.messages import Message
from store.official_accounts import conversation, keyword_replies
from store.official_accounts.message_content import IncomingMessage
from store.tenants import channels
from store.tenants.channels import Channel
from tests.support import database

USER = "2088000000000001"


@pytest.fixture
def life(acme: str) -> Channel:
    channel = channels.add(
        kind="alipay", key="acme-alipay", name="小二便利", appid="2021000000000001", secret="s",
        platform_public_key="p",
    )  # fmt: skip
    keyword_replies.save_rule(
        name="签到", match="exact", keywords=["签到"], replies=[{"type": "check_in"}], channel=channel
    )
    return channel


def test_follower_is_the_person_who_signs_in(life: Channel):
    conversation.answer_message(life, IncomingMessage(kind="subscribe", sender=USER, number="1"))
    signed_in = alipay_people.get_or_create_customer(channel=life, user_id=USER)
    assert followers.find_customer(life, USER) == signed_in
    assert followers.find_address(signed_in, life) == USER
    assert followers.list_followed_channels(signed_in) == [life]


def test_copies_of_a_message_at_once_are_answered_once(life: Channel):
    """What happens without the key of the processed message is shown in `test_conversation`."""
    message = IncomingMessage(kind="text", sender=USER, number="1", text="签到")
    database.run_concurrently(4, lambda number: conversation.answer_message(life, message))
    assert CheckIn.select().count() == 1
    assert [row.address for row in Message.select().where(Message.medium == "customer_service")] == [USER]
