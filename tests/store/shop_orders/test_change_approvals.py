"""Changes of orders that cost much wait for a second person; many small ones count together."""

import pytest

from store import approvals
from store.approvals import Approval
from store.core import actors
from store.core.errors import DomainError
from store.core.events import Event
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.shop_orders import change_approvals, moves, price_changes
from store.shop_orders.change_approvals import OrderApprovalSettings
from store.tenants import settings
from tests.support import database
from tests.support.shop_order_fixtures import pay, reload, submit
from tests.support.stock_fixtures import units_of

CLERK, MANAGER = (actors.Actor(kind="staff", name=name) for name in ("clerk", "manager"))


@pytest.fixture
def limits(shop) -> None:
    settings.change(OrderApprovalSettings, lower_above_fen=500, refund_above_fen=1_500)


@pytest.fixture
def row(limits, shop, mei, tea):
    return pay(submit(shop, mei, (tea, 3)))


def refund(row, number, units=1):
    return change_approvals.refund_or_submit(
        number=row.order.number, return_number=number, lines=[ReturnLine("1", units=units)], reason="缺货"
    )


def approve(approval, by=MANAGER):
    with actors.acting_as(by):
        return change_approvals.approve(approval, version=approval.version)


def returns_of(row) -> int:
    return Order.select().where(Order.original == row.order_id).count()


def test_small_refunds_count_together_and_the_last_waits(row, shop, tea):
    with actors.acting_as(CLERK):
        for _ in range(2):
            assert not isinstance(refund(row, "R1"), Approval)
        waiting = refund(row, "R2")
        assert isinstance(waiting, Approval)
        assert refund(row, "R2").id == waiting.id
    assert returns_of(row) == 1
    for _ in range(2):
        approve(waiting)
    assert (returns_of(row), units_of(shop, tea)) == (2, (10, 1, 0))


def test_an_author_does_not_approve_the_own_change(row):
    with actors.acting_as(CLERK):
        waiting = refund(row, "R1", units=2)
    with pytest.raises(DomainError) as refused:
        approve(waiting, by=CLERK)
    assert refused.value.code == "own_submission"
    assert returns_of(row) == 0


def test_a_rejected_change_is_not_carried_out(row):
    with actors.acting_as(CLERK):
        waiting = refund(row, "R1", units=2)
    with actors.acting_as(MANAGER):
        for _ in range(2):
            change_approvals.reject(waiting, version=waiting.version, opinion="请先联系顾客")
    assert (returns_of(row), approvals.get_by_public_id(waiting.public_id).state) == (0, "rejected")


def test_a_change_that_is_no_longer_possible_stays_undecided(row):
    with actors.acting_as(CLERK):
        waiting = refund(row, "R1", units=2)
    moves.accept(number=row.order.number)
    moves.hand_over(number=row.order.number)
    with pytest.raises(DomainError) as refused:
        approve(waiting)
    assert refused.value.code == "order_state"
    assert approvals.get_by_public_id(waiting.public_id).state == "submitted"


def test_a_cancellation_of_much_waits_and_of_an_unpaid_order_does_not(row, shop, mei, tea):
    unpaid = submit(shop, mei, (tea, 3))
    assert change_approvals.cancel_or_submit(number=unpaid.order.number, reason="无货").state == "closed"
    with actors.acting_as(CLERK):
        waiting = change_approvals.cancel_or_submit(number=row.order.number, reason="无货")
    assert (waiting.content["action"], reload(row).state) == ("cancel", "placed")
    approve(waiting)
    assert reload(row).state == "refunded"


def test_lowering_counts_what_was_lowered_before(limits, shop, mei, tea):
    row = submit(shop, mei, (tea, 2))
    values = {"number": row.order.number, "reason": "老顾客"}
    with actors.acting_as(CLERK):
        change_approvals.lower_or_submit(change_number="L1", amount_fen=300, **values)
        waiting = change_approvals.lower_or_submit(change_number="L2", amount_fen=300, **values)
        again = change_approvals.lower_or_submit(change_number="L1", amount_fen=300, **values)
    assert isinstance(waiting, Approval)
    assert not isinstance(again, Approval)
    assert Order.get_by_id(row.order_id).total_fen == 1_700
    approve(waiting)
    assert Order.get_by_id(row.order_id).total_fen == 1_400
    assert change_approvals.describe(waiting)[2] == ("减少金额", "", "3.00 元")


@pytest.mark.deep_on_postgresql
def test_two_refunds_at_once_do_not_pass_the_limit_together(row):
    database.run_concurrently(2, lambda number: refund(row, f"R{number}"))
    assert returns_of(row) == 1
    assert Approval.select().count() == 1


def test_control_two_refunds_pass_if_both_read_before_either_writes(row, monkeypatch):
    """The control: without the sum of what went back, each refund alone is below the limit."""
    monkeypatch.setattr(change_approvals, "_read_returned", lambda order: 0)
    for number in range(2):
        refund(row, f"R{number}")
    assert returns_of(row) == 2


def test_quantities_of_an_unpaid_order_change_with_a_message(shop, mei, tea):
    row = submit(shop, mei, (tea, 2))
    for _ in range(2):
        change_approvals.lower_or_submit(
            number=row.order.number, change_number="Q1", amount_fen=0, reason="只剩一件", quantities={"1": 1}
        )
    assert (Order.get_by_id(row.order_id).total_fen, units_of(shop, tea)) == (1_000, (10, 1, 0))
    (event,) = Event.select().where(Event.kind == "orders.changed")
    assert event.properties["before_fen"] == 2_000
    with pytest.raises(DomainError):
        change_approvals.lower_or_submit(
            number=row.order.number, change_number="Q2", amount_fen=0, reason="改", quantities={"9": 1}
        )
    with pytest.raises(DomainError):
        change_approvals.lower_or_submit(
            number=row.order.number, change_number="Q3", amount_fen=0, reason="改", quantities={"1": 11}
        )


def test_quantities_of_an_order_paid_on_delivery_change_until_it_is_accepted(shop, mei, tea):
    row = submit(shop, mei, (tea, 2), kind="delivery", payment_terms="cash_on_delivery")
    values = {"number": row.order.number, "amount_fen": 0, "reason": "只剩一件"}
    price_changes.lower(change_number="Q1", quantities={"1": 1}, **values)
    assert Order.get_by_id(row.order_id).due_fen == 1_000
    moves.accept(number=row.order.number)
    with pytest.raises(DomainError) as refused:
        price_changes.lower(change_number="Q2", quantities={"1": 2}, **values)
    assert refused.value.code == "order_state"


def test_an_ended_order_is_hidden_from_staff_and_shown_again(shop, mei, tea):
    row = submit(shop, mei, (tea, 1))
    with pytest.raises(DomainError) as refused:
        moves.hide_from_staff(number=row.order.number)
    assert refused.value.code == "order_state"
    moves.cancel(number=row.order.number, reason="无货", by_staff=True)
    for _ in range(2):
        assert moves.hide_from_staff(number=row.order.number).is_hidden_from_staff
    assert not moves.hide_from_staff(number=row.order.number, is_hidden=False).is_hidden_from_staff


def test_what_is_no_longer_possible_is_not_submitted(row):
    moves.accept(number=row.order.number)
    moves.hand_over(number=row.order.number)
    values = {"number": row.order.number, "reason": "老顾客"}
    for change in (
        lambda: change_approvals.cancel_or_submit(**values),
        lambda: change_approvals.lower_or_submit(change_number="L1", amount_fen=600, **values),
        lambda: refund(row, "R1", units=3),
    ):
        with pytest.raises(DomainError) as refused:
            change()
        assert refused.value.code == "order_state"
    assert not Approval.select().exists()
