"""A paid order is booked once, and its returns undo it."""

from datetime import date

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.customers import members, profiles
from store.customers.merging import merges
from store.insight import cost_report
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.order_accrual import PaidOrder
from store.points.reversals import ReturnedLine
from store.purchases import Purchase
from store.tenants import cost_centres
from store.tenants.audit import AuditEntry
from store.tiers.validity import Validity
from tests.support import database
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def centre(acme):
    return cost_centres.create(code="marketing", name="市场部")


@pytest.fixture
def rule(centre, mei):
    """One point a yuan for a year."""
    return point_rules.add_rule(
        group=points.list_groups(mei.programme)[0],
        name="消费积分",
        basis="amount",
        points=1,
        per_units=100,
        cost_centre=centre,
        validity=Validity(days=365),
        upgrade_eligible=True,
    )


def order(number: str = "O1", *fen: int) -> PaidOrder:
    lines = tuple(
        OrderLine(line=str(place), product="milk", quantity=3, paid_fen=paid)
        for place, paid in enumerate(fen or (3000, 1000), start=1)
    )
    payments = (Payment("wechat", sum(line.paid_fen for line in lines)),)
    return PaidOrder(number=number, paid_at=clock.now(), lines=lines, payments=payments, source="pos")


def test_an_order_earns_line_by_line(mei, rule, balances):
    first, second = point_order_accrual.post_order(member=mei, order=order())
    assert (first.value, second.value) == (30, 10)
    assert (first.key, first.order_line, first.cost_centre) == (
        f"order:O1:1:{rule.id}:transaction",
        "1",
        "marketing",
    )
    assert first.expires_at == end_of_day(365)
    assert balances() == (40, 40, 0, 0)
    assert members.get_or_create(mei.customer).latest_purchase_at == clock.now()


def test_an_order_booked_twice_earns_once_whatever_rules_came_meanwhile(mei, rule, centre, balances):
    once = point_order_accrual.post_order(member=mei, order=order())
    point_rules.add_rule(
        group=rule.group,
        name="新规则",
        basis="amount",
        points=5,
        per_units=100,
        cost_centre=centre,
        product="milk",
    )
    assert point_order_accrual.post_order(member=mei, order=order()) == once
    assert balances() == (40, 40, 0, 0)


def test_numbers_with_colons_are_orders_and_lines_of_their_own(mei, rule, balances):
    """Line 2 of order TM:1 and line 1:2 of order TM; the keys of others are as they always were."""
    for number, line in (("TM:1", "2"), ("TM", "1:2")):
        lines = (OrderLine(line=line, product="milk", quantity=1, paid_fen=3000),)
        result = PaidOrder(
            number=number,
            paid_at=clock.now(),
            lines=lines,
            payments=(Payment("wechat", 3000),),
            source="tmall",
        )
        assert len(point_order_accrual.post_order(member=mei, order=result)) == 1
    assert balances() == (60, 60, 0, 0)
    point_order_accrual.post_return(
        order_number="TM:1",
        number="R:1",
        lines=[ReturnedLine("2", numerator=1, denominator=1)],
        refunded_fen=3000,
    )
    assert balances() == (30, 30, 0, 0)


def test_returns_with_colons_are_returns_of_their_own(mei, balances):
    for order_number in ("A", "A:return:1"):
        points.earn(member=mei, kind="promotion", value=10, key=f"gift:{order_number}")
        point_payments.hold(
            member=mei, order_number=order_number, points=10, amount_fen=10, limit_fen=100_000
        )
        point_payments.commit(order_number=order_number)
    point_payments.refund(order_number="A", return_number="1:return:2", amount_fen=5)
    point_payments.refund(order_number="A:return:1", return_number="2", amount_fen=5)
    assert balances() == (20, 10, 0, 0)


def test_an_order_of_someone_else_is_refused(mei, rule, register):
    point_order_accrual.post_order(member=mei, order=order())
    with pytest.raises(DomainError) as refused:
        point_order_accrual.post_order(member=register("13912345678"), order=order())
    assert refused.value.code == "key_reused"


def test_eight_routes_book_one_order_once(mei, rule, balances):
    done = database.run_concurrently(8, lambda _: point_order_accrual.post_order(member=mei, order=order()))
    assert all(row == done[0] for row in done)
    assert len(done[0]) == 2
    assert balances() == (40, 40, 0, 0)


def test_a_birthday_doubles_in_an_entry_of_its_own(mei, rule, centre, balances):
    point_rules.add_multiplier(
        group=rule.group, name="生日双倍", occasion="birthday_day", percent=200, cost_centre=centre
    )
    profiles.change(mei.customer, birthday="1990-03-01")
    found = point_order_accrual.post_order(
        member=members.get_or_create(mei.customer), order=order("O1", 3000)
    )
    assert [(entry.kind, entry.value) for entry in found] == [("transaction", 30), ("promotion", 30)]


def test_a_returned_piece_takes_its_share_of_all_it_earned(mei, rule, balances):
    """Line 1 of 3 pieces earned 30; one piece comes back with 10 yuan, then the other two."""
    point_order_accrual.post_order(member=mei, order=order())
    for _ in range(2):
        point_order_accrual.post_return(
            order_number="O1",
            number="R1",
            lines=[ReturnedLine("1", numerator=1, denominator=3)],
            refunded_fen=1000,
        )
        assert balances() == (30, 30, 0, 0)
    point_order_accrual.post_return(
        order_number="O1",
        number="R2",
        lines=[ReturnedLine("1", numerator=2, denominator=3)],
        refunded_fen=2000,
    )
    assert balances() == (10, 10, 0, 0)
    assert Purchase.get().returned_fen == 3000


def test_more_money_than_was_paid_does_not_come_back(mei, rule, balances):
    point_order_accrual.post_order(member=mei, order=order())
    with pytest.raises(DomainError) as refused:
        point_order_accrual.post_return(
            order_number="O1", number="R1", lines=[ReturnedLine("1", 1, 3)], refunded_fen=4001
        )
    assert refused.value.code == "return_exceeds"
    assert balances() == (40, 40, 0, 0)


def test_after_a_merge_the_order_is_still_booked(mei, rule, register, balances):
    other = register("13912345678")
    point_order_accrual.post_order(member=other, order=order())
    merges.merge_manually(survivor=mei.customer, duplicate=other.customer, proof="test")
    point_order_accrual.post_order(member=other, order=order())
    point_order_accrual.post_return(
        order_number="O1", number="R1", lines=[ReturnedLine("1", 3, 3)], refunded_fen=3000
    )
    assert balances() == (10, 10, 0, 0)


def test_a_rule_applies_through_its_last_day(mei, rule, days):
    point_rules.end_rule(rule_id=rule.id, last_day=days.day(3))
    days.go(3)
    assert point_order_accrual.preview_order(member=mei, order=order())
    days.go(4)
    assert not point_order_accrual.preview_order(member=mei, order=order())


def test_a_multiplier_ends_like_a_rule_and_both_stay_listed(mei, rule, days):
    doubled = point_rules.add_multiplier(
        group=rule.group, name="双倍", occasion="period", percent=200, cost_centre=rule.cost_centre,
        starts_on=days.day(0), ends_on=days.day(30),
    )  # fmt: skip
    for _ in range(2):
        point_rules.end_multiplier(multiplier_id=doubled.id, last_day=days.day(3))
    assert AuditEntry.select().where(AuditEntry.action == "point_rules.end_multiplier").count() == 1
    for day, kinds in ((3, {"transaction", "promotion"}), (4, {"transaction"})):
        days.go(day)
        assert {found.kind for found in point_order_accrual.preview_order(member=mei, order=order())} == kinds
    assert point_rules.list_rules(mei.programme_id) == ([rule], [doubled])
    with pytest.raises(DomainError):
        point_rules.end_multiplier(multiplier_id=doubled.id + 1, last_day=days.day(3))
    for verb, named in ((point_rules.end_rule, "rule_id"), (point_rules.end_multiplier, "multiplier_id")):
        with pytest.raises(DomainError, check=lambda no, named=named: no.details["field"] == named):
            verb(**{named: 10**25}, last_day=days.day(3))
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == "last_day"):
        point_rules.end_multiplier(multiplier_id=doubled.id, last_day=date(1, 1, 1))


def test_cost_centres_know_what_they_gave(mei, rule):
    point_order_accrual.post_order(member=mei, order=order())
    since, until = end_of_day(-1), end_of_day(0)
    assert cost_report.point_totals(since=since, until=until) == [
        ("marketing", rule.group_id, "transaction", 40)
    ]
    assert cost_report.point_totals(since=until, until=end_of_day(1)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": "weight"},
        {"points": -1},
        {"per_units": 0},
        {"starts_on": "2026-02-02", "ends_on": "2026-02-01"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(mei, centre, wrong):
    with pytest.raises(DomainError):
        point_rules.add_rule(
            **{
                "group": points.list_groups(mei.programme)[0],
                "name": "规则",
                "basis": "amount",
                "points": 1,
                "per_units": 100,
                "cost_centre": centre,
                **wrong,
            }
        )


def test_a_rule_or_multiplier_of_a_tier_that_no_one_has_is_refused(mei, centre):
    group = points.list_groups(mei.programme)[0]
    facts = {"group": group, "name": "会员日", "cost_centre": centre}
    for add in (
        lambda tier: point_rules.add_rule(**facts, basis="amount", points=1, per_units=100, tier=tier),
        lambda tier: point_rules.add_multiplier(**facts, occasion="tier", percent=200, tier=tier),
    ):
        with pytest.raises(DomainError) as refused:
            add("platinum")
        assert refused.value.details["field"] == "tier"
        assert add("gold").tier == "gold"
    assert [len(found) for found in point_rules.list_rules(mei.programme_id)] == [1, 1]
