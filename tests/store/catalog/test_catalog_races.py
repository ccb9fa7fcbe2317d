"""Races for goods: codes, publication, categories and imports; and without the guard the rows would not agree."""

from collections import Counter
from contextlib import nullcontext
from threading import Event
from typing import Any

import pytest

from store.catalog import categories, category_retirement, changes, csv_import, products, shop_goods, skus
from store.catalog.categories import Category
from store.catalog.products import Product
from store.catalog.shop_goods import ShopProduct
from store.core.database import db
from store.core.errors import DomainError
from store.integrity.catalog import CHECKS
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

BARCODE = "6901234567915"


def outcome(work: Any, *args: Any, **kwargs: Any) -> str:
    try:
        work(*args, **kwargs)
    except DomainError as refused:
        return refused.code
    return "ok"


def create_one(number: int, **values: Any) -> str:
    row = {"code": f"K{number}", "list_price_fen": 200} | values
    return outcome(changes.create_product, code=f"K{number}", name=f"盐 {number}", skus=[row])


def read_unlocked(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def find_violations() -> list[Any]:
    return [row for check in CHECKS for row in check.find_violations()]


@pytest.mark.parametrize(
    ("values", "error"), [({"barcode": BARCODE}, "barcode_taken"), ({"code": "K"}, "sku_code_taken")]
)
def test_a_code_of_many_products_at_once_goes_to_one(acme, values, error):
    outcomes = database.run_concurrently(4, lambda number: create_one(number, **values))
    assert Counter(outcomes) == {"ok": 1, error: 3}
    assert Product.select().count() == 1


@pytest.mark.parametrize(
    ("values", "index"), [({"barcode": BARCODE}, "sku_barcode"), ({"code": "K"}, "sku_code")]
)
def test_control_without_the_index_two_products_have_the_code(acme, monkeypatch, values, index):
    monkeypatch.setattr(skus, "_ensure_free", with_barrier(skus._ensure_free))
    with without_index(index), without_write_queue():
        assert database.run_concurrently(2, lambda number: create_one(number, **values)) == ["ok", "ok"]


def test_customers_see_the_price_and_category_of_changes_during_a_publication(shop, cola, drinks):
    other = categories.create_category(code="C9", name="酒水")
    sku = skus.find_by_barcode("6901234567892")
    shop_goods.take_over(shop, [cola])
    for number in range(4):
        works = (
            lambda: changes.publish(cola),
            lambda price=250 - number: shop_goods.change(shop, sku, price_fen=price),
            lambda target=(other, drinks)[number % 2]: changes.change_product(cola, category=target),
        )
        assert database.run_concurrently(3, lambda n, works=works: outcome(works[n])) == ["ok"] * 3
        assert (ShopProduct.get().lowest_fen, find_violations()) == (250 - number, [])
        changes.unpublish(cola)


def test_control_without_the_lock_customers_see_the_price_before_the_change(shop, cola, monkeypatch):
    sku = skus.find_by_barcode("6901234567892")
    shop_goods.take_over(shop, [cola])
    computed, changed, published = Event(), Event(), Event()

    def insert_computed(query: Any, fields: Any) -> Any:
        rows = list(query.tuples())
        if computed.is_set():  # the change, which has written its price
            changed.set()
            assert published.wait(10)
        else:
            computed.set()
            assert changed.wait(10)
        return ShopProduct.insert_many(rows, fields) if rows else ShopProduct.noop()

    def act(number: int) -> str:
        if number:
            assert computed.wait(10)
            return outcome(shop_goods.change, shop, sku, price_fen=250)
        found = outcome(changes.publish, cola)
        published.set()
        return found

    monkeypatch.setattr(products, "lock", read_unlocked)
    monkeypatch.setattr(shop_goods, "lock_products", lambda ids: ids)
    monkeypatch.setattr(ShopProduct, "insert_from", insert_computed)
    with without_write_queue():
        assert database.run_concurrently(2, act) == ["ok", "ok"]
    assert ShopProduct.get().lowest_fen == 300
    assert len(find_violations()) == 1


def start_publication(drinks: Category) -> Any:
    row = {"code": "K1", "list_price_fen": 200}
    product = changes.create_product(code="K1", name="盐", category=drinks, skus=[row])
    return lambda: changes.publish(product)


def start_restoration(drinks: Category) -> Any:
    tea = categories.create_category(code="C2", name="茶", parent=drinks)
    category_retirement.retire_category(tea)
    return lambda: categories.restore_category(tea)


@pytest.mark.parametrize("start", [start_publication, start_restoration])
def test_a_category_is_not_retired_while_something_below_it_comes_into_use(drinks, start):
    works = (start(drinks), lambda: category_retirement.retire_category(drinks))
    outcomes = database.run_concurrently(2, lambda number: outcome(works[number]))
    assert outcomes in (["ok", "category_in_use"], ["category_retired", "ok"])


@pytest.mark.parametrize("start", [start_publication, start_restoration])
def test_control_without_the_lock_a_retired_category_has_something_in_use(drinks, monkeypatch, start):
    work, checked, retired = start(drinks), Event(), Event()
    ensure = categories.ensure_in_use

    def ensure_then_wait(category: Category) -> None:
        ensure(category)
        checked.set()
        assert retired.wait(10)

    def act(number: int) -> str:
        if not number:
            return outcome(work)
        assert checked.wait(10)
        found = outcome(category_retirement.retire_category, drinks)
        retired.set()
        return found

    monkeypatch.setattr(categories, "lock", read_unlocked)
    monkeypatch.setattr(categories, "ensure_in_use", ensure_then_wait)
    with without_write_queue():
        assert database.run_concurrently(2, act) == ["ok", "ok"]


def test_an_import_overwrites_no_change_of_the_same_moment(cola):
    for number in range(4):
        lines = csv_import.parse_csv(f"code,name\nP1,可乐 {number}\n")
        planned = csv_import.dry_run(lines)
        works = (
            lambda lines=lines, planned=planned: csv_import.import_all(lines, expected=planned),
            lambda name=f"健怡 {number}": changes.change_product(cola, name=name),
        )
        outcomes = database.run_concurrently(2, lambda n, works=works: outcome(works[n]))
        assert outcomes in (["ok", "ok"], ["import_outdated", "ok"])
        assert products.find_by_code("P1").name == f"健怡 {number}"


def test_control_without_the_lock_an_import_overwrites_a_change(cola, monkeypatch):
    lines = csv_import.parse_csv("code,name\nP1,可乐\n")
    planned = csv_import.dry_run(lines)
    read, changed = Event(), Event()

    def read_then_wait(codes: Any) -> dict[str, Product]:
        found = {code: products.find_by_code(code) for code in codes}
        read.set()
        assert changed.wait(10)
        return found

    def act(number: int) -> str:
        if not number:
            return outcome(csv_import.import_all, lines, expected=planned)
        assert read.wait(10)
        found = outcome(changes.change_product, cola, name="健怡可乐")
        changed.set()
        return found

    monkeypatch.setattr(products, "lock_by_codes", read_then_wait)
    monkeypatch.setattr(db, "savepoint", nullcontext)  # which is a transaction where there is none
    monkeypatch.setattr(type(db.database), "savepoint", lambda self: nullcontext())
    with without_write_queue():
        assert database.run_concurrently(2, act) == ["ok", "ok"]
    assert products.find_by_code("P1").name == "可乐"
