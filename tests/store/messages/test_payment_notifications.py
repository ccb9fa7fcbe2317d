"""Messages about payments with stored value, as the outbox delivers them."""

import pytest

from store.core.events import Event
from store.customers import followers
from store.messages import payment_notifications
from store.stored_value import payments as stored_value_payments
from tests.support.two_customers import create_paid_top_up

OPENID = "payer"


@pytest.fixture
def payer(register, create_follower):
    follower = create_follower(OPENID)
    member = register("13912345678", follower)
    create_paid_top_up(member, 11_000, key="a")
    return member


def list_events(kind):
    return list(Event.select().where(Event.kind == kind))


def list_texts():
    return [row.properties["messages"][0]["text"] for row in list_events("messages.queued")]


def test_n05_a_payment_and_its_refund_are_reported_to_the_member_once(payer):
    stored_value_payments.spend(member=payer, amount_fen=1_250, key="o-1")
    (spent,) = list_events("stored_value.spent")
    for _ in range(2):
        payment_notifications.notify_spent(spent)
    assert list_texts() == ["储值支付成功，支付 12.50 元，余额 97.50 元。"]
    stored_value_payments.refund_by_key(key="o-1", amount_fen=250, refund_key="r-1")
    (refunded,) = list_events("stored_value.refunded")
    for _ in range(2):
        payment_notifications.notify_refunded(refunded)
    assert list_texts()[1:] == ["储值退款成功，退回 2.50 元，余额 100.00 元。"]


def test_n05_who_does_not_follow_gets_no_message(payer, account):
    stored_value_payments.spend(member=payer, amount_fen=1_250, key="o-1")
    followers.unfollow(channel=account, openid=OPENID)
    payment_notifications.notify_spent(list_events("stored_value.spent")[0])
    assert list_texts() == []
