"""Stock at random beside a plain model: sold + reserved + left = received + adjustments, for each SKU."""

import os
from collections import Counter
from itertools import count

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from store.catalog.skus import Sku
from store.integrity import stock as stock_checks
from store.shops.shops import Shop
from store.stock import changes, reservations
from store.stock.stock_lines import StockLine
from tests.support.state_machine import StoreMachine, run_machine
from tests.support.stock_fixtures import create_sku, units_of

SKUS = st.integers(0, 2)
QUANTITIES = st.integers(1, 4)
LINES = st.lists(st.tuples(SKUS, QUANTITIES), min_size=1, max_size=4)


class StockMachine(StoreMachine):
    """One shop with three SKUs. `added` is what came in by SKU, `reserved` and `sold` are by order and SKU."""

    checks = stock_checks.CHECKS
    shop: Shop
    skus: tuple[Sku, ...]

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.added: Counter[int] = Counter()
        self.reserved: dict[str, Counter[int]] = {}
        self.sold: dict[str, Counter[int]] = {}

    @rule(sku=SKUS, quantity=QUANTITIES)
    def receive(self, sku, quantity) -> None:
        values = {"shop": self.shop, "sku": self.skus[sku], "quantity": quantity, "key": self._name("in")}
        for _ in range(2):
            self.agree(None, lambda: changes.receive(**values))
        self.added[sku] += quantity

    @rule(sku=SKUS, difference=st.integers(-4, 4).filter(bool))
    def adjust(self, sku, difference) -> None:
        values = {"shop": self.shop, "sku": self.skus[sku], "reason": "破损", "key": self._name("adjust")}
        rejection = "stock_short" if self._left(sku) + difference < 0 else None
        self.agree(rejection, lambda: changes.adjust(difference=difference, **values))
        if not rejection:
            self.added[sku] += difference

    @rule(sku=SKUS, counted=st.integers(0, 8))
    def take_stock(self, sku, counted) -> None:
        values = {"shop": self.shop, "sku": self.skus[sku], "key": self._name("count")}
        here = self._left(sku) + self._sum(self.reserved, sku)
        rejection = "stock_short" if counted < here - self._left(sku) else None
        self.agree(rejection, lambda: changes.count(counted=counted, **values))
        if not rejection:
            self.added[sku] += counted - here

    @rule(lines=LINES)
    def reserve(self, lines) -> None:
        wanted: Counter[int] = Counter()
        for sku, quantity in lines:
            wanted[sku] += quantity
        number = self._name("O")
        rejection = "stock_short" if any(wanted[sku] > self._left(sku) for sku in wanted) else None
        asked = [StockLine(self.skus[sku].id, quantity) for sku, quantity in lines]
        self.agree(rejection, lambda: reservations.reserve(shop=self.shop, order_number=number, lines=asked))
        if not rejection:
            self.reserved[number] = wanted

    @precondition(lambda self: self.reserved)
    @rule(data=st.data())
    def release(self, data) -> None:
        number = data.draw(st.sampled_from(sorted(self.reserved)))
        reservations.release(number)
        del self.reserved[number]
        self.agree("stock_released", lambda: reservations.commit(number))

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), quantity=QUANTITIES)
    def release_units(self, data, quantity) -> None:
        number = data.draw(st.sampled_from(sorted(self.reserved)))
        sku = data.draw(st.sampled_from(sorted(self.reserved[number])))
        values = {"lines": [StockLine(self.skus[sku].id, quantity)], "key": self._name("R")}
        rejection = "stock_not_reserved" if quantity > self.reserved[number][sku] else None
        self.agree(rejection, lambda: reservations.release_units(order_number=number, **values))
        if not rejection:
            self.reserved[number][sku] -= quantity
            if not self.reserved[number].total():
                del self.reserved[number]

    @precondition(lambda self: self.reserved)
    @rule(data=st.data())
    def commit(self, data) -> None:
        number = data.draw(st.sampled_from(sorted(self.reserved)))
        reservations.commit(number)
        self.sold[number] = self.reserved.pop(number)
        self.agree("stock_sold", lambda: reservations.release(number))

    @precondition(lambda self: self.sold)
    @rule(data=st.data(), quantity=QUANTITIES)
    def give_back(self, data, quantity) -> None:
        number = data.draw(st.sampled_from(sorted(self.sold)))
        sku = data.draw(st.sampled_from(sorted(self.sold[number])))
        lines, key = [StockLine(self.skus[sku].id, quantity)], self._name("R")
        rejection = "stock_not_sold" if quantity > self.sold[number][sku] else None
        self.agree(rejection, lambda: reservations.give_back(order_number=number, lines=lines, key=key))
        if not rejection:
            self.sold[number][sku] -= quantity

    @invariant()
    def compare_with_model(self) -> None:
        for number, sku in enumerate(self.skus):
            on_hand, reserved, sold = units_of(self.shop, sku)
            assert (reserved, sold) == (self._sum(self.reserved, number), self._sum(self.sold, number))
            assert sold + reserved + (on_hand - reserved) == self.added[number]

    def _left(self, sku: int) -> int:
        return self.added[sku] - self._sum(self.reserved, sku) - self._sum(self.sold, sku)

    def _sum(self, orders: dict[str, Counter[int]], sku: int) -> int:
        return sum(units[sku] for units in orders.values())

    def _name(self, prefix: str) -> str:
        return f"{prefix}-{next(self.numbers)}"


@pytest.mark.timeout(600)
def test_random_stock_keeps_all_sums(shop):
    StockMachine.shop = shop
    StockMachine.skus = tuple(create_sku(f"sku{number}") for number in range(3))
    steps = int(os.environ["STEPS"])
    assert run_machine(StockMachine, steps=steps) >= steps
