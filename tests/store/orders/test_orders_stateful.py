"""Orders at random: placed, changed, paid in parts, closed and returned; all sums are compared with a plain model."""

from itertools import count

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from store.customers.members import Member
from store.integrity import orders as order_checks
from store.orders import orders, return_records, returns, sold_orders
from store.orders.requests import Place, ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.points import points
from store.pricing.request import StaffDiscount
from store.shops.shops import Shop
from tests.support import order_fixtures
from tests.support.order_fixtures import line, make_request, pay_cash, value_of
from tests.support.state_machine import StoreMachine

POINTS, VALUE = 1_000_000, 400_000
RULES = st.tuples(
    st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 4)), min_size=1, max_size=3),
    st.integers(0, 30),
    st.integers(0, 300),
    st.integers(0, 500),
)


class OrderMachine(StoreMachine):
    """One member in one shop; `spent` is by order what money, points and stored value have paid."""

    checks = order_checks.CHECKS
    shop: Shop
    member: Member

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.open: list[str] = []
        self.paid: list[str] = []
        self.points, self.value = points.balance(self.member), value_of(self.member)

    @rule(wanted=RULES)
    def place(self, wanted) -> None:
        order = orders.place(request=self._request(wanted), key=f"machine-{id(self)}-{next(self.numbers)}")
        self._note(order)

    @precondition(lambda self: self.open)
    @rule(wanted=RULES, data=st.data())
    def change(self, wanted, data) -> None:
        number = data.draw(st.sampled_from(self.open))
        if orders.get(number).money_fen:
            return
        self.open.remove(number)
        self._note(orders.change(number=number, request=self._request(wanted)))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def pay_a_part(self, data) -> None:
        number = data.draw(st.sampled_from(self.open))
        order = orders.get(number)
        order = pay_cash(order, data.draw(st.integers(1, order.due_fen)))
        if order.state == "paid":
            self.open.remove(number)
            self.paid.append(number)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data) -> None:
        number = data.draw(st.sampled_from(self.open))
        self.open.remove(number)
        assert orders.close(number=number, reason="").state == "closed"

    @precondition(lambda self: self.paid)
    @rule(data=st.data())
    def give_back(self, data) -> None:
        order = orders.get(data.draw(st.sampled_from(self.paid)))
        states = sold_orders.replay(return_records.read(order))
        left = [state for state in states.values() if state.units_left]
        if not left:
            return
        state = data.draw(st.sampled_from(left))
        units = data.draw(st.integers(1, state.units_left))
        amount = (
            data.draw(st.integers(1, state.fen_left)) if state.fen_left and data.draw(st.booleans()) else None
        )
        wanted = ReturnLine(state.sold.line, units=None if amount else units, amount_fen=amount)
        request = ReturnRequest(
            number=f"R{next(self.numbers)}", order_number=order.number, lines=(wanted,),
            fee_fen=data.draw(st.sampled_from((0, 0, 50))),
        )  # fmt: skip
        done = returns.give_back(request=request, expected_fen=returns.preview(request).refund_fen)
        assert done.refund_fen + done.deducted_fen == done.order.total_fen

    def teardown(self) -> None:
        try:
            self._compare_with_sums()
        finally:
            super().teardown()

    def _note(self, order: Order) -> None:
        (self.paid if order.state == "paid" else self.open).append(order.number)

    def _request(self, wanted) -> Place:
        lines, percent, point_count, value_fen = wanted
        total = sum(price * quantity for price, quantity in lines)
        lowered = (StaffDiscount("d", "活动", percent=percent),) if percent else ()
        left = total * (100 - percent) // 100
        return make_request(
            self.shop, *[line(price, quantity) for price, quantity in lines], member=self.member,
            lowered=lowered, points=min(point_count, left // 2), stored_value_fen=min(value_fen, left // 2),
        )  # fmt: skip

    def _compare_with_sums(self) -> None:
        """Compare the balances with the orders that are open and paid, less their returns."""
        live = [orders.get(number) for number in (*self.open, *self.paid)]
        points_used = sum(
            tender.points - self._points_back(order) for order in live for tender in order.tenders
            if tender.kind == "points"
        )  # fmt: skip
        value_used = sum(
            tender.fen for order in live for tender in order.tenders if tender.kind == "stored_value"
        )
        value_back = sum(
            returns.get(order_number=order.number, number=row.return_number).stored_value_fen
            for order in live
            for row in return_records.list_returns(order)
        )
        assert value_of(self.member) == self.value - value_used + value_back
        assert points.balance(self.member) == self.points - points_used

    def _points_back(self, order: Order) -> int:
        tender = next(one for one in order.tenders if one.kind == "points")
        back = sum(
            returns.get(order_number=order.number, number=row.return_number).points_fen
            for row in return_records.list_returns(order)
        )
        return tender.points * back // tender.fen


def test_random_orders_keep_all_sums(shop):
    OrderMachine.shop = shop
    OrderMachine.member = order_fixtures.create_rich_member(point_count=POINTS, value_fen=VALUE)
    run_state_machine_as_test(
        OrderMachine,
        settings=hypothesis_settings(
            max_examples=12, stateful_step_count=12, derandomize=True, suppress_health_check=list(HealthCheck)
        ),
    )
