"""WeChat's events about shipping change the uploads of a mini-program's orders, and nothing of anyone else's."""

import time

import pytest

from platforms.wechat.trade_events import REMIND_ACCESS, REMIND_SHIPPING, SETTLEMENT, parse_trade_event
from store.core.events import Event
from store.orders import fulfilments
from store.payments.attempts import PaymentAttempt
from store.payments.merchants import Merchant
from store.shop_orders import moves, shipping_uploads
from store.shop_orders.shipping_uploads import ShippingUpload
from store.tenants import channels
from tests.support import order_fixtures
from tests.support.database import AES_KEY
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, reload, submit
from tests.support.wechat_pushes import WechatAccount, event

NOW = int(time.time())


@pytest.fixture(params=["plain", "safe"])
def program(request, acme, web) -> WechatAccount:
    channels.add(
        kind="wechat_miniprogram", key="acme-program", name="小二商城", appid="wxprogram", secret="s" * 32,
        token="program-token", encoding_aes_key=AES_KEY, mode=request.param,
    )  # fmt: skip
    return WechatAccount(web, "acme-program", "wxprogram", "program-token", request.param)


@pytest.fixture
def shipped(program):
    """A delivery that was paid in the mini-program and has left the shop."""
    shop = order_fixtures.create_shop()
    offer_all(shop)
    tea = publish_sku(shop, "tea")
    row = pay(submit(shop, order_fixtures.create_rich_member(value_fen=0), (tea, 1), kind="delivery"))
    PaymentAttempt.update(app_id="wxprogram").execute()
    moves.accept(number=row.order.number)
    return moves.ship(number=row.order.number)


def facts_of(row):
    attempt = PaymentAttempt.get(PaymentAttempt.payable_number == row.order.number)
    return {
        "merchant_id": Merchant.get_by_id(attempt.merchant_id).merchant_id, "merchant_trade_no": attempt.number,
        "transaction_id": "4200", "pay_time": NOW - 100,
    }  # fmt: skip


def send(program, name, **fields):
    answer = program.send(
        "oWeChat", **event(name, CreateTime=NOW, **{key: str(value) for key, value in fields.items()})
    )
    assert (answer.status, answer.body) == (200, "success")


def due_uploads():
    return Event.select().where(Event.kind == "orders.upload_due").count()


def test_a_reminder_of_what_left_lets_it_be_uploaded_once(program, shipped):
    for _ in range(2):
        send(program, REMIND_SHIPPING, **facts_of(shipped), msg="请发货")
    assert [row.state for row in ShippingUpload.select()] == ["waiting"]
    assert due_uploads() == 1


def test_a_reminder_of_what_waits_reaches_the_tills(program, shipped):
    fulfilments.Fulfilment.update(state="accepted").execute()
    send(program, REMIND_SHIPPING, **facts_of(shipped))
    assert due_uploads() == 0
    assert Event.select().where(Event.kind == "orders.shipping_due").count() == 1
    assert fulfilments.list_steps(reload(shipped))[-1].message == "微信提醒尽快发货"


def test_a_reminder_of_the_account_lets_all_that_left_be_uploaded(program, shipped):
    assert len(shipping_uploads.prepare(shipped.order)) == 1
    for _ in range(2):
        send(program, REMIND_ACCESS, msg="请接入")
    assert due_uploads() == 1


def test_the_pay_out_is_recorded_and_the_customer_has_the_goods(program, shipped):
    times = {"shipped_time": NOW, "estimated_settlement_time": NOW + 864_000}
    send(program, SETTLEMENT, **facts_of(shipped), **times)
    (upload,) = ShippingUpload.select()
    assert (upload.state, upload.settled_at, reload(shipped).state) == ("uploaded", None, "shipped")
    assert int(upload.expected_at.timestamp()) == NOW + 864_000
    more = {"confirm_receive_method": 1, "confirm_receive_time": NOW, "settlement_time": NOW}
    for _ in range(2):
        send(program, SETTLEMENT, **facts_of(shipped), **times, **more)
    (upload,) = ShippingUpload.select()
    assert (upload.state, int(upload.settled_at.timestamp())) == ("settled", NOW)
    assert reload(shipped).state in ("received", "completed")


@pytest.mark.parametrize(
    "changed",
    [
        {"merchant_trade_no": "unknown"},
        {"merchant_id": "1"},
        {"merchant_trade_no": "x" * 100},
        {"sub_merchant_id": "1"},
    ],
)
def test_what_is_not_ours_changes_nothing(program, shipped, changed):
    for name in (REMIND_SHIPPING, SETTLEMENT):
        send(program, name, **{**facts_of(shipped), "settlement_time": NOW, **changed})
    assert not ShippingUpload.select().exists()


def test_another_account_cannot_report_the_payment(program, shipped):
    PaymentAttempt.update(app_id="wxother").execute()
    send(program, SETTLEMENT, **facts_of(shipped), settlement_time=NOW)
    assert not ShippingUpload.select().exists()


def test_an_unsigned_event_is_refused(program, shipped):
    answer = program.post(
        b"<xml><MsgType>event</MsgType></xml>", {"signature": "0" * 40, "timestamp": str(NOW), "nonce": "1"}
    )
    assert answer.status == 403


@pytest.mark.parametrize("text", ["", "-5", "x", "99999999999999", "１２", None])
def test_a_time_that_is_none_is_left_out(text):
    assert parse_trade_event({"settlement_time": text}).settled_at is None
