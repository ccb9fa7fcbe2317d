"""Orders and stock at random: whatever customers, staff and clocks do, units and amounts add up."""

from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from store.catalog.skus import Sku
from store.core.database import db
from store.core.errors import DomainError
from store.customers.members import Member
from store.integrity import orders as order_checks
from store.integrity import promotions as promotion_checks
from store.integrity import shop_orders as shop_order_checks
from store.integrity import stock as stock_checks
from store.orders import snapshots
from store.orders.fulfilments import Fulfilment
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.promotions import promotions
from store.promotions.tables import Promotion
from store.shop_orders import moves, price_changes, refunds, timeouts
from store.shops.shops import Shop
from store.stock import changes
from tests.support import order_fixtures
from tests.support.promotion_fixtures import run
from tests.support.shop_order_fixtures import submit
from tests.support.state_machine import StoreMachine
from tests.support.stock_fixtures import units_of

PICK = st.integers(0, 10_000)
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"parameters": {"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 900, "per_order": 2,
                                                         "quantity": 7}]}, "limit_per_member": 3},
    {"parameters": {"kind": "second_half"}, "limit_per_member": 4, "products": ["P-milk"]},
    {"parameters": {"kind": "bundle", "parts": [{"products": ["P-tea"]}, {"products": ["P-milk"]}],
                    "price_fen": 1_400}, "priority": 200},
    {"parameters": {"kind": "reduction", "steps": [{"from_fen": 1_500, "off_fen": 150}], "repeats": True},
     "recalculates": True, "limit_per_member": 5},
    {"parameters": {"kind": "member_day", "steps": [{"percent": 3}]}},
    {"parameters": {"kind": "gift", "steps": [{"from_fen": 2_000, "gifts": [{"sku": "milk"}]}]}},
)  # fmt: skip


class ShopOrderMachine(StoreMachine):
    """Two members order two SKUs of one shop; `adjusted` is what staff put in and took out by SKU.

    Promotions of all kinds hold, with limits, one of them gives milk. Staff pause and resume them.
    """

    checks = (
        *order_checks.CHECKS, *shop_order_checks.CHECKS, *stock_checks.CHECKS, *promotion_checks.CHECKS,
    )  # fmt: skip
    promotions: tuple[Promotion, ...] = ()
    shop: Shop
    members: tuple[Member, Member]
    skus: tuple[Sku, Sku]

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.orders: list[str] = []
        self.adjusted = {sku.id: units_of(self.shop, sku)[0] for sku in self.skus}

    @rule(
        quantities=st.lists(st.integers(1, 4), min_size=1, max_size=3), kind=st.sampled_from(("pickup", "delivery")),
        terms=st.sampled_from(("online", "online", "cash_on_delivery")), points=st.sampled_from((0, 0, 300)),
        member=st.integers(0, 1),
    )  # fmt: skip
    def submit(self, quantities, kind, terms, points, member) -> None:
        wanted = [(self.skus[place % 2], quantity) for place, quantity in enumerate(quantities)]
        row = self._try(
            submit, self.shop, self.members[member], *wanted, key=self._key(), kind=kind, payment_terms=terms,
            points=points,
        )  # fmt: skip
        if row is not None:
            self.orders.append(row.order.number)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def pay(self, pick) -> None:
        order = self._pick(pick)
        if order.state == "placed" and order.due_fen:
            attempt = self._try(order_fixtures.start_attempt, order, key=self._key())
            if attempt is not None:
                order_fixtures.settle(attempt, "succeeded" if pick % 4 else "closed")

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, move=st.sampled_from(("accept", "mark_ready", "ship", "receive", "complete")))
    def move(self, pick, move) -> None:
        self._try(getattr(moves, move), number=self._pick(pick).number)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def hand_over(self, pick) -> None:
        order = self._pick(pick)
        self._try(moves.hand_over, number=order.number, received_fen=order.due_fen or None)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, by_staff=st.booleans(), rejects=st.booleans())
    def give_up(self, pick, by_staff, rejects) -> None:
        number = self._pick(pick).number
        if rejects:
            self._try(moves.reject, number=number, reason="缺货")
        else:
            self._try(moves.cancel, number=number, reason="不要了", by_staff=by_staff)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, line=st.integers(1, 3), units=st.integers(1, 2))
    def refund(self, pick, line, units) -> None:
        self._try(
            refunds.refund_lines, number=self._pick(pick).number, return_number=self._key(),
            lines=[ReturnLine(str(line), units=units)], reason="缺货",
        )  # fmt: skip

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, amount=st.integers(1, 400))
    def lower(self, pick, amount) -> None:
        self._try(
            price_changes.lower, number=self._pick(pick).number, change_number=self._key(), amount_fen=amount,
            reason="老顾客",
        )  # fmt: skip

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def let_time_pass(self, pick) -> None:
        order = self._pick(pick)
        Fulfilment.update(due_at=order.placed_at).where(
            (Fulfilment.order == order.id) & Fulfilment.due_at.is_null(False)
        ).execute()
        self._try(timeouts.take_step, number=order.number)

    @rule(pick=PICK, pauses=st.booleans())
    def pause(self, pick, pauses) -> None:
        promotion = self.promotions[pick % len(self.promotions)]
        if pauses:
            self._try(promotions.pause, promotion, reason="检查")
        else:
            self._try(promotions.resume, promotion)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def refund_gift(self, pick) -> None:
        self._try(
            refunds.refund_lines, number=self._pick(pick).number, return_number=self._key(),
            lines=[ReturnLine("G1", units=1)], reason="不要赠品",
        )  # fmt: skip

    @rule(place=st.integers(0, 1), difference=st.integers(-3, 5))
    def adjust(self, place, difference) -> None:
        sku = self.skus[place]
        if difference and self._try(
            changes.adjust, shop=self.shop, sku=sku, difference=difference, reason="盘点", key=self._key()
        ):
            self.adjusted[sku.id] += difference

    def teardown(self) -> None:
        try:
            self._compare_units()
            for number in self.orders:
                self._compare_amounts(Order.get(Order.number == number))
        finally:
            super().teardown()

    def _compare_units(self) -> None:
        """Sold, reserved and left units are what staff put in."""
        for sku in self.skus:
            on_hand, reserved, sold = units_of(self.shop, sku)
            assert on_hand + sold == self.adjusted[sku.id]
            assert 0 <= reserved <= on_hand

    def _compare_amounts(self, order: Order) -> None:
        """An order is its lines less discounts, with the freight; what pays it is split over the lines."""
        lines = snapshots.list_lines(order)
        goods = sum(line.goods_fen for line in lines if not line.is_freight)
        assert order.total_fen == goods + order.freight_fen
        assert order.list_fen - sum(one.fen for one in snapshots.list_discounts(order)) == order.total_fen

    def _pick(self, pick: int) -> Order:
        return Order.get(Order.number == self.orders[pick % len(self.orders)])

    def _key(self) -> str:
        return f"M{next(self.numbers)}-{id(self)}"

    def _try(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do what may be refused: then nothing is changed, which the end of the life compares."""
        self.count_step()
        try:
            with db.database.savepoint():
                return work(*args, **kwargs)
        except DomainError:
            return None


def test_random_orders_keep_units_and_amounts(shop, tea, milk):
    ShopOrderMachine.shop, ShopOrderMachine.skus = shop, (tea, milk)
    ShopOrderMachine.members = tuple(
        order_fixtures.create_rich_member(number, value_fen=0) for number in (1, 2)
    )
    ShopOrderMachine.promotions = tuple(run(**values) for values in PROMOTIONS)
    run_state_machine_as_test(
        ShopOrderMachine,
        settings=hypothesis_settings(
            max_examples=15, stateful_step_count=25, derandomize=True, suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )  # fmt: skip
