"""What points and coupons cost is told by the cost centre that pays."""

from types import SimpleNamespace

import pytest

from store.company import settings
from store.kernel import clock
from store.kernel.refusals import Refused
from store.loyalty import (
    accruals,
    check_ins,
    cost_centres,
    costs,
    coupon_uses,
    coupons,
    follow_gifts,
    make_ups,
    point_rules,
    points,
)
from store.loyalty.accrual import OrderLine, Payment
from store.loyalty.accruals import PaidOrder
from store.loyalty.costs import Cost
from store.loyalty.point_accounts import PointEntry
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


def test_what_is_given_in_nobody_s_name_stands_last_and_redeeming_is_no_saving(mei, days, redeem):
    coupon_world.open_centre()
    check_ins.check_in(customer=mei.customer, source="h5")
    points.adjust(member=mei, value=20, reason="补登", key="k")
    redeem(10, "gift")
    group = points.groups(mei.programme)[0]
    found = costs.by_centre(since=ends(-1), until=ends(0))
    assert found == [Cost("marketing", "市场部", {}), Cost("", costs.NOBODY, {group.id: 25})]
    assert costs.total(found) == Cost("", "合计", {group.id: 25})


def test_check_ins_make_ups_and_follow_gifts_name_who_pays(mei, days, fan):
    coupon_world.open_centre()
    settings.change(check_ins.CheckInRules, cost_centre="marketing")
    settings.change(follow_gifts.FollowGift, points=30, cost_centre="marketing")
    settings.change(make_ups.MakeUpRules, allowed=True, price=1)
    check_ins.check_in(customer=mei.customer, source="h5")
    days.go(2)
    make_ups.make_up(customer=mei.customer, day=days.day(1), source="h5")
    followed = SimpleNamespace(properties={"first_time": True}, customer_id=mei.customer_id, channel_id=1)
    follow_gifts.give(followed)
    given = PointEntry.select().where(PointEntry.kind == "behaviour_increase")
    assert {entry.cost_centre for entry in given} == {"marketing"}
    (marketing,) = costs.by_centre(since=ends(-1), until=ends(2))
    assert sum(marketing.points.values()) == 5 + 5 + 30


@pytest.mark.parametrize("topic", [check_ins.CheckInRules, follow_gifts.FollowGift])
def test_a_setting_names_a_cost_centre_that_is_there(acme, topic):
    with pytest.raises(Refused, check=lambda no: no.facts["field"] == "cost_centre"):
        settings.change(topic, cost_centre="none")
