"""Payers of orders: who pays is a customer with the order, which counts once they are a member."""

from datetime import timedelta
from types import SimpleNamespace

import time_machine

from store.core import clock
from store.core.events import Event
from store.customers import payers as customer_payers
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.orders import locks, orders, payers
from store.orders.settings import OrderSettings
from store.payments.attempts import PaymentAttempt
from store.tenants import settings
from tests.support import database
from tests.support.coupon_fixtures import create_follower
from tests.support.order_fixtures import line, pay_cash, place, settle, start_attempt
from tests.support.races import with_barrier, without_index, without_write_queue


def pay_online(order, payer_id="o1"):
    """An order paid by WeChat, and the event that tells of it."""
    attempt = settle(start_attempt(order, f"online-{order.number}"), "succeeded").attempt
    attempt.update_fields(payer_id=payer_id)
    return event_of(attempt)


def event_of(attempt: PaymentAttempt) -> Event:
    return next(
        event
        for event in Event.select().where(Event.kind == "payments.succeeded")
        if event.properties["number"] == attempt.number
    )


def find_payer(payer_id="o1") -> Customer | None:
    return customer_payers.find(platform="wechat", app_id="wx1", payer_id=payer_id)


def customer_event(customer) -> SimpleNamespace:
    return SimpleNamespace(kind="members.joined", customer_id=customer.id, properties={})


def join(customer: Customer, mei: Member) -> None:
    """The payer turns out to be the member, by a phone or a unionid."""
    merges.merge(survivor=mei.customer, duplicate=customer, proof="test")


def count_attached() -> int:
    return Event.select().where(Event.kind == "orders.member_attached").count()


def test_p10_a_stranger_who_pays_is_a_customer_with_the_order(shop):
    order = place(shop, line(1000))
    event = pay_online(order)
    for _ in range(2):
        payers.attach_payer(event)
    payer, found = find_payer(), orders.get(order.number)
    assert (found.customer_id, found.member_id, payer.source) == (payer.id, None, "wechat_pay")
    assert payers.list_of_customer(payer) == [found]
    assert Event.select().where(Event.kind == "customers.opened_by_payment").count() == 1


def test_p10_the_order_counts_once_the_payer_is_a_member(shop, mei):
    mei.update_fields(joined_at=clock.now())
    order = place(shop, line(1000))
    payers.attach_payer(pay_online(order))
    join(find_payer(), mei)
    for _ in range(2):
        payers.attach_earlier_orders(customer_event(mei.customer))
    assert (orders.get(order.number).member_id, count_attached()) == (mei.id, 1)


def test_a_payer_who_is_a_member_has_the_order_at_once(shop, mei):
    mei.update_fields(joined_at=clock.now())
    first = place(shop, line(1000))
    payers.attach_payer(pay_online(first))
    join(find_payer(), mei)
    order = place(shop, line(2000))
    event = pay_online(order)
    for _ in range(2):
        payers.attach_payer(event)
    assert orders.get(order.number).member_id == mei.id
    assert count_attached() == 1


def test_the_payer_of_another_member_s_order_is_a_customer_without_it(shop, mei):
    order = place(shop, line(1000), member=mei)
    payers.attach_payer(pay_online(order, "spouse"))
    found, spouse = orders.get(order.number), find_payer("spouse")
    assert (found.member_id, found.customer_id) == (mei.id, mei.customer_id)
    assert payers.list_of_customer(spouse) == []


def test_an_order_stays_with_its_first_payer(shop):
    order = place(shop, line(1000))
    event = pay_online(order)
    payers.attach_payer(event)
    other = create_follower("other").customer
    orders.get(order.number).update_fields(customer=other)
    payers.attach_payer(event)
    assert orders.get(order.number).customer_id == other.id


def test_old_orders_and_other_payments_are_left(shop, mei):
    mei.update_fields(joined_at=clock.now())
    old = place(shop, line(1000))
    payers.attach_payer(pay_online(old))
    join(find_payer(), mei)
    days = settings.read(OrderSettings).attach_days
    with time_machine.travel(clock.now() + timedelta(days=days, minutes=1)):
        payers.attach_earlier_orders(customer_event(mei.customer))
    assert orders.get(old.number).member_id is None
    cash = pay_cash(place(shop, line(500)))
    payers.attach_payer(event_of(PaymentAttempt.get(PaymentAttempt.payable_number == cash.number)))
    assert orders.get(cash.number).customer_id is None
    payers.attach_payer(SimpleNamespace(properties={"payable_kind": "top_up", "number": "none"}))


def test_a_customer_who_is_no_member_gets_nothing(shop):
    order = place(shop, line(1000))
    payers.attach_payer(pay_online(order))
    payers.attach_earlier_orders(customer_event(find_payer()))
    assert (orders.get(order.number).member_id, count_attached()) == (None, 0)


def test_eight_notices_of_one_payer_at_once_are_one_customer(shop):
    events = [pay_online(place(shop, line(1000))) for _ in range(2)]
    database.run_concurrently(8, lambda n: payers.attach_payer(events[n % 2]))
    assert len(payers.list_of_customer(find_payer())) == 2
    assert Event.select().where(Event.kind == "customers.opened_by_payment").count() == 1


def test_an_order_counts_once_though_two_events_attach_it(shop, mei):
    mei.update_fields(joined_at=clock.now())
    order = place(shop, line(1000))
    payers.attach_payer(pay_online(order))
    join(find_payer(), mei)
    database.run_concurrently(4, lambda _: payers.attach_earlier_orders(customer_event(mei.customer)))
    assert count_attached() == 1


def test_control_without_lock_and_unique_key_it_counts_twice(shop, mei, monkeypatch):
    mei.update_fields(joined_at=clock.now())
    order = place(shop, line(1000))
    payers.attach_payer(pay_online(order))
    join(find_payer(), mei)
    monkeypatch.setattr(orders.members, "lock", Member.get_by_id)
    monkeypatch.setattr(locks, "lock", with_barrier(locks.get))
    with without_index("event_key"), without_write_queue():
        database.run_concurrently(2, lambda _: payers.attach_earlier_orders(customer_event(mei.customer)))
        assert count_attached() == 2
