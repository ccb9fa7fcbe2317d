"""The service desk: purchases by hand under slip numbers, their returns, and the check of ID numbers."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.listing import Page
from store.customers import profiles
from store.points import order_accrual, order_events, points
from store.points import rules as point_rules
from store.points.ledger import PointEntry
from store.purchases import Purchase
from store.service_desk import id_checks, purchases, returns
from store.service_desk.purchases import DeskPurchase, PurchaseFilter
from store.tenants import cost_centres
from store.tenants.audit import AuditEntry
from tasks import relay
from tests.support import database
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.plastic_card_fixtures import ID_NUMBER
from tests.support.races import with_barrier, without_index, without_write_queue


@pytest.fixture
def mei(acme: str):
    member = create_member(1)
    group = points.list_groups(member.programme_id)[0]
    point_rules.add_rule(
        group=group, name="每元一分", basis="amount", points=1, per_units=100,
        cost_centre=cost_centres.create(code="marketing", name="市场部"),
    )  # fmt: skip
    return member


def enter(member, slip="S-1", amount_fen=10_000, **more):
    values = {"slip_number": slip, "amount_fen": amount_fen, "paid_at": clock.now(), **more}
    return purchases.enter(member=member, values=values)


def send_back(member, refund_slip="R-1", refunded_fen=2500, slip="S-1"):
    values = {"slip_number": slip, "refund_slip_number": refund_slip, "refunded_fen": refunded_fen}
    return returns.enter(member=member, values=values)


def test_a_slip_entered_twice_earns_once(mei, verify_afterwards):
    assert enter(mei) == enter(mei)
    assert points.balance(mei) == 100
    assert Purchase.get().order_number == "DESK-S-1"
    assert AuditEntry.select().where(AuditEntry.action == "service_desk.enter_purchase").count() == 1
    assert error_code_of(lambda: enter(mei, amount_fen=1)) == "slip_used"
    assert error_code_of(lambda: enter(create_member(2))) == "slip_used"


def test_promotions_add_to_what_the_rules_give(mei, verify_afterwards):
    profiles.change(mei.customer, birthday=f"1990-{clock.today().month:02}-01")
    assert (enter(mei, kind="double").rule_points, DeskPurchase.get().bonus_points) == (100, 100)
    assert enter(mei, "S-2", kind="birthday").bonus_points == 100
    assert enter(mei, "S-3", kind="fixed", bonus_points=30).bonus_points == 30
    assert points.balance(mei) == 300 + 230


def test_a_promotion_that_does_not_fit_is_rejected(mei):
    assert error_code_of(lambda: enter(mei, kind="birthday")) == "invalid"
    assert error_code_of(lambda: enter(mei, kind="fixed")) == "invalid"
    assert error_code_of(lambda: enter(mei, bonus_points=5)) == "invalid"
    assert error_code_of(lambda: enter(mei, kind="fixed", bonus_points=20_000)) == "bonus_too_large"
    assert error_code_of(lambda: enter(mei, paid_at=clock.now() - timedelta(days=200))) == "invalid"
    assert error_code_of(lambda: enter(mei, paid_at=clock.now() + timedelta(hours=1))) == "invalid"
    assert error_code_of(lambda: enter(mei, slip="一号")) == "invalid"
    assert DeskPurchase.select().count() == 0


def test_a_return_takes_back_its_share_under_the_rule_that_gave(mei, verify_afterwards):
    enter(mei, kind="double")
    assert send_back(mei) == send_back(mei)
    assert points.balance(mei) == 150
    rule = point_rules.list_rules(mei.programme_id)[0][0]
    taken = list(PointEntry.select().where(PointEntry.kind == "return_reversal"))
    assert [(entry.value, entry.rule_id) for entry in taken] == [(25, rule.id), (25, rule.id)]
    assert error_code_of(lambda: send_back(mei, "R-2", 7501)) == "return_exceeds"
    send_back(mei, "R-2", 7500)
    assert points.balance(mei) == 0
    assert error_code_of(lambda: send_back(mei, "R-1", 1)) == "slip_used"
    assert error_code_of(lambda: send_back(create_member(2), "R-3")) == "not_found"


def test_the_relay_finds_the_order_posted(mei, verify_afterwards):
    enter(mei, kind="fixed", bonus_points=7)
    send_back(mei)
    relay.run("acme")
    assert points.balance(mei) == 107 - 25 - 1


def test_purchases_are_listed_by_slip_and_member(mei):
    row = enter(mei)
    for criteria in ({"search": "S-1"}, {"search": mei.card_number}, {"kind": "ordinary"}):
        assert purchases.list_page(PurchaseFilter(**criteria), Page()) == ([row], 1)
    assert purchases.count_purchases(PurchaseFilter(search="S-2")) == 0


def test_an_id_number_is_checked_and_logged(mei):
    check = lambda number: id_checks.check(member=type(mei).get_by_id(mei.id), id_number=number)  # noqa: E731
    assert error_code_of(lambda: check(ID_NUMBER)) == "id_number_unknown"
    for _ in range(2):
        id_checks.register(member=mei, name="王小美", id_number=ID_NUMBER)
    check(ID_NUMBER.lower())
    assert error_code_of(lambda: check("11010519491231001X")) == "invalid"
    assert error_code_of(lambda: check("110105199003070658")) == "id_number_mismatch"
    logged = AuditEntry.select().where(AuditEntry.action == "service_desk.check_id")
    assert [entry.after["matches"] for entry in logged] == [True, False]
    assert ID_NUMBER not in str([entry.after for entry in logged])


def enter_for_two():
    people = [create_member(2), create_member(3)]
    return database.run_concurrently(2, lambda n: enter(people[n]))


def test_two_clerks_at_once_enter_a_slip_once(mei, verify_afterwards):
    outcomes = enter_for_two()
    assert sorted(type(one).__name__ for one in outcomes) == ["DeskPurchase", "DomainError"]
    assert DeskPurchase.select().count() == 1


def test_control_without_its_guards_a_slip_is_entered_twice(mei, monkeypatch):
    monkeypatch.setattr(purchases, "_ensure_allowed", with_barrier(purchases._ensure_allowed))
    monkeypatch.setattr(order_events, "report_paid", lambda **values: None)
    monkeypatch.setattr(order_accrual, "post_order", lambda **values: [])
    with without_index("desk_purchase_slip_number", "desk_purchase_order_number"), without_write_queue():
        enter_for_two()
        assert DeskPurchase.select().count() == 2
