"""The money of a mini-program's order is frozen at WeChat until its shipping information was uploaded."""

import pytest

from platforms.errors import PlatformRejectedError
from store.core.events import Event
from store.shop_orders import moves
from tasks.orders import shipping_uploads
from tests.miniprogram_api.orders.conftest import body_of
from tests.miniprogram_api.orders.test_orders_by_http import HOME, submit
from tests.support.shop_order_fixtures import offer_all


def upload(kind: str) -> None:
    for event in Event.select().where(Event.kind == kind):
        shipping_uploads.upload(event)


def is_shipped(sandbox) -> list[bool]:
    return [order.is_shipped for order in sandbox.state.wechat_pay.list_orders() if order.is_paid]


def test_a_pickup_is_uploaded_when_it_was_fetched(xiaomei, shop, merchant, tea, pay, sandbox):
    order = submit(xiaomei, shop, (tea, 1), total_fen=1000)
    pay(xiaomei, order["number"])
    assert is_shipped(sandbox) == [False]
    moves.accept(number=order["number"])
    moves.hand_over(number=order["number"])
    for _ in range(2):
        upload("orders.received")
    assert is_shipped(sandbox) == [True]


@pytest.mark.parametrize(("company", "number"), [("顺丰速运", "SF123"), ("", "")])
def test_a_delivery_is_uploaded_when_it_was_shipped(
    xiaomei, shop, merchant, tea, pay, sandbox, company, number
):
    order = deliver(xiaomei, shop, tea, pay)
    moves.ship(number=order["number"], company=company, tracking_number=number)
    upload("orders.shipped")
    assert is_shipped(sandbox) == [True]


def test_a_courier_that_wechat_does_not_know_stays_to_be_repeated(xiaomei, shop, merchant, tea, pay, sandbox):
    order = deliver(xiaomei, shop, tea, pay)
    moves.ship(number=order["number"], company="无名快递", tracking_number="1")
    with pytest.raises(PlatformRejectedError):
        upload("orders.shipped")
    assert is_shipped(sandbox) == [False]


def deliver(phone, shop, tea, pay):
    offer_all(shop)
    address = phone.post("/api/me/addresses", HOME).json["data"]
    choice = {"fulfilment": "delivery", "address_id": address["id"]}
    assert (
        phone.post("/api/me/orders/previews", body_of(shop, (tea, 1), **choice)).json["data"]["problems"]
        == []
    )
    order = submit(phone, shop, (tea, 1), total_fen=1000, **choice)
    pay(phone, order["number"])
    moves.accept(number=order["number"])
    return order
