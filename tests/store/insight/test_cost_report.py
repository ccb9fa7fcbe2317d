"""What points and coupons cost is reported by the cost centre that pays."""

from types import SimpleNamespace

import pytest

from store.check_ins import check_ins, make_ups
from store.core import clock
from store.core.errors import DomainError
from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.insight import cost_report
from store.insight.cost_report import Cost
from store.membership import follow_rewards
from store.points import order_accrual as point_order_accrual
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import PointEntry
from store.points.order_accrual import PaidOrder
from store.points.reversals import ReturnedLine
from store.tenants import cost_centres, settings
from tests.support import coupon_fixtures
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_a_report_adds_points_and_coupons_by_centre(mei, days):
    """Sales gives 40 points and gets 10 back. Marketing pays for two coupons of 5 yuan, a third came back.

    What is used on the next day is the next day's.
    """
    sales = cost_centres.create(code="sales", name="销售部")
    group = points.list_groups(mei.programme)[0]
    point_rules.add_rule(
        group=group, name="消费积分", basis="amount", points=1, per_units=100, cost_centre=sales
    )
    line = OrderLine(line="1", product="milk", quantity=4, paid_fen=4000)
    order = PaidOrder(
        number="O1", paid_at=clock.now(), lines=(line,), payments=(Payment("cash", 4000),), source="till"
    )
    point_order_accrual.post_order(member=mei, order=order)
    point_order_accrual.post_return(
        order_number="O1", number="R1", lines=[ReturnedLine("1", 1, 4)], refunded_fen=1000
    )
    rule = coupon_fixtures.create_listed_rule(claims_per_member=4)
    codes = [coupons.claim(rule=rule, member=mei, source="h5").code for _ in range(4)]

    def use(number: int) -> None:
        basket = coupon_fixtures.make_basket()
        coupon_redemptions.redeem(member=mei, codes=[codes[number]], basket=basket, order_number=f"O{number}")

    for number in range(3):
        use(number)
    coupon_redemptions.refund(order_number="O2")
    days.go(1)
    use(3)
    assert cost_report.list_by_cost_centre(since=end_of_day(-1), until=end_of_day(0)) == [
        Cost("marketing", "市场部", {}, coupons=2, coupon_fen=1000),
        Cost("sales", "销售部", {group.id: 30}),
    ]
    assert [
        row.coupon_fen for row in cost_report.list_by_cost_centre(since=end_of_day(0), until=end_of_day(1))
    ] == [500, 0]


def test_a_day_without_anything_costs_nothing(acme):
    coupon_fixtures.create_cost_centre()
    assert cost_report.list_by_cost_centre(since=end_of_day(0), until=end_of_day(1)) == [
        Cost("marketing", "市场部", {})
    ]


def test_what_is_given_in_no_one_s_name_is_last_and_redeeming_is_no_saving(mei, days, redeem):
    coupon_fixtures.create_cost_centre()
    check_ins.check_in(customer=mei.customer, source="h5")
    points.adjust(member=mei, value=20, reason="补登", key="k")
    redeem(10, "gift")
    group = points.list_groups(mei.programme)[0]
    found = cost_report.list_by_cost_centre(since=end_of_day(-1), until=end_of_day(0))
    assert found == [Cost("marketing", "市场部", {}), Cost("", cost_report.UNASSIGNED, {group.id: 25})]
    assert cost_report.sum_costs(found) == Cost("", "合计", {group.id: 25})


def test_check_ins_make_ups_and_follow_gifts_name_who_pays(mei, days, create_follower):
    coupon_fixtures.create_cost_centre()
    settings.change(check_ins.CheckInSettings, cost_centre="marketing")
    settings.change(follow_rewards.FollowRewardSettings, points=30, cost_centre="marketing")
    settings.change(make_ups.MakeUpSettings, enabled=True, price=1)
    check_ins.check_in(customer=mei.customer, source="h5")
    days.go(2)
    make_ups.make_up(customer=mei.customer, day=days.day(1), source="h5")
    followed = SimpleNamespace(properties={"first_time": True}, customer_id=mei.customer_id, channel_id=1)
    follow_rewards.grant(followed)
    given = PointEntry.select().where(PointEntry.kind == "behaviour_increase")
    assert {entry.cost_centre for entry in given} == {"marketing"}
    (marketing,) = cost_report.list_by_cost_centre(since=end_of_day(-1), until=end_of_day(2))
    assert sum(marketing.points.values()) == 5 + 5 + 30


@pytest.mark.parametrize("topic", [check_ins.CheckInSettings, follow_rewards.FollowRewardSettings])
def test_a_setting_names_a_cost_centre_that_is_there(acme, topic):
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == "cost_centre"):
        settings.change(topic, cost_centre="none")
