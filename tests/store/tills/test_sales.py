"""Sales of a till: opened once by key, changed, parked, and listed for their terminal and shop."""

import pytest

from store.core.errors import DomainError
from store.orders import orders, placement
from store.orders.tables import Order
from store.pricing.request import StaffDiscount
from store.stored_value.authorization import PaymentAuthorization
from store.tenants import settings
from store.tills import sales, terminals
from store.tills.sales import SaleParameters, TillSale
from store.tills.till_settings import TillSettings
from tests.support import database, order_fixtures, races

LOWERED = StaffDiscount(reference="1001", reason="老顾客", percent=10)


@pytest.fixture
def mei(shop, verify_afterwards):
    return order_fixtures.create_rich_member()


def parameters(amount_fen=1_280, **more):
    return SaleParameters(lines=(sales.amount_line(amount_fen),), **more)


@pytest.fixture
def open_sale(terminal, cashier):
    def run(wanted=None, key="k1"):
        return sales.open_sale(terminal=terminal, cashier=cashier, parameters=wanted or parameters(), key=key)

    return run


def error_code(work):
    with pytest.raises(DomainError) as rejected:
        work()
    return rejected.value.code


def test_a_sale_opened_twice_by_key_is_one(open_sale, terminal):
    assert open_sale() == open_sale()
    assert (TillSale.select().count(), Order.select().count()) == (1, 1)
    assert error_code(lambda: open_sale(parameters(1))) == "key_reused"
    assert [sale.order.total_fen for sale in sales.list_open(terminal)] == [1_280]


def test_eight_openings_of_one_key_at_once_are_one_sale(open_sale):
    opened = database.run_concurrently(8, lambda _: open_sale().id)
    assert len(set(opened)) == 1
    assert (TillSale.select().count(), Order.select().count()) == (1, 1)


def test_control_without_the_unique_keys_one_key_opens_two(open_sale, monkeypatch):
    monkeypatch.setattr(placement, "_find_existing", races.with_barrier(placement._find_existing))
    with races.without_index("order_key"), races.without_write_queue():
        database.run_concurrently(2, lambda _: open_sale())
        assert TillSale.select().count() == 2


def test_a_terminal_has_so_many_open_sales_and_no_more(open_sale, terminal, monkeypatch):
    monkeypatch.setattr(sales, "MAX_OPEN", 2)
    first = open_sale(key="k1")
    open_sale(key="k2")
    assert error_code(lambda: open_sale(key="k3")) == "too_many_sales"
    assert open_sale(key="k1") == first
    orders.close(number=first.order.number, reason="")
    open_sale(key="k3")
    assert len(sales.list_open(terminal)) == 2


def test_a_change_keeps_what_it_does_not_name(open_sale, cashier, mei):
    number = open_sale().order.number
    for _ in range(2):
        sales.change_sale(number=number, cashier=cashier, changes={"member_id": mei.id, "points": 80})
    sales.change_sale(number=number, cashier=cashier, changes={"discount": LOWERED})
    order = orders.get(number)
    assert (order.member_id, order.total_fen, order.due_fen) == (mei.id, 1_152, 1_072)
    read = TillSale.get(TillSale.order == order.id).read_parameters()
    assert (read.points, read.discount, read.member_id) == (80, LOWERED, mei.id)
    sales.change_sale(number=number, cashier=cashier, changes={"discount": None, "points": 0})
    assert orders.get(number).due_fen == 1_280


def test_a_change_that_is_rejected_changes_nothing(open_sale, cashier):
    sale = open_sale()
    number = sale.order.number
    assert error_code(
        lambda: sales.change_sale(number=number, cashier=cashier, changes={"member_id": 99})
    ) == ("not_found")
    assert TillSale.get_by_id(sale.id).parameters == sale.parameters
    assert error_code(lambda: sales.change_sale(number="9" * 20, cashier=cashier, changes={})) == "not_found"


def test_a_sale_is_rounded_down_by_the_setting(open_sale, cashier):
    settings.change(TillSettings, round_down_to_fen=100)
    number = open_sale().order.number
    sales.change_sale(number=number, cashier=cashier, changes={"round_down": True})
    assert orders.get(number).due_fen == 1_200


def test_parking_twice_changes_nothing_more(open_sale, terminal):
    sale = open_sale()
    for parked in (True, True, False):
        assert sales.set_parked(number=sale.order.number, parked=parked).parked == parked
    assert sales.list_open(terminal) == [sale]
    assert error_code(lambda: sales.set_parked(number="9" * 20, parked=True)) == "not_found"


def test_stored_value_pays_a_part_and_is_kept_with_the_sale(open_sale, mei):
    number = open_sale(parameters(member_id=mei.id)).order.number
    proof = PaymentAuthorization(kind="sms", member_id=mei.id)
    for _ in range(2):
        sale = sales.record_stored_value(number=number, amount_fen=1_000, authorization=proof)
    assert (orders.get(number).due_fen, sale.read_parameters().stored_value_fen) == (280, 1_000)


def test_a_sale_is_found_in_its_shop_alone(open_sale, shop, terminal):
    sale, other = open_sale(), order_fixtures.create_shop("S2")
    number = sale.order.number
    stranger = terminals.add(code="T2", name="二号台", shop=other).terminal
    assert sales.get_sale(number, shop_id=shop.id) == sale
    assert error_code(lambda: sales.get_sale(number, shop_id=other.id)) == "not_found"
    assert sales.list_open(stranger) == []
    assert sales.list_recent(shop_id=shop.id, states=("placed",)) == [sale]
    assert sales.list_recent(shop_id=other.id, states=("placed",)) == []
