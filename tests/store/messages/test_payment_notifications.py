"""Messages about payments with stored value, as the outbox delivers them."""

import peewee
import pytest

from store.stored_value import payments as stored_value_payments
from tests.support import message_records
from tests.support.two_customers import create_paid_top_up

OPENID = "payer"


@pytest.fixture
def payer(register, create_follower):
    follower = create_follower(OPENID)
    member = register("13912345678", follower)
    create_paid_top_up(member, 11_000, key="a")
    return member


def test_n05_a_payment_and_its_refund_are_notified_with_the_balance(payer):
    stored_value_payments.spend(member=payer, amount_fen=1_250, key="o-1")
    message_records.notify_of("stored_value.spent")
    stored_value_payments.refund_by_key(key="o-1", amount_fen=250, refund_key="r-1")
    message_records.notify_of("stored_value.refunded")
    assert message_records.list_texts() == [
        "储值支付成功，支付 12.50元，余额 97.50元。",
        "储值退款成功，退回 2.50元，余额 100.00元。",
    ]


def test_an_event_is_notified_once(payer):
    stored_value_payments.spend(member=payer, amount_fen=1_250, key="o-1")
    message_records.notify_of("stored_value.spent")
    with pytest.raises(peewee.IntegrityError):
        message_records.notify_of("stored_value.spent")
    assert len(message_records.list_texts()) == 1
