"""Orders that staff enter, invoices, and the lists of staff: each operation is called twice."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.orders.fulfilments import KINDS, list_steps
from store.orders.tables import Order
from store.shop_orders import invoices, moves, order_list, staff_entry, timeouts
from store.shop_orders.order_list import StaffFilter
from store.tenants.audit import AuditEntry
from tests.support.coupon_fixtures import error_code_of
from tests.support.shop_order_fixtures import choose, pay, reload, submit

WANTED = {"kind": "company", "title": "梅花茶叶", "tax_number": "91310000MA1K35XX0X", "email": ""}


def count(**wanted):
    found = StaffFilter(**wanted)
    total = order_list.count_for_staff(found)
    assert [order.id for order, *_ in order_list.iterate_for_staff(found)] == [
        order.id for order in order_list.list_for_staff(found)[0]
    ]
    return total


def count_entries(action):
    return AuditEntry.select().where(AuditEntry.action == action).count()


def test_staff_place_one_order_under_a_key(shop, mei, tea):
    choice = choose(shop, mei, (tea, 2), coupon_codes="best", points="most", expected_total_fen=2_000)
    rows = [staff_entry.place(choice, key="entry") for _ in range(2)]
    assert rows[0] == rows[1]
    order = Order.get_by_id(rows[0].order_id)
    assert (order.source, order.total_fen, count_entries("shop_orders.create")) == ("staff", 2_000, 1)
    too_many = choose(shop, mei, (tea, 9))
    assert error_code_of(lambda: staff_entry.place(too_many, key="too-many")) == "stock_short"
    assert Order.select().count() == 1


def test_offers_name_what_is_left(shop, mei, tea):
    submit(shop, mei, (tea, 4))
    (found,) = staff_entry.list_offers(shop, "龙井")
    assert (found.sku, found.price_fen, found.available) == (tea, 1_000, 6)
    assert staff_entry.list_offers(shop, "没有") == []
    assert staff_entry.list_ways(shop) == list(KINDS)


def test_an_invoice_is_recorded_once_and_mended(shop, mei, tea):
    row = submit(shop, mei, (tea, 1), invoice=WANTED)
    number = row.order.number
    with pytest.raises(DomainError, match="不能开票"):
        invoices.issue(number=number, invoice_number="1")
    assert count(invoice="any") - count(invoice="wanted") == 1
    pay(row)
    for invoice_number, entries in (("1", 1), ("1", 1), ("2", 2)):
        invoices.issue(number=number, invoice_number=invoice_number)
        assert count_entries("shop_orders.issue_invoice") == entries
    assert (reload(row).invoice_number, count(invoice="issued"), count(invoice="wanted")) == ("2", 1, 0)
    assert [step.message for step in list_steps(row)][-2:] == ["发票号码 1", "发票号码 2"]
    moves.cancel(number=number, reason="不要了", by_staff=True)
    with pytest.raises(DomainError, match="不能开票"):
        invoices.issue(number=number, invoice_number="3")


def test_pickups_are_overdue_after_the_last_reminder(shop, mei, tea, monkeypatch):
    row = pay(submit(shop, mei, (tea, 1)))
    moves.accept(number=row.order.number)
    moves.mark_ready(number=row.order.number)
    now = clock.now()
    for days, overdue in ((0, 0), (1, 0), (3, 1)):
        monkeypatch.setattr(clock, "now", lambda days=days: now + timedelta(days=days, minutes=1))
        timeouts.run_due()
        assert count(overdue=True) == overdue, days
    assert count(overdue=True, shop_ids=frozenset()) == 0
    moves.hand_over(number=row.order.number)
    assert count(overdue=True) == 0
