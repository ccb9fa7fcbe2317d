"""Races of flash sales with real threads and processes, and what happens without each guard."""

from collections import Counter
from typing import Any

import peewee

from store.core import actors
from store.core.errors import DomainError
from store.customers.members import Member
from store.flash_sales import entries, flash_sales, holds, items, publication
from store.flash_sales.entries import FlashSaleEntry
from store.flash_sales.flash_sales import FlashSale
from store.flash_sales.items import FlashSaleItem
from store.orders import orders
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.shops.shops import Shop
from tests.support import database
from tests.support.flash_fixtures import MAKER, buy, create_running, item_of
from tests.support.order_fixtures import create_rich_member, create_shop
from tests.support.races import with_barrier, without_write_queue
from tests.support.shop_order_fixtures import publish_sku
from tests.support.stock_fixtures import units_of

THREADS = 20  # a process has 24 connections to PostgreSQL


def result(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome there were: `ok`, or the code of the rejection."""
    return Counter(
        one.code if isinstance(one, DomainError) else "ok" if isinstance(one, Fulfilment) else repr(one)
        for one in outcomes
    )


def buy_once(shop: Shop, member: Member, item_id: int, key: str) -> Fulfilment:
    """One tap: a shopper whose phone is asked to wait taps again."""
    for _ in range(20):
        try:
            return buy(shop, member, FlashSaleItem.get_by_id(item_id), key=key)
        except DomainError as error:
            if error.code != "busy":
                raise
    raise AssertionError("still busy")


def test_flash_1_twenty_taps_of_one_and_nine_others_sell_ten_to_ten_people(shop, tea):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 10, "limit": 1})
    people = [create_rich_member(number, point_count=0, value_fen=0) for number in range(10)]
    taps = [people[0]] * 20 + people[1:]
    item = item_of(sale)

    def tap(place: int) -> Any:
        try:
            return buy_once(shop, taps[place], item.id, f"tap-{place}")
        except DomainError as error:
            return error

    parts = database.run_concurrently(
        THREADS, lambda n: [tap(place) for place in range(n, len(taps), THREADS)]
    )
    assert result([one for part in parts for one in part]) == {"ok": 10, "flash_limit": 19}
    assert sorted(Order.select(Order.member)[n].member_id for n in range(10)) == [one.id for one in people]
    assert (item_of(sale).held, item_of(sale).left, units_of(shop, tea)) == (10, 0, (10, 10, 0))


def test_of_more_buyers_than_units_each_unit_is_sold_once(shop, tea):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 3, "limit": 1})
    people = [create_rich_member(number, point_count=0, value_fen=0) for number in range(8)]
    item = item_of(sale)
    outcomes = database.run_concurrently(8, lambda n: buy_once(shop, people[n], item.id, f"tap-{n}"))
    assert result(outcomes) == {"ok": 3, "sold_out": 5}
    assert (item_of(sale).held, item_of(sale).left) == (3, 0)


def test_control_without_the_test_in_the_statement_only_the_constraint_is_left(shop, tea, monkeypatch):
    """Both have seen the last unit. The constraint of the table then fails the second one as a bug, not as sold out."""
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 1, "limit": 1})
    people = [create_rich_member(number, point_count=0, value_fen=0) for number in range(2)]
    item = item_of(sale)
    untested = 'UPDATE "flash_sale_item" SET "held" = "held" + ? WHERE "id" = ? AND ? > 0'
    monkeypatch.setattr(items, "_TAKE", untested)
    monkeypatch.setattr(holds, "find_problem", lambda *_: None)
    outcomes = database.run_concurrently(2, lambda n: buy_once(shop, people[n], item.id, f"tap-{n}"))
    assert sum(isinstance(one, Fulfilment) for one in outcomes) == 1
    assert sum(isinstance(one, peewee.IntegrityError) for one in outcomes) == 1


def test_control_without_the_members_lock_the_limit_is_passed(acme, monkeypatch):
    """Both have counted what the member has before either writes."""
    shop = create_shop()
    publish_sku(shop, "tea")
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 9, "limit": 1})
    item, outcomes = item_of(sale), []
    for number in range(1, 6):  # a thread that waited for the database may come too late
        me = create_rich_member(number, point_count=0, value_fen=0)
        counted = with_barrier(entries.count_of_member)
        with monkeypatch.context() as patch, without_write_queue():
            patch.setattr(holds.entries, "count_of_member", counted)
            found = database.run_concurrently(
                2, lambda n, me=me: holds.hold(f"order-{me.id}-{n}", me, {item.id: 1})
            )
        outcomes.append(sum(isinstance(one, dict) for one in found))
        if outcomes[-1] == 2:
            break
    assert 2 in outcomes


def test_a_stop_beside_orders_that_close_leaves_no_unit_behind(shop, tea):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 4, "limit": 1})
    item = item_of(sale)
    people = [create_rich_member(number, point_count=0, value_fen=0) for number in range(4)]
    rows = [buy_once(shop, one, item.id, f"tap-{n}") for n, one in enumerate(people)]

    def work(place: int) -> object:
        with actors.acting_as(MAKER):
            if place == 4:
                return publication.stop(FlashSale.get_by_id(sale.id), reason="标错价").state
            return orders.close(number=Order.get_by_id(rows[place].order_id).number, reason="不要了").state

    assert Counter(map(str, database.run_concurrently(5, work))) == {"closed": 4, "stopped": 1}
    assert (item_of(sale).returned, units_of(shop, tea)) == (4, (10, 0, 0))
    assert FlashSaleEntry.select().count() == 8
    assert flash_sales.get_by_public_id(sale.public_id).state == "stopped"
