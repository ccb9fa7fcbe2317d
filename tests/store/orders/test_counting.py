"""What orders earn: points and spend follow the events, and go with the goods that come back."""

import pytest

from store.core.events import Event
from store.customers.members import Member
from store.orders import orders, returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order
from store.points import order_events as point_order_events
from store.points import points
from store.points import rules as point_rules
from store.purchases import Purchase
from store.tenants import cost_centres
from tests.support.order_fixtures import create_rich_member, line, pay_cash, place

HANDLERS = {
    "orders.paid": point_order_events.post_order,
    "orders.completed": point_order_events.post_order,
    "orders.member_attached": point_order_events.post_order,
    "orders.returned": point_order_events.post_return,
}


@pytest.fixture
def li(shop) -> Member:
    """A member with nothing yet, in a programme with one point a yuan."""
    member = create_rich_member(5, point_count=0, value_fen=10_000)
    group = points.list_groups(member.programme)[0]
    centre = cost_centres.create(code="points", name="积分")
    point_rules.add_rule(
        group=group, name="消费积分", basis="amount", points=1, per_units=100, cost_centre=centre
    )
    return member


def post_all() -> None:
    """Deliver all events of orders in their order; each may come twice."""
    for event in Event.select().where(Event.kind.in_(list(HANDLERS))).order_by(Event.id):
        HANDLERS[event.kind](event)


def give_back(order: Order, number: str, *lines: ReturnLine) -> None:
    returns.give_back(request=ReturnRequest(number=number, order_number=order.number, lines=lines))


def spend(member: Member) -> int:
    return sum(row.paid_fen - row.returned_fen for row in Purchase.select().where(Purchase.member == member))


def test_ret_7_a_whole_return_takes_all_points_back(shop, li):
    order = pay_cash(place(shop, line(10_000), member=li))
    for _ in range(2):
        post_all()
    assert (points.balance(li), spend(li)) == (100, 10_000)
    give_back(order, "R1", ReturnLine("1", units=1))
    post_all()
    assert (points.balance(li), spend(li)) == (0, 0)


def test_points_go_with_the_units(shop, li):
    order = place(shop, line(1000, 3), line(700), member=li, stored_value_fen=1000)
    order = pay_cash(order)
    post_all()
    assert (points.balance(li), spend(li)) == (37, 3700)
    for number in range(3):
        request = ReturnRequest(f"R{number}", order.number, (ReturnLine("1", units=1),))
        assert returns.preview(request).points_taken_back == 10
        returns.give_back(request=request)
        post_all()
    assert (points.balance(li), spend(li)) == (7, 700)


def test_after_an_amount_points_go_in_fen(shop, li):
    order = pay_cash(place(shop, line(1000, 3), member=li))
    post_all()
    give_back(order, "R0", ReturnLine("1", amount_fen=600))
    post_all()
    assert (points.balance(li), spend(li)) == (24, 2400)
    for number in range(1, 4):
        give_back(order, f"R{number}", ReturnLine("1", units=1))
        post_all()
    assert (points.balance(li), spend(li)) == (0, 0)


def test_a_unit_and_then_an_amount_take_all_back(shop, li):
    order = pay_cash(place(shop, line(1000, 3), member=li))
    post_all()
    give_back(order, "R1", ReturnLine("1", units=1))
    give_back(order, "R2", ReturnLine("1", amount_fen=1000))
    give_back(order, "R3", ReturnLine("1", units=2))
    post_all()
    assert (points.balance(li), spend(li)) == (0, 0)


def test_what_came_back_before_the_order_counted_never_earned(shop, li):
    order = pay_cash(place(shop, line(1000, 3), member=li, kind="pickup"))
    give_back(order, "R1", ReturnLine("1", units=1))
    post_all()
    assert points.balance(li) == 0
    orders.complete(number=order.number)
    post_all()
    assert (points.balance(li), spend(li)) == (20, 2000)
    give_back(order, "R2", ReturnLine("1", units=2))
    post_all()
    assert (points.balance(li), spend(li)) == (0, 0)


def test_an_order_that_came_back_whole_counts_for_nothing(shop, li):
    order = pay_cash(place(shop, line(1000), member=li, kind="pickup"))
    give_back(order, "R1", ReturnLine("1", units=1))
    orders.complete(number=order.number)
    post_all()
    assert (points.balance(li), Purchase.select().count()) == (0, 0)


def test_a_member_who_is_attached_earns_what_is_left(shop, li):
    order = pay_cash(place(shop, line(1000, 3)))
    give_back(order, "R1", ReturnLine("1", units=1))
    post_all()
    orders.attach_member(number=order.number, member=li)
    post_all()
    assert (points.balance(li), spend(li)) == (20, 2000)
    give_back(order, "R2", ReturnLine("1", units=2))
    post_all()
    assert (points.balance(li), spend(li)) == (0, 0)


def test_what_points_and_gifts_pay_earns_nothing(shop, li):
    points.earn(member=li, kind="behaviour_increase", value=1000, key="gift")
    gift = line(0, product="gift", gift_for=("1",), gift_value_fen=300)
    order = pay_cash(place(shop, line(4000), gift, member=li, points=1000))
    post_all()
    assert (points.balance(li), spend(li)) == (30, 3000)
    give_back(order, "R1", ReturnLine("1", units=1))
    give_back(order, "R2", ReturnLine("2", units=1))
    post_all()
    assert (points.balance(li), spend(li)) == (1000, 0)
