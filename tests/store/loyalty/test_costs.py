"""What points and coupons cost is told by the cost centre that pays."""

import pytest

from store.kernel import clock
from store.loyalty import accruals, cost_centres, costs, coupon_uses, coupons, point_rules, points
from store.loyalty.accrual import OrderLine, Payment
from store.loyalty.accruals import PaidOrder
from store.loyalty.costs import Cost
from store.loyalty.point_returns import ReturnedLine
from tests.store.loyalty import coupon_world
from tests.store.loyalty.conftest import ends

pytestmark = pytest.mark.usefixtures("sound")


def test_a_report_adds_points_and_coupons_by_centre(mei, days):
    """Sales gives 40 points and gets 10 back. Marketing pays for two coupons of 5 yuan, a third came back.

    What is used on the next day is the next day's.
    """
    sales = cost_centres.open_cost_centre(code="sales", name="销售部")
    group = points.groups(mei.programme)[0]
    point_rules.add(group=group, name="消费积分", basis="amount", points=1, per=100, cost_centre=sales)
    line = OrderLine(line="1", product="milk", quantity=4, paid_fen=4000)
    order = PaidOrder(
        number="O1", paid_at=clock.now(), lines=(line,), payments=(Payment("cash", 4000),), source="till"
    )
    accruals.book(member=mei, order=order)
    accruals.reverse(order_number="O1", number="R1", lines=[ReturnedLine("1", 1, 4)], refunded_fen=1000)
    rule = coupon_world.listed(claims_per_member=4)
    codes = [coupons.claim(rule=rule, member=mei, source="h5").code for _ in range(4)]

    def use(number: int) -> None:
        basket = coupon_world.basket()
        coupon_uses.redeem(member=mei, codes=[codes[number]], basket=basket, order_number=f"O{number}")

    for number in range(3):
        use(number)
    coupon_uses.give_back(order_number="O2")
    days.go(1)
    use(3)
    assert costs.by_centre(since=ends(-1), until=ends(0)) == [
        Cost("marketing", "市场部", {}, coupons=2, coupon_fen=1000),
        Cost("sales", "销售部", {group.id: 30}),
    ]
    assert [row.coupon_fen for row in costs.by_centre(since=ends(0), until=ends(1))] == [500, 0]


def test_a_day_without_anything_costs_nothing(acme):
    coupon_world.open_centre()
    assert costs.by_centre(since=ends(0), until=ends(1)) == [Cost("marketing", "市场部", {})]
