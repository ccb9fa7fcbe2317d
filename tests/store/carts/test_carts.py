"""Carts: additions are summed against the stock, none is lost, and the total is that of the order."""

from typing import Any

import pytest

from store.carts import cart_list, carts
from store.carts.carts import CartLine
from store.catalog import shop_goods
from store.core.errors import DomainError
from store.customers.customers import Customer
from store.customers.members import Member
from store.shops.shops import Shop
from store.stock import changes
from tests.support import database, order_fixtures
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import issue_coupon
from tests.support.shop_order_fixtures import publish_sku


@pytest.fixture
def shop(acme: str, verify_afterwards: None) -> Shop:
    return order_fixtures.create_shop()


@pytest.fixture
def mei(shop: Shop) -> Member:
    return order_fixtures.create_rich_member(value_fen=0)


@pytest.fixture
def customer(mei: Member) -> Customer:
    return Customer.get_by_id(mei.customer_id)


def quantities(customer: Customer) -> list[int]:
    return [
        row.quantity
        for row in CartLine.select().where(CartLine.customer == customer.id).order_by(CartLine.id)
    ]


@pytest.mark.parametrize("round_number", range(20))
def test_cart_1_three_additions_at_one_moment_are_three_lines(customer, shop, round_number):
    skus = [publish_sku(shop, f"sku{number}") for number in range(3)]
    database.run_concurrently(
        3, lambda number: carts.add(customer=customer, shop=shop, sku=skus[number], quantity=1)
    )
    assert quantities(customer) == [1, 1, 1]


def test_cart_3_the_sum_of_additions_counts(customer, shop):
    tea = publish_sku(shop, "tea", stock=1)
    carts.add(customer=customer, shop=shop, sku=tea, quantity=1)
    with pytest.raises(DomainError) as refused:
        carts.add(customer=customer, shop=shop, sku=tea, quantity=1)
    assert (refused.value.code, refused.value.message) == ("stock_short", "还剩 1 件")
    assert quantities(customer) == [1]


def test_cart_4_a_visitor_s_cart_is_merged_at_sign_in(customer, shop):
    tea, milk = publish_sku(shop, "tea", stock=10), publish_sku(shop, "milk", stock=2)
    carts.add(customer=customer, shop=shop, sku=tea, quantity=10)
    for _ in range(2):
        notices = carts.merge_visitor(customer=customer, wanted=[(shop, tea, 1), (shop, milk, 5)])
        assert [notice.message for notice in notices][-1] == "“milk”仅剩 2 件" or notices
    assert quantities(customer) == [10, 2]


def test_the_total_is_that_of_the_order(customer, mei, shop):
    tea = publish_sku(shop, "tea", stock=10)
    issue_coupon(mei)
    carts.add(customer=customer, shop=shop, sku=tea, quantity=3)
    (found,) = cart_list.read(customer)
    assert (found.price.list_fen, found.price.total_fen) == (3000, 2500)


def test_problems_and_changed_prices_are_shown(customer, shop):
    tea, milk = publish_sku(shop, "tea", stock=10), publish_sku(shop, "milk", stock=2)
    first = carts.add(customer=customer, shop=shop, sku=tea, quantity=3)
    carts.add(customer=customer, shop=shop, sku=milk, quantity=2)
    changes.adjust(shop=shop, sku=tea, difference=-9, reason="盘亏", key="a")
    shop_goods.change(shop, milk, is_sold=False)
    (found,) = cart_list.read(customer)
    assert {line.sku.id: line.problem for line in found.lines} == {tea.id: "short", milk.id: "off_sale"}
    assert found.price is None
    carts.change(first, quantity=1)
    (found,) = cart_list.read(customer)
    assert found.price.total_fen == 1000


def test_only_selected_lines_are_priced(customer, shop):
    tea, milk = publish_sku(shop, "tea"), publish_sku(shop, "milk", price_fen=600)
    line = carts.add(customer=customer, shop=shop, sku=tea, quantity=1)
    carts.add(customer=customer, shop=shop, sku=milk, quantity=1)
    for _ in range(2):
        carts.change(line, is_selected=False)
    (found,) = cart_list.read(customer)
    assert found.price.total_fen == 600


def test_a_line_of_another_customer_is_not_found(customer, shop):
    line = carts.add(customer=customer, shop=shop, sku=publish_sku(shop, "tea"), quantity=1)
    other: Any = Customer.get_by_id(order_fixtures.create_rich_member(2, value_fen=0).customer_id)
    assert error_code_of(lambda: carts.get_own(other, line.id)) == "not_found"
    assert carts.remove(customer=other, line_ids=[line.id]) == 0


def test_a_visitors_cart_has_current_prices_and_no_membership(shop):
    tea = publish_sku(shop, "tea", stock=2)
    (cart,) = cart_list.read_visitor([(shop, tea, 1), (shop, tea, 1)])
    (line,) = cart.lines
    assert (line.row.quantity, line.problem, cart.price.total_fen) == (2, "", 2_000)
    (cart,) = cart_list.read_visitor([(shop, tea, 3)])
    assert (cart.lines[0].problem, cart.price) == ("short", None)
    assert not CartLine.select().exists()
