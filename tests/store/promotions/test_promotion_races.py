"""Races of promotions: orders at once never have more than the limits, and without the guards they have."""

from collections import Counter

import pytest

from store.core.errors import DomainError
from store.customers import members
from store.customers.members import Member
from store.orders import orders
from store.promotions import uses
from store.promotions.tables import PromotionQuantity, PromotionUse
from tests.support import database, order_fixtures
from tests.support.order_fixtures import make_request
from tests.support.promotion_fixtures import THIRTY_LESS_FIVE, run
from tests.support.races import with_barrier, without_write_queue
from tests.support.shop_order_fixtures import publish_sku


def _place(shop, line, member, key):
    """The total of an order, or the code of the error."""
    try:
        return orders.place(request=make_request(shop, line, member=member), key=key).total_fen
    except DomainError as error:
        return error.code


def test_parallel_orders_of_a_member_never_exceed_the_limit(acme, verify_afterwards):
    shop, mei = order_fixtures.create_shop(), order_fixtures.create_rich_member()
    run(THIRTY_LESS_FIVE, limit_per_member=2)
    line = order_fixtures.line(3_000)
    found = database.run_concurrently(6, lambda number: _place(shop, line, mei, f"race-{number}"))
    assert Counter(found) == {2_500: 2, 3_000: 4}
    assert sum(row.times for row in PromotionUse.select()) == 2


def test_without_the_lock_of_the_member_two_orders_have_it(acme, monkeypatch):
    """The control: both orders have counted before one of them writes."""
    shop, mei = order_fixtures.create_shop(), order_fixtures.create_rich_member()
    run(THIRTY_LESS_FIVE, limit_per_member=1)
    monkeypatch.setattr(members, "lock", lambda member_id: Member.get_by_id(member_id))
    monkeypatch.setattr(uses, "_ensure_within_limits", with_barrier(uses._ensure_within_limits))
    line = order_fixtures.line(3_000)
    with without_write_queue():
        database.run_concurrently(2, lambda number: _place(shop, line, mei, f"race-{number}"))
        assert sum(row.times for row in PromotionUse.select()) == 2


@pytest.fixture
def limited(acme):
    """Tea at 5.00 instead of 10.00, three units for all, and six members."""
    shop = order_fixtures.create_shop()
    tea = publish_sku(shop, "tea", stock=20)
    row = {"product": "P-tea", "price_fen": 500, "quantity": 3}
    run({"kind": "special_price", "prices": [row]})
    buyers = [order_fixtures.create_rich_member(number, value_fen=0) for number in range(1, 7)]
    return shop, order_fixtures.line(1_000, product="P-tea", sku_id=tea.id), buyers


def test_parallel_orders_never_take_more_than_the_quantity(limited, verify_afterwards):
    shop, line, buyers = limited
    found = database.run_concurrently(6, lambda number: _place(shop, line, buyers[number], f"race-{number}"))
    assert Counter(found)[500] == 3
    assert set(found) <= {500, 1_000, "promotion_gone"}
    assert PromotionQuantity.get().taken == 3


def test_without_one_statement_a_unit_is_taken_twice(limited, monkeypatch):
    """The control: both orders have read the quantity before one of them writes."""
    shop, line, buyers = limited
    read = with_barrier(
        lambda promotion_id: PromotionQuantity.get(PromotionQuantity.promotion == promotion_id)
    )

    def count_badly(promotion_id: int, product: str, units: int) -> None:
        row = read(promotion_id)
        row.update_fields(taken=row.taken + units)

    monkeypatch.setattr(uses, "_count_quantity", count_badly)
    with without_write_queue():
        database.run_concurrently(2, lambda number: _place(shop, line, buyers[number], f"race-{number}"))
        assert sum(row.times for row in PromotionUse.select()) == 2
        assert PromotionQuantity.get().taken == 1
