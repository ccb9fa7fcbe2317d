"""Orders are reported by their channels, and what they earn and lose follows through the relay."""

from datetime import timedelta

import pytest

from store.core import clock, events, outbox
from store.core.errors import DomainError
from store.core.events import Event, EventDelivery
from store.customers.merging import merges
from store.points import order_events as point_order_events
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.order_accrual import PaidOrder
from store.points.order_events import ReturnedOrder
from store.points.reversals import ReturnedLine
from store.purchases import Purchase
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import cost_centres
from tasks import relay
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def rule(mei):
    """One point a yuan."""
    return point_rules.add_rule(
        group=points.list_groups(mei.programme)[0], name="消费积分", basis="amount", points=1, per_units=100,
        cost_centre=cost_centres.create(code="marketing", name="市场部"),
    )  # fmt: skip


def order(number="T1", *, paid_fen=3000, source="till", **about) -> PaidOrder:
    line = OrderLine(
        line="1", product="milk", quantity=3, paid_fen=paid_fen, categories=frozenset({"dairy", "cold"})
    )
    facts = {"paid_at": clock.now(), "lines": (line,), "payments": (Payment("wechat", paid_fen),), **about}
    return PaidOrder(number=number, source=source, **facts)


def returned_order(number="R1", *, order_number="T1", part=1, refunded_fen=1000) -> ReturnedOrder:
    return ReturnedOrder(
        order_number=order_number,
        number=number,
        lines=(ReturnedLine("1", part, 3),),
        refunded_fen=refunded_fen,
    )


def list_events() -> list[str]:
    return [row.kind for row in Event.select().where(Event.kind.startswith("orders.")).order_by(Event.id)]


def test_a_reported_order_is_booked_by_the_relay(mei, rule, balances):
    shop = shops.create_shop(code="S1", name="人民广场店", location=Coordinates(121.4737, 31.2304))
    point_order_events.report_paid(member=mei, order=order(shop_id=shop.id))
    assert balances() == (0, 0, 0, 0)
    relay.run("acme")
    assert balances() == (30, 30, 0, 0)
    purchase = Purchase.get()
    assert (purchase.order_number, purchase.shop_id, purchase.at) == ("T1", shop.id, clock.now())
    relay.run("acme")
    assert balances() == (30, 30, 0, 0)


def test_two_channels_that_tell_one_order_make_one_event(mei, rule, balances):
    once = point_order_events.report_paid(member=mei, order=order(source="till"))
    assert point_order_events.report_paid(member=mei, order=order(source="tmall")) == once
    relay.run("acme")
    assert point_order_events.report_paid(member=mei, order=order(source="erp")) == once
    relay.run("acme")
    assert (list_events(), balances()) == (["orders.paid"], (30, 30, 0, 0))


def test_numbers_that_only_look_alike_are_orders_of_their_own(mei, rule):
    for number in ("T%", "T1", "t1", 'T"1', "T\\1", "T_"):
        point_order_events.report_paid(member=mei, order=order(number))
    assert len(list_events()) == 6


def test_eight_channels_at_once_make_one_event(mei, rule):
    done = database.run_concurrently(8, lambda _: point_order_events.report_paid(member=mei, order=order()))
    assert all(row == done[0] for row in done), done
    assert list_events() == ["orders.paid"]


@pytest.mark.parametrize("booked", [False, True])
def test_another_amount_under_the_same_number_is_refused(mei, rule, booked):
    point_order_events.report_paid(member=mei, order=order())
    if booked:
        relay.run("acme")
    with pytest.raises(DomainError) as refused:
        point_order_events.report_paid(member=mei, order=order(paid_fen=3001))
    assert (refused.value.code, list_events()) == ("key_reused", ["orders.paid"])


def test_a_booked_order_is_not_reported_of_someone_else(mei, rule, register):
    point_order_events.report_paid(member=mei, order=order())
    relay.run("acme")
    with pytest.raises(DomainError) as refused:
        point_order_events.report_paid(member=register("13912345678"), order=order())
    assert (refused.value.code, list_events()) == ("key_reused", ["orders.paid"])


@pytest.mark.parametrize(
    ("field", "about"),
    [
        ("payments", {"payments": (Payment("wechat", 2999),)}),
        ("paid_at", {"paid_at": clock.now() + timedelta(days=400)}),
        ("lines", {"lines": ()}),
        ("lines", {"lines": (OrderLine("1", "milk", 1, 1000),) * 3}),
        ("lines.0.quantity", {"lines": (OrderLine("1", "milk", 0, 3000),)}),
        ("lines.0.paid_fen", {"lines": (OrderLine("1", "milk", 1, -1),)}),
        ("lines.0.paid_fen", {"lines": (OrderLine("1", "milk", 1, 30.5),)}),
        ("lines.0.product", {"lines": (OrderLine("1", "mi\0lk", 1, 3000),)}),
        ("number", {"number": "T" * 65}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_and_no_one_hears_of_it(mei, rule, field, about):
    with pytest.raises(DomainError) as refused:
        point_order_events.report_paid(member=mei, order=order(**about))
    assert (refused.value.details["field"], list_events()) == (field, [])


def test_a_return_takes_its_share_and_is_reported_once(mei, rule, balances):
    """3 pieces earned 30: one comes back, reported by two channels."""
    point_order_events.report_paid(member=mei, order=order())
    relay.run("acme")
    once = point_order_events.report_returned(member=mei, returned_order=returned_order())
    assert point_order_events.report_returned(member=mei, returned_order=returned_order()) == once
    relay.run("acme")
    assert (balances(), Purchase.get().returned_fen) == ((20, 20, 0, 0), 1000)
    with pytest.raises(DomainError) as refused:
        point_order_events.report_returned(member=mei, returned_order=returned_order(refunded_fen=1))
    assert refused.value.code == "key_reused"


def test_a_till_that_scans_piece_by_piece_returns_them_all(mei, rule, balances):
    """3 pieces earned 30: two come back as two times one."""
    point_order_events.report_paid(member=mei, order=order())
    relay.run("acme")
    two = ReturnedOrder("T1", "R1", (ReturnedLine("1", 1, 3),) * 2, refunded_fen=2000)
    for _ in range(2):
        point_order_events.report_returned(member=mei, returned_order=two)
        relay.run("acme")
    assert (balances(), Purchase.get().returned_fen) == ((10, 10, 0, 0), 2000)


def test_a_line_comes_back_by_pieces_first_and_by_amount_then(mei, rule, balances):
    point_order_events.report_paid(member=mei, order=order())
    for number, line in (("R1", ReturnedLine("1", 1, 3)), ("R2", ReturnedLine("1", 1000, 3000))):
        point_order_events.report_returned(
            member=mei, returned_order=ReturnedOrder("T1", number, (line,), refunded_fen=1000)
        )
    relay.run("acme")
    assert (balances(), Purchase.get().returned_fen) == ((10, 10, 0, 0), 2000)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((ReturnedLine("1", 2, 3),) * 2, "return_exceeds"),
        ((ReturnedLine("1", 4, 3),), "return_exceeds"),
        ((ReturnedLine("1", 1, 3), ReturnedLine("1", 1000, 3000)), "invalid"),
    ],
)
def test_a_return_of_more_than_there_was_is_not_even_reported(mei, rule, lines, code):
    point_order_events.report_paid(member=mei, order=order())
    with pytest.raises(DomainError) as refused:
        point_order_events.report_returned(
            member=mei, returned_order=ReturnedOrder("T1", "R1", lines, refunded_fen=1)
        )
    assert (refused.value.code, list_events()) == (code, ["orders.paid"])


def test_a_return_of_a_line_that_the_order_has_not_moves_nothing(mei, rule, balances):
    """Its points would stay while the money goes back; the reason is kept for who looks after the dead-letter queue."""
    point_order_events.report_paid(member=mei, order=order())
    relay.run("acme")
    wrong = ReturnedOrder("T1", "R1", (ReturnedLine("1", 1, 3), ReturnedLine("01", 3, 3)), refunded_fen=3000)
    point_order_events.report_returned(member=mei, returned_order=wrong)
    relay.run("acme")
    assert (balances(), Purchase.get().returned_fen) == ((30, 30, 0, 0), 0)
    assert "没有这些行：01" in EventDelivery.get(EventDelivery.state != "done").error


def test_a_returned_line_that_earned_nothing_gives_back_its_money_only(mei, rule, balances):
    free = OrderLine(line="2", product="bag", quantity=1, paid_fen=50)
    lines, payments = (*order().lines, free), (Payment("wechat", 3050),)
    point_order_events.report_paid(member=mei, order=order(lines=lines, payments=payments))
    relay.run("acme")
    bag = ReturnedOrder("T1", "R1", (ReturnedLine("2", 1, 1),), refunded_fen=50)
    point_order_events.report_returned(member=mei, returned_order=bag)
    relay.run("acme")
    assert (balances(), Purchase.get().returned_fen) == ((30, 30, 0, 0), 50)


def test_a_return_before_its_order_waits_for_it(mei, rule, balances, days):
    relay.run("acme")  # what followed the registration
    point_order_events.report_returned(member=mei, returned_order=returned_order())
    relay.run("acme")
    assert balances() == (0, 0, 0, 0)
    point_order_events.report_paid(member=mei, order=order())
    for day in (1, 2):
        days.go(day)
        relay.run("acme")
    assert balances() == (20, 20, 0, 0)


def test_a_return_of_an_order_that_no_one_reported_ends_in_the_dead_letter_queue(mei, rule, balances, days):
    point_order_events.report_returned(member=mei, returned_order=returned_order())
    for day in range(outbox.MAX_ATTEMPTS):
        days.go(day)
        relay.run("acme")
    (dead,) = outbox.list_dead_letters()
    assert "消费" in dead.error
    point_order_events.report_paid(member=mei, order=order())
    outbox.replay(dead.id)
    relay.run("acme")
    relay.run("acme")
    assert outbox.list_dead_letters() == []


def test_a_return_of_someone_elses_order_moves_nothing(mei, rule, register, balances):
    point_order_events.report_paid(member=mei, order=order())
    relay.run("acme")
    with pytest.raises(DomainError) as refused:
        point_order_events.report_returned(member=register("13912345678"), returned_order=returned_order())
    assert (refused.value.code, balances()) == ("not_found", (30, 30, 0, 0))
    point_order_events.report_returned(member=mei, returned_order=returned_order())
    relay.run("acme")
    assert balances() == (20, 20, 0, 0)


def test_a_reported_order_is_not_reported_of_someone_else(mei, rule, register):
    """The order is not posted yet, so its event alone tells whose it is."""
    point_order_events.report_paid(member=mei, order=order())
    with pytest.raises(DomainError) as refused:
        point_order_events.report_paid(member=register("13912345678"), order=order())
    assert (refused.value.code, list_events()) == ("key_reused", ["orders.paid"])


def test_returns_whose_numbers_join_alike_are_two(mei, rule):
    for order_number, number in (("T:1", "R"), ("T", "1:R")):
        point_order_events.report_returned(
            member=mei, returned_order=returned_order(number, order_number=order_number)
        )
    assert list_events() == ["orders.returned"] * 2


def test_who_was_merged_meanwhile_earns_as_the_survivor(mei, rule, register, balances):
    other = register("13912345678")
    point_order_events.report_paid(member=other, order=order())
    point_order_events.report_paid(member=other, order=order("T2"))
    merges.merge_manually(survivor=mei.customer, duplicate=other.customer, proof="test")
    assert point_order_events.report_paid(member=other, order=order()).member_id == mei.id
    relay.run("acme")
    point_order_events.report_returned(member=other, returned_order=returned_order(part=3, refunded_fen=3000))
    relay.run("acme")
    assert (balances(), list_events()) == ((30, 30, 0, 0), ["orders.paid", "orders.paid", "orders.returned"])


def test_an_order_of_no_one_earns_nothing(mei, rule):
    relay.run("acme")  # what followed the registration
    with_no_one = dict(point_order_events.report_paid(member=mei, order=order()).properties, number="T9")
    with events.db.database.transaction():
        events.record("orders.paid", **with_no_one)
    relay.run("acme")
    assert Purchase.select().count() == 1


def test_a_message_that_makes_no_sense_is_kept_with_its_reason(mei, rule):
    relay.run("acme")  # what followed the registration
    with events.db.database.transaction():
        events.record("orders.paid", member_id=mei.id, number="T9", lines=[], payments=[])
    assert relay.run("acme") == 1  # the chances of draws, which need no time
    assert "paid_at" in EventDelivery.get(EventDelivery.state == "pending").error
